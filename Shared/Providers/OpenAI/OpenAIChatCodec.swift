import JSON

/// OpenAI's chat completions, for OpenAI and the many that imitate it.
///
/// Callers speak it too, so what passes through unchanged has cheaper ways here: ``facts(of:)`` and ``watch(hidesUsage:)``.
public struct OpenAIChatCodec: ChatCodec {
    /// Where a provider's imitation differs.
    public struct Habits: Sendable {
        /// `max_completion_tokens` is not known; `max_tokens` is.
        public var usesMaxTokens = false
        /// `completion_tokens` leaves the reasoning out (xAI); decided by `total_tokens` where that is told.
        public var leavesReasoningOut = false

        /// As OpenAI itself.
        public init() {}
    }

    /// ``Dialect/openAIChat``.
    public let dialect = Dialect.openAIChat
    /// By the provider's habit.
    public var limitName: String { habits.usesMaxTokens ? "max_tokens" : "max_completion_tokens" }
    let habits: Habits
    let classify: @Sendable (_ payload: [UInt8]) -> ProviderError

    /// - Parameter classify: makes a typed error of an error's JSON under a 200 or in a stream; OpenAI's table when nil.
    public init(_ habits: Habits = Habits(), classify: (@Sendable (_ payload: [UInt8]) -> ProviderError)? = nil) {
        self.habits = habits
        self.classify = classify ?? { OpenAIFailure.classify(status: nil, header: { _ in nil }, body: $0) }
    }

    /// A reader for one streamed answer.
    public func streamReader() -> any ChatStreamReader {
        EventStreamReader(OpenAIChunkDecoder(habits: habits, classify: classify))
    }

    /// A watch for a stream that passes through.
    public func watch(hidesUsage: Bool) -> (any PassingWatch)? {
        StreamWatch(hidesUsage: hidesUsage, habits: habits, classify: classify)
    }

    /// A whole answer.
    public func result(from body: [UInt8]) throws(ProviderError) -> ChatResult {
        guard let root = try? JSONValue(parsing: body) else { throw .malformed("is not JSON") }
        if let error = root.optional("error"), error != .bool(false) { throw classify(body) }
        guard let choice = root["choices"]?.array?.first, let message = choice.optional("message") else {
            throw .malformed("holds no choice")
        }
        var parts: [ContentPart] = []
        Self.readReasoning(message, into: &parts)
        if let text = Self.text(message["content"]), !text.isEmpty { parts.append(.text(text)) }
        let refusal = message.optional("refusal")?.string
        if let refusal, !refusal.isEmpty { parts.append(.text(refusal)) }
        for image in message.optional("images")?.array ?? [] {
            if let url = image["image_url"]?["url"]?.string { parts.append(.image(ImagePart(DataURL.source(url)))) }
        }
        let calls = message.optional("tool_calls")?.array ?? []
        for (index, call) in calls.prefix(128).enumerated() { parts.append(.toolCall(try Self.call(call, index))) }
        var result = ChatResult(parts: parts, stopReason: .other)
        result.id = root["id"]?.string
        result.model = root["model"]?.string
        result.stopReason = StopReason(openAI: choice["finish_reason"]?.string, hasCalls: !calls.isEmpty)
        if refusal != nil { result.stopReason = .contentFilter }
        result.usage = root.optional("usage").map { usage($0) }
        return result
    }

    func usage(_ value: JSONValue) -> Usage {
        var usage = Usage(openAI: value)
        if habits.leavesReasoningOut { usage.addReasoning(total: value["total_tokens"]?.int) }
        return usage
    }

    private static func call(_ value: JSONValue, _ index: Int) throws(ProviderError) -> ToolCall {
        guard let function = value.optional("function"), let name = function["name"]?.string, !name.isEmpty else {
            throw .malformed("holds a tool call without a name")
        }
        let arguments = function["arguments"]
        return ToolCall(
            id: value["id"]?.string ?? "call_\(index)",
            name: name,
            arguments: arguments?.string ?? arguments?.text ?? "",
            signature: value["extra_content"]?["google"]?["thought_signature"]?.string
        )
    }

    static func readReasoning(_ message: JSONValue, into parts: inout [ContentPart]) {
        for block in message.optional("thinking_blocks")?.array ?? [] {
            if let data = block["data"]?.string {
                parts.append(.reasoning(ReasoningPart("", redacted: data)))
            } else if let text = block["thinking"]?.string {
                parts.append(.reasoning(ReasoningPart(text, signature: block["signature"]?.string)))
            }
        }
        let text = message.optional("reasoning_content")?.string ?? message.optional("reasoning")?.string
        if let text, !text.isEmpty, parts.isEmpty { parts.append(.reasoning(ReasoningPart(text))) }
    }

    /// Content as a string or as parts.
    static func text(_ content: JSONValue?) -> String? {
        if let text = content?.string { return text }
        return content?.array?.compactMap { $0["text"]?.string }.joined()
    }
}

extension StopReason {
    /// OpenAI's word. Some servers end tool calls with `stop`.
    init(openAI word: String?, hasCalls: Bool) {
        switch word {
        case "stop", "eos": self = hasCalls ? .toolCalls : .stop
        case "length", "max_tokens": self = .length
        case "tool_calls", "function_call": self = .toolCalls
        case "content_filter": self = .contentFilter
        case "error": self = .error
        default: self = hasCalls ? .toolCalls : .other
        }
    }

    /// OpenAI's word for it.
    public var openAIWord: String {
        switch self {
        case .length: "length"
        case .toolCalls: "tool_calls"
        case .contentFilter: "content_filter"
        case .stop, .pause, .error, .other: "stop"
        }
    }
}

extension Usage {
    /// For a provider that counts reasoning beside the output: it becomes a part of it, as everywhere else.
    mutating func addReasoning(total: Int64?) {
        guard let input = inputTokens, let output = outputTokens, let reasoning = reasoningTokens, reasoning > 0,
            let total, Int64(input + output + reasoning) == total
        else { return }
        outputTokens = output + reasoning
    }
}
