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
        let cost = Prices.chat(type: "openai_apikey", model: "gpt-4o-2024-08-06", usage: usage(1_000, 100, cached: 400))
        let expected: Double = 0.003
        #expect(abs(try #require(cost) - expected) < 1e-12)
    }

    @Test func theUnknownStaysUnknown() {
        #expect(Prices.chat(type: "openai_apikey", model: "gpt-99", usage: usage(1, 1)) == nil)
        #expect(Prices.chat(type: "openai_compatible", model: "gpt-4o", usage: usage(1, 1)) == nil)
        #expect(Prices.chat(type: "openai_apikey", model: "gpt-4o", usage: usage(nil, 1)) == nil)
        #expect(
            Prices.image(type: "openai_apikey", model: "gpt-image-2", size: "1024x1024", quality: "low", usage: nil)
                == nil
        )
        #expect(
            Prices.image(type: "openai_apikey", model: "gpt-image-1.5", size: "auto", quality: "low", usage: nil) == nil
        )
    }

    @Test func picturesArePricedByUsageElseBySizeAndQuality() throws {
        var told = usage(12, 272)
        told.textInputTokens = 12
        told.imageInputTokens = 0
        let byUsage = Prices.image(type: "openai_apikey", model: "gpt-image-2", size: nil, quality: nil, usage: told)
        let first: Double = 0.00822
        #expect(abs(try #require(byUsage) - first) < 1e-12)
        let bySize = Prices.image(
            type: "openai_apikey",
            model: "gpt-image-1.5",
            size: "1024x1536",
            quality: "high",
            usage: nil
        )
        let second: Double = 0.19968
        #expect(abs(try #require(bySize) - second) < 1e-12)
    }

    @Test func aReportedPriceWins() {
        var told = usage(nil, nil)
        told.reportedCostUSD = 0.04
        #expect(Prices.chat(type: "openai_compatible", model: "x", usage: told) == 0.04)
    }
}
