import JSON

/// Anthropic's usage object. Its three kinds of input stand beside each other, and what a later event of a stream names
/// replaces what an earlier one said.
struct AnthropicUsage: Sendable {
    private var input: Int?
    private var output: Int?
    private var cacheRead: Int?
    private var cacheWrite: Int?

    private static let members: JSONKeys = [
        "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
    ]

    /// Takes the object that stands in that range; what is null or missing stays as it was.
    mutating func update(_ body: [UInt8], in range: Range<Int>) {
        guard JSONScanner.kind(in: range, of: body) == .object,
            let found = try? JSONScanner.members(of: body, in: range, wanted: Self.members)
        else { return }
        input = Usage.count(body, found[0]) ?? input
        output = Usage.count(body, found[1]) ?? output
        cacheRead = Usage.count(body, found[2]) ?? cacheRead
        cacheWrite = Usage.count(body, found[3]) ?? cacheWrite
    }

    /// In the gateway's terms, where the input includes both kinds of cached tokens; nil while nothing is known.
    var usage: Usage? {
        guard input != nil || output != nil else { return nil }
        var usage = Usage()
        usage.outputTokens = output
        usage.cachedInputTokens = cacheRead
        usage.cacheWriteInputTokens = cacheWrite
        usage.inputTokens = input.map { $0 + (cacheRead ?? 0) + (cacheWrite ?? 0) }
        return usage
    }
}

extension Usage {
    /// Writes the members of Anthropic's object; what is unknown counts as 0 there, since the SDKs require the counts.
    func writeAnthropic(_ writer: inout JSONWriter) {
        let (read, written) = (cachedInputTokens ?? 0, cacheWriteInputTokens ?? 0)
        writer.field("input_tokens", max(0, (inputTokens ?? 0) - read - written))
        writer.field("cache_creation_input_tokens", written)
        writer.field("cache_read_input_tokens", read)
        writer.field("output_tokens", outputTokens ?? 0)
    }
}

extension StopReason {
    /// Anthropic's word.
    init(anthropic word: String?) {
        switch word {
        case "end_turn", "stop_sequence": self = .stop
        case "max_tokens", "model_context_window_exceeded": self = .length
        case "tool_use": self = .toolCalls
        case "refusal": self = .contentFilter
        case "pause_turn": self = .pause
        default: self = .other
        }
    }

    /// Anthropic's word for it.
    func anthropicWord(sequence: String?) -> String {
        switch self {
        case .length: "max_tokens"
        case .toolCalls: "tool_use"
        case .contentFilter: "refusal"
        case .pause: "pause_turn"
        case .stop where sequence != nil: "stop_sequence"
        case .stop, .error, .other: "end_turn"
        }
    }
}
