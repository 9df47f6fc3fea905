import Foundation
import Telemetry
import Testing

/// The table of metrics, beside `deploy/dashboards/METRICS.md` and the sources that use it.
///
/// `MARTLET_GOLDEN=write swift test --filter InstrumentTests` writes the file anew.
@Suite struct InstrumentTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let file = root.appending(path: "deploy/dashboards/METRICS.md")
    private static let marker =
        "<!-- From here on made from Shared/Telemetry/Instrument.swift; a test compares them. -->"

    private var all: [Instrument] { Instrument.groups.flatMap(\.instruments) }

    private var table: String {
        Instrument.groups.map { group in
            let rows = group.instruments.map { metric in
                let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
                return "| `\(metric.name)` | \(metric.form.rawValue) | \(metric.unit) | \(labels) | \(metric.meaning) |"
            }
            let head = [
                "## \(group.title)", "", "| metric | type | unit | labels | meaning |", "|---|---|---|---|---|",
            ]
            return (head + rows).joined(separator: "\n")
        }.joined(separator: "\n\n") + "\n"
    }

    @Test func theDocumentIsTheTableWordForWord() throws {
        let text = try String(contentsOf: InstrumentTests.file, encoding: .utf8)
        let parts = text.components(separatedBy: InstrumentTests.marker + "\n\n")
        try #require(parts.count == 2, "the document has its marker once")
        if ProcessInfo.processInfo.environment["MARTLET_GOLDEN"] == "write" {
            let whole = parts[0] + InstrumentTests.marker + "\n\n" + table
            try whole.write(to: InstrumentTests.file, atomically: true, encoding: .utf8)
        } else {
            #expect(parts[1] == table)
        }
    }

    @Test func namesFollowPrometheus() {
        #expect(Set(all.map(\.name)).count == all.count, "each name once")
        for metric in all {
            let name = metric.name
            #expect(name.wholeMatch(of: /(martlet|process)_[a-z0-9_]+/) != nil, "\(name)")
            #expect((metric.form == .counter) == name.hasSuffix("_total"), "\(name) is a \(metric.form)")
            let unit = metric.unit
            if unit == "seconds" { #expect(name.contains("_seconds"), "\(name)") }
            if unit == "bytes" { #expect(name.contains("_bytes"), "\(name)") }
            #expect(!["_ms", "_count", "_sum", "_bucket", "_mb"].contains { name.hasSuffix($0) }, "\(name)")
            #expect(!unit.isEmpty && metric.meaning.hasSuffix(".") && !metric.meaning.contains("|"), "\(name)")
            for label in metric.labels { #expect(label.wholeMatch(of: /[a-z]+/) != nil && label != "le", "\(name)") }
            #expect(Set(metric.labels).isDisjoint(with: ["user", "owner", "key", "prompt", "connector"]), "\(name)")
        }
    }

    @Test func everyMetricIsMadeSomewhereAndNoneBesideTheTable() throws {
        var declared: [String: String] = [:]
        var used: Set<String> = []
        for path in try sources() {
            let text = try String(contentsOf: path, encoding: .utf8)
            for match in text.matches(of: /static let (\w+) = Instrument\(\s*\.\w+,\s*"(\w+)"/) {
                declared[String(match.1)] = String(match.2)
            }
            let uses = text.matches(
                of: /(?:Metrics|registry)\.(?:counters?|sums|gauges?|histograms?|readings|watch)\(\.(\w+)/
            )
            used.formUnion(uses.map { String($0.1) })
        }
        #expect(Set(declared.values) == Set(all.map(\.name)), "each declared instrument is in a group")
        #expect(used == Set(declared.keys))
    }

    private func sources() throws -> [URL] {
        let keys: [URL] = ["Shared", "Services"].flatMap { folder in
            let walk = FileManager.default.enumerator(
                at: InstrumentTests.root.appending(path: folder),
                includingPropertiesForKeys: nil
            )
            return walk?.compactMap { $0 as? URL } ?? []
        }
        return keys.filter { $0.pathExtension == "swift" }
    }
}
