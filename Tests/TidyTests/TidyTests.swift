import Foundation
import Testing

/// The tree itself, held to the house's rules. RuleTests shows that each rule can fail.
@Suite struct TidyTests {
    private func expectNone(_ findings: [Finding], _ location: SourceLocation = #_sourceLocation) {
        let list = findings.map(\.description).joined(separator: "\n")
        #expect(findings.isEmpty, "\n\(list)", sourceLocation: location)
    }

    @Test func theTreeIsReallyRead() {
        #expect(SourceTree.files.count > 40)
        #expect(SourceTree.files.contains { $0.path == "Shared/Loop/Loop.swift" && $0.lines.count > 100 })
    }

    @Test func importsFollowTheArrows() {
        expectNone(SourceTree.files.flatMap(Arrows.findings))
    }

    @Test func machinesImportNothingThatActs() {
        expectNone(SourceTree.files.flatMap(Arrows.machineFindings))
    }

    @Test func foundationStaysInTheTests() {
        expectNone(SourceTree.files.flatMap(BannedCall.foundation))
    }

    @Test func nobodyUsesABannedCall() {
        expectNone(SourceTree.files.flatMap(BannedCall.findings))
    }

    @Test func thereIsOneVersion() {
        let findings = SourceTree.files.flatMap(VersionText.findings)
        #expect(findings.map(\.path) == ["Shared/Telemetry/Release.swift"], "\n\(findings)")
    }

    @Test func filesHoldOneIdea() {
        let findings = SourceTree.files.flatMap(FileShape.tooLong)
        let near = SourceTree.files.filter { FileShape.lineCount($0) > FileShape.long }
            .map { "\($0.path) (\(FileShape.lineCount($0)))" }
        let list = findings.map(\.description).joined(separator: "\n")
        #expect(findings.isEmpty, "\n\(list)\nAll that are long: \(near.joined(separator: ", "))")
    }

    @Test func filesAreNamedForTheirType() {
        expectNone(SourceTree.files.flatMap(FileShape.misnamed))
    }

    @Test func everyFolderOfSourcesIsATarget() throws {
        let package = try SourceTree.text("Package.swift")
        // Fuzz holds single programs whose build line stands in their first lines.
        let modules = Set(SourceTree.files.compactMap(\.module)).subtracting(["System", "Fuzz"])
        let unknown = modules.filter { !package.contains("\"\($0)\"") }
        #expect(unknown.isEmpty, "not in Package.swift: \(unknown.sorted())")
    }

    @Test func everyFileNamedInTheReadmeExists() throws {
        let paths = Readme.paths(in: try SourceTree.text("README.md"))
        let missing = paths.filter { !SourceTree.exists($0) }
        #expect(missing.isEmpty, "README.md names what isn't there: \(missing)")
    }

    @Test func theRootHoldsWhatTheReadmeDescribes() {
        let known: Set<String> = [
            "Package.swift", "README.md", "LICENSE", "compose.yaml", "deploy", "Shared", "Services", "Tests", "data",
        ]
        let missing = known.subtracting(["data"]).filter { !SourceTree.exists($0) }
        #expect(missing.isEmpty, "missing: \(missing.sorted())")
        let strays = SourceTree.topLevel.filter { name in
            !name.hasPrefix(".") && !known.contains(name)
                && ["", "swift", "md", "sh", "py", "yaml", "yml", "json"].contains((name as NSString).pathExtension)
        }
        #expect(strays.isEmpty, "not part of the layout: \(strays.sorted())")
    }
}
