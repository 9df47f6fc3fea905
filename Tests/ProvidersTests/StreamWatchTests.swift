import Foundation
import Providers
import Support
import Testing

/// What a caller and the gateway make of a stream, however its bytes are cut.
@Suite(.timeLimit(.minutes(1))) struct StreamWatchTests {
    struct Outcome: Equatable {
        var passed: [UInt8] = []
        var ending: StreamEnding
        var usage: Usage?
        var finish: String?
        var done: Bool
    }

    private func run(_ pieces: [ArraySlice<UInt8>], hidesUsage: Bool = false) -> Outcome {
        var watch = StreamWatch(hidesUsage: hidesUsage)
        var passed: [UInt8] = []
        for piece in pieces {
            piece.withUnsafeBytes { watch.feed($0) { passed.append(contentsOf: $0) } }
        }
        let ending = watch.end { passed.append(contentsOf: $0) }
        return Outcome(
            passed: passed,
            ending: ending,
            usage: watch.usage,
            finish: watch.finishReason,
            done: watch.sawDone
        )
    }

    @Test(arguments: Fixture.openAIStreams, [false, true])
    func everyCutGivesTheSame(_ fixture: Fixture, _ hides: Bool) {
        let bytes = fixture.bytes
        let whole = run([bytes[...]], hidesUsage: hides)
        for cut in 1..<bytes.count {
            #expect(run([bytes[..<cut], bytes[cut...]], hidesUsage: hides) == whole, "cut at \(cut)")
        }
        #expect(run(bytes.indices.map { bytes[$0...$0] }, hidesUsage: hides) == whole, "single bytes")
    }

    @Test(arguments: Fixture.openAIStreams)
    func theEndingIsTheManifests(_ fixture: Fixture) {
        let outcome = run([fixture.bytes[...]])
        switch outcome.ending {
        case .complete:
            #expect(fixture.code == nil)
            #expect(outcome.passed == fixture.bytes)
        case .failed(let error):
            #expect(error.code == fixture.code)
            #expect(fixture.bytes.starts(with: outcome.passed))
            #expect(!String(decoding: outcome.passed, as: UTF8.self).contains("\"error\""))
        }
    }

    @Test func aRandomCutGivesTheSame() {
        var generator = SeededGenerator(seed: runSeed)
        for fixture in Fixture.openAIStreams {
            let whole = run([fixture.bytes[...]], hidesUsage: true)
            for _ in 0..<200 {
                var cuts = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                    Int.random(in: 0...fixture.bytes.count, using: &generator)
                }
                cuts = ([0] + cuts + [fixture.bytes.count]).sorted()
                let pieces = zip(cuts, cuts.dropFirst()).map { fixture.bytes[$0..<$1] }
                #expect(run(pieces, hidesUsage: true) == whole, "seed \(runSeed)")
            }
        }
    }

    @Test func usageThatNobodyAskedForIsWithheldWholeAndNothingElse() throws {
        let fixture = try Fixture.named("openai-chat-stream.sse")
        let text = String(decoding: fixture.bytes, as: UTF8.self)
        let expected = text.components(separatedBy: "\n\n").filter { !$0.contains("\"choices\":[]") }
            .joined(separator: "\n\n")
        let outcome = run([fixture.bytes[...]], hidesUsage: true)
        #expect(String(decoding: outcome.passed, as: UTF8.self) == expected)
        #expect(outcome.usage?.inputTokens == 18)
        #expect(outcome.usage?.outputTokens == 9)
        #expect(outcome.finish == "stop")
        #expect(outcome.done)
    }

    @Test func theLastUsageWinsAndUsageBesideTextIsNotWithheld() {
        let stream = """
            data: {"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":1}}

            data: {"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}


            """
        let outcome = run([Array(stream.utf8)[...]], hidesUsage: true)
        #expect(outcome.usage?.outputTokens == 2)
        #expect(outcome.passed == Array(stream.utf8))
        #expect(outcome.ending == .complete)
        #expect(!outcome.done)
    }

    @Test func wordsInsideTheTextMeanNothing() {
        let stream = #"""
            data: {"choices":[{"delta":{"content":"{\"error\":1,\"usage\":{},\"finish_reason\":\"x\"}"},"finish_reason":null}]}

            data: [DONE]


            """#
        let outcome = run([Array(stream.utf8)[...]], hidesUsage: true)
        #expect(outcome.passed == Array(stream.utf8))
        #expect(outcome.finish == nil)
        #expect(outcome.ending == .complete)
    }

    @Test func anErrorBesideAnEmptyOneIsToldApart() {
        let quiet = "data: {\"error\":null,\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
        #expect(run([Array(quiet.utf8)[...]]).ending == .complete)
        let rate = "data: {\"error\":{\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\",\"message\":\"sk-1\"}}\n\n"
        guard case .failed(let error) = run([Array(rate.utf8)[...]]).ending else {
            Issue.record("an error must fail the stream")
            return
        }
        #expect(error.code == .rateLimited)
        #expect(!error.message.contains("sk-1"))
        let flat = "data: {\"object\":\"error\",\"message\":\"boom\",\"code\":400}\n\n"
        guard case .failed(let other) = run([Array(flat.utf8)[...]]).ending else {
            Issue.record("a flat error is not marked by its member's name")
            return
        }
        #expect(other.code == .badRequest)
    }

    @Test(arguments: ["data: [DONE]", "data: [DONE]\n", "data:[DONE]\r\n", "data: [DONE]\r"])
    func aLastEventWithoutItsBlankLineCounts(_ last: String) {
        let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n" + last
        #expect(run([Array(stream.utf8)[...]]).ending == .complete)
    }

    @Test func lineEndsOfAllThreeKindsAreRead() throws {
        let fixture = try Fixture.named("openai-chat-stream.sse")
        let text = String(decoding: fixture.bytes, as: UTF8.self)
        for end in ["\r", "\r\n"] {
            let bytes = Array(text.replacing("\n", with: end).utf8)
            let outcome = run([bytes[...]])
            #expect(outcome.passed == bytes)
            #expect(outcome.usage?.totalTokens == 27)
            #expect(outcome.ending == .complete)
            #expect(run(bytes.indices.map { bytes[$0...$0] }) == outcome)
        }
    }

    @Test func anEndlessEventIsCutOff() {
        var watch = StreamWatch(hidesUsage: true)
        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
        for _ in 0..<8 { piece.withUnsafeBytes { watch.feed($0) { _ in Issue.record("nothing is whole") } } }
        #expect(watch.failure?.code == .malformedResponse)
    }

    @Test func anAnswerThatDoesNotStreamIsNamed() {
        let body = "{\"id\":\"x\",\"object\":\"chat.completion\",\"choices\":[]}"
        guard case .failed(let error) = run([Array(body.utf8)[...]]).ending else {
            Issue.record("not a stream")
            return
        }
        #expect(error.code == .streamingUnsupported)
    }
}
