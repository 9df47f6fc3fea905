import JSON

/// What `martlet status` prints: a line for each service, then the queues, then what is degraded.
struct StatusTable {
    let lines: [String]

    private struct Cell {
        var text: String
        var style: Terminal.Style?
    }

    init(_ status: JSONValue, url: String) {
        let word = status["status"]?.string ?? "unavailable"
        var lines = [
            "\(url)  \(Terminal.styled(word, Self.style(of: word)))  \(status["version"]?.string ?? "")".trimmedEnd, "",
        ]
        if let services = status["services"]?.array {
            lines += Self.table(services, version: status["version"]?.string) + [""] + Self.totals(status) + [""]
        }
        self.lines = lines + Self.troubles(status["degraded"]?.array ?? [])
    }

    private static func style(of word: String) -> Terminal.Style {
        switch word {
        case "ok", "up": .green
        case "degraded", "draining": .yellow
        case "stopped": .faint
        default: .red
        }
    }

    // MARK: Services

    private static func table(_ services: [JSONValue], version: String?) -> [String] {
        let heads = ["service", "instance", "version", "state", "queue", "lag", "memory", "details"]
        let rows = services.map { row($0, version: version) }
        let widths = heads.indices.map { column in
            max(heads[column].count, rows.map { $0[column].text.count }.max() ?? 0)
        }
        func line(_ cells: [Cell]) -> String {
            let padded = zip(cells, widths).map { cell, width in
                let text = cell.text.padded(to: width)
                return cell.style.map { Terminal.styled(text, $0) } ?? text
            }
            return padded.joined(separator: "  ").trimmedEnd
        }
        return [line(heads.map { Cell(text: $0, style: .bold) })] + rows.map(line)
    }

    private static func row(_ service: JSONValue, version: String?) -> [Cell] {
        let own = service["version"]?.string
        let state = service["state"]?.string ?? "away"
        let isHere = state == "up" || state == "draining"
        let word = isHere ? "\(state) \(span(service["seconds"]))" : "\(state) since \(span(service["seconds"])) ago"
        return [
            Cell(text: Output.text(service["service"])), Cell(text: Output.text(service["instance"])),
            Cell(text: own ?? "–", style: own != nil && own != version ? .yellow : nil),
            Cell(text: word, style: style(of: state)),
            Cell(text: isHere ? Output.text(service["queue"]) : "–"),
            Cell(text: isHere ? seconds(service["lag_seconds"]) : "–"),
            Cell(text: isHere ? bytes(service["resident_bytes"]) : "–"), Cell(text: details(service["details"])),
        ]
    }

    /// Names and numbers; times are left to --json.
    private static func details(_ value: JSONValue?) -> String {
        (value?.object ?? []).filter { !$0.name.hasSuffix("_at") }
            .map { field in
                let name = String(field.name.map { $0 == "_" ? " " : $0 })
                guard let isSo = field.value.bool else { return "\(Output.text(field.value)) \(name)" }
                return isSo ? name : "not \(name)"
            }
            .joined(separator: ", ")
    }

    // MARK: Totals

    private static func totals(_ status: JSONValue) -> [String] {
        let queue = (status["queue"]?.object ?? []).filter { $0.name != "oldest_seconds" }
            .map { "\(Output.text($0.value)) \($0.name)" }
        let images = queue.isEmpty ? "empty" : queue.joined(separator: ", ")
        let connectors = (status["connectors"]?.object ?? []).filter { $0.name != "total" && $0.value.int != 0 }
            .map { "\(Output.text($0.value)) \($0.name)" }
        let rows = [
            ("images", "\(images), oldest waiting \(seconds(status["queue"]?["oldest_seconds"]))"),
            (
                "outbox",
                "\(Output.text(status["outbox"]?["events"])) events, \(seconds(status["outbox"]?["lag_seconds"])) behind"
            ),
            (
                "storage",
                "\(bytes(status["storage"]?["database_bytes"])), \(bytes(status["storage"]?["free_bytes"])) free"
            ),
            ("audit", audit(status["audit"])),
            ("connectors", "\(Output.text(status["connectors"]?["total"])): \(connectors.joined(separator: ", "))"),
        ]
        return rows.map { "\($0.0.padded(to: 12))\($0.1)" }
    }

    private static func audit(_ audit: JSONValue?) -> String {
        let head = audit?["head"]?.string.map { "head \($0.prefix(16))…" } ?? "no head yet"
        let checkpoint = audit?["checkpoint_count"]?.int.map { count in
            "checkpoint at event \(count), \(Output.text(audit?["checkpoint_at"]).prefix(19))Z"
        }
        return "\(head), \(checkpoint ?? "no checkpoint yet")"
    }

    // MARK: What is wrong

    /// Objects from the whole status, plain sentences from readiness.
    private static func troubles(_ degraded: [JSONValue]) -> [String] {
        guard !degraded.isEmpty else { return ["nothing is degraded"] }
        return [Terminal.styled("degraded", .bold)]
            + degraded.flatMap { one -> [String] in
                guard let what = one["what"]?.string else { return ["  \(Output.text(one))"] }
                let age = one["seconds"]?.int == nil ? "" : ", since \(span(one["seconds"])) ago"
                let hint = one["hint"]?.string.map { ["    \(Terminal.styled($0, .faint))"] } ?? []
                return ["  \(Output.text(one["service"])): \(Terminal.styled(what, .yellow))\(age)"] + hint
            }
    }

    // MARK: Quantities

    /// `8s`, `4m 12s`, `3h 5m`, `2d 4h`.
    static func span(_ value: JSONValue?) -> String {
        guard let seconds = value?.int else { return "–" }
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3_600 { return "\(seconds / 60)m \(seconds % 60)s" }
        if seconds < 86_400 { return "\(seconds / 3_600)h \(seconds % 3_600 / 60)m" }
        return "\(seconds / 86_400)d \(seconds % 86_400 / 3_600)h"
    }

    private static func seconds(_ value: JSONValue?) -> String {
        guard let seconds = value?.double else { return "–" }
        return seconds < 60 ? "\((seconds * 10).rounded() / 10) s" : span(JSONValue(Int64(seconds)))
    }

    /// With a unit of a thousand: `27 MB`.
    static func bytes(_ value: JSONValue?) -> String {
        guard let bytes = value?.int else { return "–" }
        let units = ["B", "kB", "MB", "GB", "TB"]
        var amount = Double(bytes)
        var unit = 0
        while amount >= 1_000, unit < units.count - 1 {
            amount /= 1_000
            unit += 1
        }
        return amount < 10 && unit > 0
            ? "\((amount * 10).rounded() / 10) \(units[unit])" : "\(Int(amount.rounded())) \(units[unit])"
    }
}

extension String {
    /// Without the spaces at its end.
    fileprivate var trimmedEnd: String { String(reversed().drop { $0 == " " }.reversed()) }
}
