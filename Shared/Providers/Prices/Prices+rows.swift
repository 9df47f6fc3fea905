import JSON

extension Prices {
    static func members(_ value: JSONValue?) -> [(String, JSONValue)] {
        (value?.object ?? []).map { ($0.name, $0.value) }
    }

    static func table<Price>(_ models: JSONValue, _ read: (JSONValue) -> Price?) -> [String: Price] {
        var rows: [String: Price] = [:]
        for (model, value) in members(models) { rows[model] = read(value) }
        return rows
    }

    /// nil for a row without the two prices that every call needs.
    static func chatPrice(_ row: JSONValue) -> ChatPrice? {
        guard let input = row["input"]?.double, let output = row["output"]?.double else { return nil }
        var price = ChatPrice(input: input, output: output)
        price.cachedInput = row["cached_input"]?.double
        price.cacheWrite = row["cache_write"]?.double
        if let above = row["above"], let tokens = above["tokens"]?.int {
            price.above = (
                Int(clamping: tokens), above["input"]?.double, above["cached_input"]?.double, above["output"]?.double
            )
        }
        return price
    }

    static func imagePrice(_ row: JSONValue) -> ImagePrice? {
        var price = ImagePrice()
        price.textInput = row["text_input"]?.double
        price.imageInput = row["image_input"]?.double
        price.output = row["output"]?.double
        price.each = row["each"]?.double
        for (name, value) in members(row["by"]) { price.by[name] = value.double }
        return price.output == nil && price.each == nil && price.by.isEmpty ? nil : price
    }
}

extension Prices.ChatPrice {
    /// Cached tokens and those written to the cache have prices of their own where the provider names them.
    func cost(input: Int, output: Int, _ usage: Usage) -> Double {
        let tier = above.flatMap { input > $0.tokens ? $0 : nil }
        let plainPrice = tier?.input ?? self.input
        let cached = min(usage.cachedInputTokens ?? 0, input)
        let written = min(usage.cacheWriteInputTokens ?? 0, input - cached)
        var sum = Double(input - cached - written) * plainPrice
        sum += Double(cached) * (tier?.cachedInput ?? cachedInput ?? plainPrice)
        sum += Double(written) * (cacheWrite ?? plainPrice)
        sum += Double(output) * (tier?.output ?? self.output)
        return sum / 1_000_000
    }
}

extension Prices.ImagePrice {
    /// By the reported tokens; nil when the provider reported none or the row has no price for them.
    func cost(_ usage: Usage) -> Double? {
        guard let output, let tokens = usage.outputTokens, tokens > 0 else { return nil }
        let pictures = usage.imageInputTokens ?? 0
        let text = usage.textInputTokens ?? max(0, (usage.inputTokens ?? 0) - pictures)
        var sum = Double(text) * (textInput ?? 0)
        sum += Double(pictures) * (imageInput ?? textInput ?? 0)
        sum += Double(tokens) * output
        return sum / 1_000_000
    }
}
