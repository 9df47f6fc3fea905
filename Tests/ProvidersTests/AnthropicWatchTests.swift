import Providers
import Support
import Testing

/// What a caller and the gateway make of a stream in Anthropic's form that passes through, however it is cut.
@Suite(.timeLimit(.minutes(1))) struct AnthropicWatchTests {
    struct Outcome: Equatable {
        var passed: [UInt8] = []
        var ending: StreamEnding
        var usage: Usage?
        var reason: String?
        var done: Bool
    }

    private static let streams = Fixture.streams.filter { $0.codec?.dialect == .anthropicMessages }

    private func run(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var watch = AnthropicWatch()
        var passed: [UInt8] = []
        for piece in pieces { piece.withUnsafeBytes { watch.feed($0) { passed.append(contentsOf: $0) } } }
        let ending = watch.end { passed.append(contentsOf: $0) }
        return Outcome(
            passed: passed,
            ending: ending,
            usage: watch.usage,
            reason: watch.stopReason,
            done: watch.sawDone
        )
    }

    private func run(_ text: String) -> Outcome { run([Array(text.utf8)[...]]) }

    /// The same stream with another line end.
    private func ended(_ bytes: [UInt8], by end: String) -> [UInt8] {
        bytes.flatMap { $0 == 0x0A ? Array(end.utf8) : [$0] }
    }

    @Test(arguments: streams, ["\n", "\r\n", "\r"])
    func everyCutGivesTheSame(_ fixture: Fixture, _ end: String) {
        let bytes = ended(fixture.bytes, by: end)
        let whole = run([bytes[...]])
        for cut in stride(from: 1, to: bytes.count, by: end == "\n" ? 1 : 7) {
            #expect(run([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
        #expect(run(bytes.indices.map { bytes[$0...$0] }) == whole, "single bytes")
        var generator = SeededGenerator(seed: runSeed)
        for _ in 0..<50 {
            let cuts = ([0, bytes.count] + (0..<5).map { _ in Int.random(in: 0...bytes.count, using: &generator) })
                .sorted()
            let pieces = zip(cuts, cuts.dropFirst()).map { bytes[$0..<$1] }
            #expect(run(pieces) == whole, "\(cuts)")
        }
    }

    @Test(arguments: streams)
    func whatPassesIsWhatCameUpToAnError(_ fixture: Fixture) throws {
        let outcome = run([fixture.bytes[...]])
        switch outcome.ending {
        case .complete:
            #expect(fixture.code == nil || fixture.expect == "content_rejected")
            #expect(outcome.passed == fixture.bytes && outcome.done)
            let read = try StreamReaderTests.read(fixture, pieces: [fixture.bytes[...]])
            #expect(outcome.usage == read.answer.usage)
            #expect(outcome.reason != nil)
        case .failed(let error):
            #expect(error.code == fixture.code)
            #expect(fixture.bytes.starts(with: outcome.passed) && outcome.passed.count > 100)
            #expect(!String(decoding: outcome.passed, as: UTF8.self).contains("overloaded"))
        }
    }

    @Test func aStreamWithoutItsMarkerIsNoSuccess() {
        let bytes = Self.streams[0].bytes
        for cut in 0..<(bytes.count - 60) {
            guard case .failed(let error) = run([bytes[..<cut]]).ending else {
                Issue.record("complete at \(cut)")
                return
            }
            #expect(error.code == .malformedResponse || error.code == .providerUnavailable)
        }
    }

    @Test func anErrorIsKnownByItsNameOrItsType() {
        let start = "event: content_block_stop\ndata: {}\n\n"
        for text in [
            "event: error\ndata: {\"error\":{\"type\":\"rate_limit_error\"}}\n\n",
            "data: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"}}\n\n",
            "{\n  \"error\": {\"type\": \"rate_limit_error\"}\n}\n\n",
        ] {
            let outcome = run(start + text + start)
            guard case .failed(let error) = outcome.ending else {
                Issue.record("passed: \(text)")
                continue
            }
            #expect(error.code == .rateLimited)
            #expect(outcome.passed == Array(start.utf8))
        }
    }

    @Test func whatIsNoStreamIsSaidSo() {
        let outcome = run(#"{"type":"message","content":[]}"#)
        #expect(outcome.passed.isEmpty)
        guard case .failed(let error) = outcome.ending else {
            Issue.record("a blocking answer passed")
            return
        }
        #expect(error.code == .streamingUnsupported)
    }

    @Test func commentsAndUnknownEventsPass() {
        let text =
            ": hello\n\nevent: ping\ndata: {}\n\nevent: new\ndata: {\"a\":1}\n\nevent: message_stop\ndata: {}\n\n"
        let outcome = run(text)
        #expect(outcome.ending == .complete)
        #expect(outcome.passed == Array(text.utf8))
    }

    @Test func anEventWithoutEndIsHeldOnlySoLong() {
        var watch = AnthropicWatch()
        let chunk = [UInt8](repeating: 0x61, count: 1 << 20)
        var passed = 0
        for _ in 0..<6 { chunk.withUnsafeBytes { watch.feed($0) { passed += $0.count } } }
        #expect(watch.failure?.code == .malformedResponse)
        #expect(passed == 0)
    }
}
