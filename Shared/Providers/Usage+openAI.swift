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
            cacheWriteInputTokens = Self.count(input, "cache_write_tokens")
            textInputTokens = Self.count(input, "text_tokens")
            imageInputTokens = Self.count(input, "image_tokens")
        }
        if let output { reasoningTokens = Self.count(output, "reasoning_tokens") }
        let cost = value.optional("cost")?.double
        reportedCostUSD = Self.price(cost ?? value.optional("cost_in_usd_ticks")?.double.map { $0 / Self.ticks })
    }

    /// xAI's ticks in a dollar.
    private static let ticks = 1e10

    private static let members: JSONKeys = [
        "prompt_tokens", "input_tokens", "completion_tokens", "output_tokens", "prompt_tokens_details",
        "input_tokens_details", "completion_tokens_details", "output_tokens_details", "cost",
        "cost_in_usd_ticks", "total_tokens",
    ]
    private static let details: JSONKeys = [
        "cached_tokens", "text_tokens", "image_tokens", "reasoning_tokens", "cache_write_tokens",
    ]

    /// The same object as it stands in an answer's bytes, read without a tree; nil when it is broken.
    init?(openAI body: [UInt8], in range: Range<Int>, _ habits: OpenAIChatCodec.Habits = .init()) {
        guard let found = try? JSONScanner.members(of: body, in: range, wanted: Self.members) else { return nil }
        self.init()
        inputTokens = Self.count(body, found[0]) ?? Self.count(body, found[1])
        outputTokens = Self.count(body, found[2]) ?? Self.count(body, found[3])
        if let range = found[4] ?? found[5],
            let input = try? JSONScanner.members(of: body, in: range, wanted: Self.details)
        {
            cachedInputTokens = Self.count(body, input[0])
            textInputTokens = Self.count(body, input[1])
            imageInputTokens = Self.count(body, input[2])
            cacheWriteInputTokens = Self.count(body, input[4])
        }
        if let range = found[6] ?? found[7],
            let output = try? JSONScanner.members(of: body, in: range, wanted: Self.details)
        {
            reasoningTokens = Self.count(body, output[3])
        }
        if let range = found[8] {
            reportedCostUSD = Self.price((try? JSONValue(parsing: body[range]))?.double)
        } else if let range = found[9] {
            reportedCostUSD = Self.price((try? JSONValue(parsing: body[range]))?.double.map { $0 / Self.ticks })
        }
        if habits.leavesReasoningOut, let range = found[10] {
            addReasoning(total: try? JSONScanner.int(in: range, of: body))
        }
    }

    /// The count that stands there.
    static func count(_ body: [UInt8], _ range: Range<Int>?) -> Int? {
        count(range.flatMap { try? JSONScanner.int(in: $0, of: body) })
    }

    private static func count(_ value: JSONValue, _ name: String) -> Int? { count(value.optional(name)?.int) }

    /// Something was counted, or a price told: some servers send zeros for want of numbers.
    var tellsSomething: Bool { (inputTokens ?? 0) > 0 || (outputTokens ?? 0) > 0 || reportedCostUSD != nil }
}
