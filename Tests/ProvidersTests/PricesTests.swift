import JSON
import Providers
import Testing

/// What an answer costs, and when nobody can tell.
@Suite struct PricesTests {
    private func usage(_ input: Int?, _ output: Int?, cached: Int? = nil) -> Usage {
        var usage = Usage()
        usage.inputTokens = input
        usage.outputTokens = output
        usage.cachedInputTokens = cached
        return usage
    }

    @Test func tokensArePricedByTheTableAlsoForADatedName() throws {
        let cost = Prices.standard.chat(
            type: "openai_apikey",
            model: "gpt-4o-2024-08-06",
            usage: usage(1_000, 100, cached: 400)
        )
        let expected: Double = 0.003
        #expect(abs(try #require(cost) - expected) < 1e-12)
    }

    @Test func theUnknownStaysUnknown() {
        #expect(Prices.standard.chat(type: "openai_apikey", model: "gpt-99", usage: usage(1, 1)) == nil)
        #expect(Prices.standard.chat(type: "openai_compatible", model: "gpt-4o", usage: usage(1, 1)) == nil)
        #expect(Prices.standard.chat(type: "openai_apikey", model: "gpt-4o", usage: usage(nil, 1)) == nil)
        #expect(
            Prices.standard.image(
                type: "openai_apikey",
                model: "gpt-image-2",
                size: "1024x1024",
                quality: "low",
                usage: nil
            )
                == nil
        )
        #expect(
            Prices.standard.image(
                type: "openai_apikey",
                model: "gpt-image-1.5",
                size: "auto",
                quality: "low",
                usage: nil
            ) == nil
        )
    }

    @Test func picturesArePricedByUsageElseBySizeAndQuality() throws {
        var told = usage(12, 272)
        told.textInputTokens = 12
        told.imageInputTokens = 0
        let byUsage = Prices.standard.image(
            type: "openai_apikey",
            model: "gpt-image-2",
            size: nil,
            quality: nil,
            usage: told
        )
        let first: Double = 0.00822
        #expect(abs(try #require(byUsage) - first) < 1e-12)
        let bySize = Prices.standard.image(
            type: "openai_apikey",
            model: "gpt-image-1.5",
            size: "1024x1536",
            quality: "high",
            usage: nil
        )
        #expect(bySize == 0.2)
        let any = Prices.standard.image(
            type: "xai_apikey",
            model: "grok-imagine-image",
            size: "2x1",
            quality: nil,
            usage: nil
        )
        #expect(any == 0.02)
    }

    @Test func everyProviderWithPublicPricesHasRows() {
        #expect(Prices.standard.count > 400)
        let models = [
            ("anthropic_apikey", "claude-sonnet-5-5"), ("gemini_apikey", "gemini-3.8-flash"),
            ("azure_openai", "gpt-6.1-sol"),
            ("bedrock", "us.anthropic.claude-opus-5-5"), ("xai_apikey", "grok-4.7"), ("openai_apikey", "gpt-6.1-sol"),
        ]
        for (type, model) in models {
            #expect(Prices.standard.chat(type: type, model: model, usage: usage(1, 1)) != nil, "\(model)")
        }
        let small = Prices.standard.embedding(
            type: "openai_apikey",
            model: "text-embedding-3-small",
            usage: usage(1_000, nil)
        )
        #expect(abs((small ?? 0) - 0.00002) < 1e-12)
    }

    @Test func cachedAndWrittenTokensAndLongPromptsHaveTheirPrices() throws {
        let table = try Prices(parsing: Array(Self.table.utf8))
        var told = usage(1_000_000, 0, cached: 200_000)
        told.cacheWriteInputTokens = 300_000
        func cost(_ model: String, _ usage: Usage) -> Double? {
            table.chat(type: "t", model: model, usage: usage).map { ($0 * 1_000_000).rounded() }
        }
        #expect(cost("m", told) == 2_100_000)
        #expect(cost("long", usage(1_001, 1_000)) == 60_020)
        #expect(cost("long", usage(1_000, 1_000)) == 6_000)
    }

    @Test func anOperatorsRowReplacesTheBuiltInOneAlone() throws {
        let own = Array(#"{"chat":{"openai_apikey":{"gpt-6.1-sol":{"input":1,"output":1}}}}"#.utf8)
        let prices = try Prices.standard(overriddenBy: own)
        #expect(prices.chat(type: "openai_apikey", model: "gpt-6.1-sol", usage: usage(1_000_000, 0)) == 1)
        #expect(prices.count == Prices.standard.count)
        #expect(throws: JSONError.self) { try Prices.standard(overriddenBy: Array("no".utf8)) }
    }

    private static let table = #"""
        {"chat": {"t": {"m": {"input": 2, "cached_input": 1, "cache_write": 3, "output": 5},
          "long": {"input": 2, "output": 4, "above": {"tokens": 1000, "input": 20, "output": 40}}}}}
        """#

    @Test func aReportedPriceWins() {
        var told = usage(nil, nil)
        told.reportedCostUSD = 0.04
        #expect(Prices.standard.chat(type: "openai_compatible", model: "x", usage: told) == 0.04)
    }
}
