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

    @Test func eachCommandHasItsWord() throws {
        #expect(try follow("--pair", "kind=job.*").mode == .pair)
        #expect(try follow("pair").mode == .pair)
        let top = try follow("top", "--by", "source", "--every", "500ms", "-c", "1")
        #expect(top.mode == .top && top.grouping == .source && top.interval == .milliseconds(500))
        let trace = try follow("trace", "img_01JD", "kind!=job.step")
        #expect(trace.mode == .trace && trace.root == "img_01JD" && trace.filter.terms.count == 1)
        let record = try follow("record", "/tmp/x.mtl", "kind=job.*", "--payload")
        #expect(record.mode == .record && record.path == "/tmp/x.mtl" && record.filter.terms.count == 1)
        guard case .show("-", let show) = try Command(["show", "-", "--trace", "img_01JD"]) else {
            throw UsageError("another command")
        }
        #expect(show.mode == .trace && show.root == "img_01JD")
        guard case .replay(let replay) = try Command(["replay", "x", "kind=job.*", "--speed", "2x", "--now"]) else {
            throw UsageError("another command")
        }
        #expect(replay.path == "x" && replay.speed == 2 && replay.isImpatient && replay.filter.terms.count == 1)
        guard case .replay(let fast) = try Command(["replay", "x", "--speed", "max"]) else {
            throw UsageError("another command")
        }
        #expect(fast.speed == nil)
    }

    @Test func whatRelatesMessagesTakesThemAllInBothDirections() throws {
        let services = ["gateway", "image-worker"]
        #expect(try follow("kind=job.offer").topics(services: services).count == 2)
        #expect(try follow("--pair", "kind=job.offer").topics(services: services) == ["h."])
        #expect(try follow("trace", "img_01JD", "source=gateway").topics(services: services) == ["h."])
        #expect(try follow("record", "x", "kind=job.offer", "--payload").topics(services: services).count == 2)
    }

    @Test func aWrongCommandLineIsRefused() {
        for arguments in [
            ["-c"], ["-c", "0"], ["-c", "x"], ["-c", "-1"], ["--for", "soon"], ["-o", "xml"], ["--what"], ["-x"],
            ["bogus"], ["record"], ["show"], ["replay"], ["trace"], ["trace", "abc"], ["--expect", "--for", "3s"],
            ["--color", "pink"], ["top", "--by", "moon"], ["top", "--every", "1ms"], ["-f", "{nothing}"],
            ["-f", ""], ["-f", "{kind"], ["--pair", "-f", "{kind}"], ["replay", "x", "--speed", "0"],
            ["replay", "x", "--speed", "nan"], ["record", "x", "bogus"],
        ] {
            #expect(throws: UsageError.self, "\(arguments)") { try Command(arguments) }
        }
    }

    @Test func theHelpNamesEveryOptionAndFilter() {
        for word in [
            "--count", "--for", "--expect", "--timeout", "--both", "--payload", "--output", "--color", "--hub",
            "--quiet", "--pair", "--trace", "--format", "--by", "--every", "--speed", "--now", "tap top", "tap trace",
            "tap record", "tap show", "tap replay", "tap hub",
        ] {
            #expect(Usage.text.contains(word))
        }
        for name in Filter.Text.allCases.map(\.rawValue) + Filter.Measure.allCases.map(\.rawValue) {
            #expect(Usage.text.contains(name))
        }
        for part in Template.Part.allCases.map(\.rawValue) { #expect(Usage.text.contains(part)) }
        #expect(Usage.text.split(separator: "\n").allSatisfy { $0.count <= 116 })
    }
}
