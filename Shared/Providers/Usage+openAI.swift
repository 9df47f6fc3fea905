import JSON

extension Usage {
    /// OpenAI's usage object of chat (`prompt_tokens`) and of images (`input_tokens`).
    init(openAI value: JSONValue) {
        self.init()
        inputTokens = Self.count(value, "prompt_tokens") ?? Self.count(value, "input_tokens")
        outputTokens = Self.count(value, "completion_tokens") ?? Self.count(value, "output_tokens")
        let input = value.optional("prompt_tokens_details") ?? value.optional("input_tokens_details")
        let output = value.optional("completion_tokens_details") ?? value.optional("output_tokens_details")
        if let input {
            cachedInputTokens = Self.count(input, "cached_tokens")
            textInputTokens = Self.count(input, "text_tokens")
            imageInputTokens = Self.count(input, "image_tokens")
        }
        if let output { reasoningTokens = Self.count(output, "reasoning_tokens") }
        reportedCostUSD = value.optional("cost")?.double
    }

    /// A count that isn't negative; anything else is as good as none.
    private static func count(_ value: JSONValue, _ name: String) -> Int? {
        guard let number = value[name]?.int, number >= 0 else { return nil }
        return Int(exactly: number)
    }

    /// Nothing was counted: some servers send zeros for want of numbers.
    var isAllZero: Bool { (inputTokens ?? 0) == 0 && (outputTokens ?? 0) == 0 }
}
