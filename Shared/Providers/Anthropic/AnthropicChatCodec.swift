import JSON

/// Anthropic's messages.
///
/// Callers speak it too (``AnthropicSurface``), so what passes through unchanged has cheaper ways here.
public struct AnthropicChatCodec: ChatCodec {
    /// ``Dialect/anthropicMessages``.
    public let dialect = Dialect.anthropicMessages
    let dropsSampling: Bool

    /// - Parameter dropsSampling: the API version refuses sampling parameters whatever the model.
    public init(dropsSampling: Bool = false) {
        self.dropsSampling = dropsSampling
    }

    /// A reader for one streamed answer.
    public func streamReader() -> any ChatStreamReader { EventStreamReader(AnthropicEventDecoder()) }

    /// A watch for a stream that passes through; usage is a part of every such stream and never hidden.
    public func watch(hidesUsage: Bool) -> (any PassingWatch)? { AnthropicWatch() }

    static func classify(_ payload: [UInt8]) -> ProviderError {
        AnthropicFailure.classify(status: nil, header: { _ in nil }, body: payload)
    }

    private static let answer: JSONKeys = [
        "content", "stop_reason", "usage", "model", "error", "id", "stop_sequence",
    ]

    /// A whole answer. Blocks of kinds that this build doesn't know are left out.
    public func result(from body: [UInt8]) throws(ProviderError) -> ChatResult {
        let members = try Self.members(body)
        guard let range = members[0], let blocks = (try? JSONValue(parsing: body[range]))?.array else {
            throw .malformed("holds no content")
        }
        let reason = Self.string(members[1], body)
        var parts: [ContentPart] = []
        for block in blocks.prefix(10_000) {
            if let part = try Self.part(block) { parts.append(part) }
        }
        guard !parts.isEmpty || reason != nil else { throw .malformed("holds no content") }
        return ChatResult(
            id: Self.string(members[5], body),
            model: Self.string(members[3], body),
            parts: parts,
            stopReason: StopReason(anthropic: reason),
            stopSequence: Self.string(members[6], body),
            usage: Self.usage(members[2], body)
        )
    }

    /// What the gateway wants to know of an answer that passes through, read without a tree.
    public func facts(of body: [UInt8]) throws(ProviderError) -> ChatAnswer {
        let members = try Self.members(body)
        guard let content = members[0], JSONScanner.kind(in: content, of: body) == .array else {
            throw .malformed("holds no content")
        }
        var answer = ChatAnswer()
        answer.finishReason = Self.string(members[1], body)
        answer.refused = answer.finishReason == "refusal"
        answer.model = Self.string(members[3], body)
        answer.usage = Self.usage(members[2], body)
        return answer
    }

    private static func members(_ body: [UInt8]) throws(ProviderError) -> [Range<Int>?] {
        guard let members = try? JSONScanner.members(of: body, wanted: answer) else {
            throw .malformed("is not JSON as documented")
        }
        if let range = members[4], JSONScanner.kind(in: range, of: body) != .null { throw classify(body) }
        return members
    }

    private static func usage(_ range: Range<Int>?, _ body: [UInt8]) -> Usage? {
        guard let range else { return nil }
        var usage = AnthropicUsage()
        usage.update(body, in: range)
        return usage.usage
    }

    static func string(_ range: Range<Int>?, _ body: [UInt8]) -> String? {
        guard let range, JSONScanner.kind(in: range, of: body) == .string else { return nil }
        return try? JSONScanner.string(in: range, of: body)
    }

    private static func part(_ block: JSONValue) throws(ProviderError) -> ContentPart? {
        switch block["type"]?.string {
        case "text":
            guard let text = block["text"]?.string, !text.isEmpty else { return nil }
            return .text(text)
        case "thinking":
            return .reasoning(ReasoningPart(block["thinking"]?.string ?? "", signature: block["signature"]?.string))
        case "redacted_thinking":
            return .reasoning(ReasoningPart("", redacted: block["data"]?.string ?? ""))
        case "tool_use":
            guard let id = block["id"]?.string, let name = block["name"]?.string, !name.isEmpty else {
                throw .malformed("holds a tool call without a name")
            }
            return .toolCall(ToolCall(id: id, name: name, arguments: block["input"]?.text ?? ""))
        default:
            return nil
        }
    }
}
