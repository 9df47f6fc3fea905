import Testing

@testable import Tap

struct TemplateTests {
    private func line(_ format: String, latency: Duration? = nil, _ change: (inout Sighting) -> Void = { _ in }) throws
        -> String
    {
        let seen = sighting(replyTo: "q") {
            $0.seenAt = 43_471_482_000
            $0.header.job = "img_1"
            change(&$0)
        }
        return try Template(format).line(seen, latency: latency, timeOfDay: TimeOfDay.universal)
    }

    @Test func namesInBracesStandForPartsOfTheMessage() throws {
        #expect(try line("{time} {kind} {job}") == "12:04:31.482 job.offer img_1")
        #expect(try line("{source}|{link}|{direction}|{size}") == "gateway/g1|jobs|out|400")
        #expect(try line("{reply}{attempt}{correlation}.") == "q.")
        #expect(try line("{latency}", latency: .milliseconds(3)) == "3000")
    }

    @Test func escapesAndDoubledBracesAreText() throws {
        #expect(try line("a\\tb\\nc\\\\d{{e}") == "a\tb\nc\\d{e}")
    }

    @Test func noMessageCanMoveTheCursor() throws {
        #expect(try line("{job}") { $0.header.job = "\u{1B}[2J\n" } == "·[2J·")
    }

    @Test func aWrongFormatSaysWhatToWriteInstead() {
        #expect(throws: UsageError.self) { try Template("{colour}") }
        #expect(throws: UsageError("the format's '{' has no '}'")) { try Template("{kind") }
        #expect(throws: UsageError.self) { try Template("") }
    }

    /// Each part shows something of a message that has all.
    @Test(arguments: Template.Part.allCases) func everyPartHasAValue(_ part: Template.Part) throws {
        let text = try line("{\(part.rawValue)}", latency: .seconds(1)) {
            $0.header.attempt = 1
            $0.header.correlation = "c"
            $0.header.causation = "m"
            $0.payload = Array("{}".utf8)
        }
        #expect(!text.isEmpty)
    }
}
