import Foundation
import Loop
import Support
import Testing

@testable import Service

struct PulseTests {
    private let folder = Folder()
    private let start = Moment(nanoseconds: 1_000_000_000)
    private let health = Pulse.Question(["--health"])
    private let alive = Pulse.Question(["--alive"])

    private func verdict(_ question: Pulse.Question?, after age: Duration) throws -> Pulse.Verdict {
        Pulse.verdict(on: folder.file("health"), asking: try #require(question), now: start + age)
    }

    @Test func aFreshBeatIsGoodAndAnOldOneIsNot() throws {
        #expect(Pulse.beat(folder.file("health"), at: start, shortcomings: []))
        for question in [health, alive] {
            #expect(try verdict(question, after: .zero).isGood)
            #expect(try verdict(question, after: Pulse.limit).isGood)
            #expect(try !verdict(question, after: Pulse.limit + .seconds(1)).isGood)
            // From before the machine's last start.
            #expect(try !verdict(question, after: .seconds(-1)).isGood)
        }
    }

    @Test func whatIsMissingCountsForHealthAndNotForLife() throws {
        #expect(Pulse.beat(folder.file("health"), at: start, shortcomings: ["the gateway is\nnot connected", "b"]))
        #expect(try verdict(alive, after: .seconds(1)).isGood)
        let answer = try verdict(health, after: .seconds(1))
        #expect(answer == Pulse.Verdict(isGood: false, sentence: "the gateway is not connected; b"))
    }

    @Test func noFileAndADamagedOneAreNoHealth() throws {
        #expect(try !verdict(alive, after: .zero).isGood)
        for text in ["", "\n", "soon\n", "99999999999999999999\n"] {
            try text.write(toFile: folder.file("health"), atomically: true, encoding: .utf8)
            #expect(try !verdict(alive, after: .zero).isGood, "\(text)")
        }
    }

    @Test func aFileThatCantBeWrittenIsToldToTheCaller() {
        #expect(!Pulse.beat("/dev/null/health", at: start, shortcomings: []))
    }

    @Test func theQuestionIsFoundAmongOtherArguments() {
        #expect(Pulse.Question(["hub"]) == nil)
        #expect(Pulse.Question(["hub", "--alive"])?.needsAll == false)
        #expect(Pulse.Question(["hub", "--health"])?.otherArguments == ["hub"])
    }
}
