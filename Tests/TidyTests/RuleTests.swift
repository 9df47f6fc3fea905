import Testing

/// A rule that can't fail holds nothing: each meets a sample that breaks it and one that doesn't.
@Suite struct RuleTests {
    private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

    // MARK: Text

    @Test func commentsAndStringsAreNoCode() {
        let text = """
            let a = "try! \\(call(as: "print(")) as!" // try!
            /* as! /* nested */ try! */ let b = #"raw \\(try!) "quoted" "#
            """
        let code = SwiftText.blanked(text)
        #expect(!code.contains("try!") && !code.contains("as!") && !code.contains("print("))
        #expect(code.contains("call(as:") && code.contains("let b"))
        #expect(code.count == text.count)
    }

    @Test func aStringOfManyLinesIsNoCode() {
        let text = "let a = \"\"\"\n  \"try!\"\n  \"\"\"\nlet b = try! x"
        let lines = SwiftText.blanked(text).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(!lines[1].contains("try!"))
        #expect(lines[3].contains("try!"))
    }

    // MARK: Arrows

    @Test func anImportAgainstTheArrowIsFound() {
        #expect(Arrows.findings(in: file("Shared/Wire/A.swift", "internal import Bus")).count == 1)
        #expect(Arrows.findings(in: file("Services/Tap/A.swift", "import Gateway")).count == 1)
        #expect(Arrows.findings(in: file("Services/Gateway/A.swift", "import CCurl")).count == 1)
        #expect(Arrows.findings(in: file("Shared/New/A.swift", "import JSON")).count == 1)
        #expect(Arrows.findings(in: file("Shared/Wire/A.swift", "public import struct JSON.JSONValue")).isEmpty)
        #expect(Arrows.findings(in: file("Services/Tap/A.swift", "public import Bus\nimport Glibc")).isEmpty)
    }

    @Test func aMachineThatActsIsFound() {
        let clock = file("Shared/Bus/LinkMachine.swift", "let now = Moment.now")
        let input = file("Shared/Bus/LinkMachine+hello.swift", "import Glibc\nimport Loop")
        #expect(Arrows.machineFindings(in: clock).count == 1)
        #expect(Arrows.machineFindings(in: input).count == 1)
        #expect(Arrows.machineFindings(in: file("Shared/Bus/Link.swift", "let now = Moment.now")).isEmpty)
    }

    // MARK: Calls

    @Test(arguments: [
        "try! x()", "x as! Y", "print(1)", "Task.sleep(for: .zero)", "DateFormatter()", "URLSession.shared",
    ])
    func aBannedCallIsFound(_ line: String) {
        #expect(BannedCall.findings(in: file("Shared/JSON/A.swift", line)).count == 1)
    }

    @Test(arguments: ["fatalError(\"no\")", "struct A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1"])
    func anUnexplainedRiskIsFound(_ line: String) {
        #expect(BannedCall.findings(in: file("Shared/JSON/A.swift", line)).count == 1)
        #expect(BannedCall.findings(in: file("Shared/JSON/A.swift", "// The lock guards it.\n" + line)).isEmpty)
    }

    @Test func aTestThatSleepsIsFound() {
        #expect(BannedCall.findings(in: file("Tests/JSONTests/A.swift", "usleep(10)")).count == 1)
        #expect(BannedCall.findings(in: file("Tests/Support/A.swift", "usleep(10)")).isEmpty)
        #expect(BannedCall.findings(in: file("Shared/JSON/A.swift", "fingerprint(1)")).isEmpty)
    }

    @Test func foundationOutsideTheTestsIsFound() {
        #expect(BannedCall.foundation(in: file("Shared/JSON/A.swift", "import Foundation")).count == 1)
        #expect(BannedCall.foundation(in: file("Tests/JSONTests/A.swift", "import Foundation")).isEmpty)
    }

    @Test func aVersionOfItsOwnIsFound() {
        #expect(VersionText.findings(in: file("Services/Tap/A.swift", "let version = \"1.0.0\"")).count == 1)
        #expect(VersionText.findings(in: file("Services/Tap/A.swift", "hello(version: \"10.2.33-rc1\",")).count == 1)
        #expect(VersionText.findings(in: file("Services/Tap/A.swift", "let api = \"2024-02-01\"")).isEmpty)
        #expect(VersionText.findings(in: file("Services/Tap/A.swift", "let host = \"127.0.0.1:80\"")).isEmpty)
        #expect(VersionText.findings(in: file("Tests/JSONTests/A.swift", "let version = \"1.0.0\"")).isEmpty)
    }

    // MARK: Shape

    @Test func aFileThatIsTooLongIsFound() {
        let long = String(repeating: "let a = 1\n", count: 401)
        #expect(FileShape.tooLong(file("Shared/JSON/A.swift", long)).count == 1)
        #expect(FileShape.tooLong(file("Shared/JSON/A.swift", String(long.dropLast(10)))).isEmpty)
    }

    @Test func aFileThatIsNamedForNothingIsFound() {
        #expect(FileShape.misnamed(file("Shared/JSON/Helper.swift", "struct Writer {}")).count == 1)
        #expect(FileShape.misnamed(file("Shared/JSON/Writer.swift", "public struct Writer {}")).isEmpty)
        #expect(FileShape.misnamed(file("Shared/JSON/Writer+escape.swift", "extension Writer {}")).isEmpty)
    }

    @Test func pathsAreReadFromTheReadme() {
        let text =
            "[one](Shared/A.swift) [two](https://a.example/b) `deploy/run --once` `martlet up` `Services/B.swift`"
        #expect(Set(Readme.paths(in: text)) == ["Shared/A.swift", "deploy/run", "Services/B.swift"])
    }
}
