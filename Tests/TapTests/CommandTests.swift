import Testing

@testable import Tap

struct CommandTests {
    private func follow(_ arguments: String...) throws -> FollowOptions {
        guard case .follow(let options) = try Command(arguments) else { throw UsageError("another command") }
        return options
    }

    @Test func withoutACommandItFollows() throws {
        let options = try follow(
            "kind=job.*",
            "-c",
            "3",
            "--for",
            "30s",
            "-o",
            "json",
            "error",
            "--both",
            "--payload",
            "-q"
        )
        #expect(options.filter.terms.count == 2)
        #expect(options.limit == 3)
        #expect(options.deadline == .seconds(30))
        #expect(options.output == .json)
        #expect(options.showsBothDirections && options.showsPayload && options.isQuiet)
        #expect(try follow() == FollowOptions())
        #expect(try follow("follow", "-c", "1").limit == 1)
    }

    @Test func anOptionTakesItsValueBehindAnEqualsSignToo() throws {
        #expect(try follow("--count=7", "--for=500ms").count == 7)
        #expect(try follow("--color=never").colour == .never)
    }

    @Test func whatIsExpectedHasADeadlineAndEndsAfterOne() throws {
        let options = try follow("--expect", "kind=job.done", "--timeout", "5s")
        #expect(options.expects && options.limit == 1 && options.deadline == .seconds(5))
        #expect(try follow("--expect", "-c", "4").limit == 4)
        #expect(try follow("--expect").deadline == .seconds(10))
    }

    @Test func helpAndTheHubHaveTheirWords() throws {
        #expect(try Command(["hub"]) == .hub)
        #expect(try Command(["hub", "--help"]) == .hub)
        for arguments in [["--help"], ["-h"], ["help"], ["kind=job.*", "--help"]] {
            #expect(try Command(arguments) == .help)
        }
    }

    @Test func aWrongCommandLineIsRefused() {
        for arguments in [
            ["-c"], ["-c", "0"], ["-c", "x"], ["-c", "-1"], ["--for", "soon"], ["-o", "xml"], ["--what"], ["-x"],
            ["bogus"], ["record", "x"], ["top"], ["--expect", "--for", "3s"], ["--color", "pink"],
        ] {
            #expect(throws: UsageError.self, "\(arguments)") { try Command(arguments) }
        }
    }

    @Test func theHelpNamesEveryOptionAndFilter() {
        for word in [
            "--count", "--for", "--expect", "--timeout", "--both", "--payload", "--output", "--color", "--hub",
            "--quiet",
        ] {
            #expect(Usage.text.contains(word))
        }
        for name in Filter.Text.allCases.map(\.rawValue) + Filter.Measure.allCases.map(\.rawValue) {
            #expect(Usage.text.contains(name))
        }
        #expect(Usage.text.split(separator: "\n").allSatisfy { $0.count <= 116 })
    }
}
