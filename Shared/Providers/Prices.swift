/// What an answer costs in USD, as far as it can be known. nil is unknown, never zero.
///
/// A price that the provider reports itself wins over the table. Servers at a user's own address have no prices.
public enum Prices {
    /// USD per million tokens of a chat model.
    struct ChatPrice: Sendable {
        let input: Double
        let cachedInput: Double
        let output: Double
    }

    /// USD per million tokens of an image model.
    struct ImagePrice: Sendable {
        let textInput: Double
        let imageInput: Double
        let output: Double
    }

    /// The price of a chat answer.
    public static func chat(type: String, model: String, usage: Usage) -> Double? {
        if let reported = usage.reportedCostUSD { return reported }
        guard type == "openai_apikey", let price = find(openAIChat, model),
            let input = usage.inputTokens, let output = usage.outputTokens
        else { return nil }
        let cached = min(usage.cachedInputTokens ?? 0, input)
        let tokens = Double(input - cached) * price.input + Double(cached) * price.cachedInput
        return (tokens + Double(output) * price.output) / 1_000_000
    }

    /// The price of a picture: by the reported tokens, else by size and quality where a table of them exists.
    public static func image(type: String, model: String, size: String?, quality: String?, usage: Usage?) -> Double? {
        if let reported = usage?.reportedCostUSD { return reported }
        guard type == "openai_apikey", let price = find(openAIImages, model) else { return nil }
        if let usage, let output = usage.outputTokens, output > 0 {
            let pictures = usage.imageInputTokens ?? 0
            let text = usage.textInputTokens ?? max(0, (usage.inputTokens ?? 0) - pictures)
            let tokens = Double(text) * price.textInput + Double(pictures) * price.imageInput
            return (tokens + Double(output) * price.output) / 1_000_000
        }
        guard modelsWithKnownImageTokens.contains(model), let size, let quality,
            let tokens = imageTokens[quality]?[size]
        else { return nil }
        return Double(tokens) * price.output / 1_000_000
    }

    /// The exact name, else the name without a date at its end (`-2026-09-08`).
    private static func find<Price>(_ table: [String: Price], _ model: String) -> Price? {
        if let price = table[model] { return price }
        let parts = model.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count > 3,
            zip(parts.suffix(3), [4, 2, 2]).allSatisfy({ part, count in
                part.utf8.count == count && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
            })
        else { return nil }
        return table[parts.dropLast(3).joined(separator: "-")]
    }
}
