import Foundation
import Providers
import Testing

/// What a provider counts is only as good as the provider: no count of it traps or is believed without measure.
@Suite struct UsageTests {
    /// The fixture with every count of tokens, and every price, replaced.
    private func bytes(_ fixture: Fixture, counts number: String) -> [UInt8] {
        let counts = /("[A-Za-z_]*[tT]oken(?:s|Count|_count)":\s*)\d+/
        let prices = /("cost":\s*)[0-9.]+/
        let text = String(decoding: fixture.bytes, as: UTF8.self).replacing(counts) { "\($0.output.1)\(number)" }
        return Array(text.replacing(prices) { "\($0.output.1)\(number)" }.utf8)
    }

    private func expectHarmless(_ usage: Usage?, _ fixture: Fixture) {
        guard let usage else { return }
        let counts = [
            usage.inputTokens, usage.outputTokens, usage.cachedInputTokens, usage.cacheWriteInputTokens,
            usage.reasoningTokens, usage.textInputTokens, usage.imageInputTokens,
        ]
        for count in counts.compactMap(\.self) { #expect((0..<1 << 35).contains(count)) }
        #expect((0..<1 << 36).contains(usage.totalTokens ?? 0))
        #expect((0..<1e6).contains(usage.reportedCostUSD ?? 0))
        var plain = usage
        plain.reportedCostUSD = nil
        let price = Prices.standard.chat(type: "openai_apikey", model: "gpt-5-mini", usage: plain)
        #expect(price ?? 0 >= 0)
    }

    @Test(arguments: Fixture.chats, ["9223372036854775807", "4294967295", "-5", "-9223372036854775808", "1e300"])
    func anAbsurdUsageOfAnAnswerIsNotBelievedAndWrittenWithoutHarm(_ fixture: Fixture, _ number: String) throws {
        let bytes = bytes(fixture, counts: number)
        guard let codec = fixture.codec, let result = try? codec.result(from: bytes) else { return }
        expectHarmless(result.usage, fixture)
        #expect(try codec.facts(of: bytes).usage == result.usage)
        let facts = AnswerFacts(id: "x", model: "y", createdAt: 1)
        for surface in [OpenAISurface(), AnthropicSurface()] as [any ChatSurface] {
            #expect(!surface.body(for: result, facts).isEmpty)
        }
    }

    @Test(arguments: Fixture.streams.filter { $0.name.hasSuffix(".sse") }, ["9223372036854775807", "4294967295", "-5"])
    func norIsThatOfAStream(_ fixture: Fixture, _ number: String) {
        let bytes = bytes(fixture, counts: number)
        guard let codec = fixture.codec else { return }
        var (reader, written) = (codec.streamReader(), [UInt8]())
        let facts = AnswerFacts(id: "x", model: "y", createdAt: 1)
        var writer = AnthropicSurface().streamWriter(facts, includesUsage: true)
        bytes.withUnsafeBytes { piece in
            try? reader.feed(piece) { event in
                if case .usage(let usage) = event { expectHarmless(usage, fixture) }
                writer.write(event, to: &written)
            }
        }
        guard var watch = codec.watch(hidesUsage: true) else { return }
        bytes.withUnsafeBytes { watch.feed($0) { _ in } }
        expectHarmless(watch.usage, fixture)
    }

    @Test func theReplacementReachesCountsOfEveryDialect() {
        let reached = Fixture.chats.filter { bytes($0, counts: "7") != $0.bytes }
        #expect(Set(reached.map(\.type)).count >= 6, "\(reached.map(\.name))")
    }
}
