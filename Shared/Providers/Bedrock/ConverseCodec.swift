import JSON

/// Bedrock's Converse: one dialect for every vendor's models there.
public struct ConverseCodec: ChatCodec {
    /// ``Dialect/bedrockConverse``.
    public let dialect = Dialect.bedrockConverse

    /// The codec.
    public init() {}

    /// A reader for one streamed answer.
    public func streamReader() -> any ChatStreamReader { ConverseStreamReader() }

    /// A whole answer.
    public func result(from body: [UInt8]) throws(ProviderError) -> ChatResult {
        guard let root = try? JSONValue(parsing: body) else { throw .malformed("is not JSON") }
        guard let content = root["output"]?["message"]?["content"]?.array else {
            if root["__type"]?.string != nil { throw BedrockFailure.classify(name: nil, payload: body) }
            throw .malformed("holds no message")
        }
        var parts: [ContentPart] = []
        for block in content.prefix(4_096) { try Self.read(block, into: &parts) }
        guard parts.toolCalls.count <= 128 else { throw .malformed("holds too many tool calls") }
        return ChatResult(
            parts: parts,
            stopReason: StopReason(converse: root["stopReason"]?.string ?? ""),
            usage: root.optional("usage").map(Usage.init(converse:))
        )
    }

    private static func read(_ block: JSONValue, into parts: inout [ContentPart]) throws(ProviderError) {
        if let text = block["text"]?.string {
            if !text.isEmpty { parts.append(.text(text)) }
        } else if let call = block.optional("toolUse") {
            guard let name = call["name"]?.string, !name.isEmpty else {
                throw .malformed("holds a tool call without a name")
            }
            let arguments = call.optional("input")?.text ?? ""
            let id = call["toolUseId"]?.string ?? "tooluse_\(parts.count)"
            parts.append(.toolCall(ToolCall(id: id, name: name, arguments: arguments)))
        } else if let reasoning = block.optional("reasoningContent") {
            if let data = reasoning["redactedContent"]?.string {
                parts.append(.reasoning(ReasoningPart("", redacted: data)))
            } else if let told = reasoning.optional("reasoningText") {
                let signature = told.optional("signature")?.string
                parts.append(.reasoning(ReasoningPart(told["text"]?.string ?? "", signature: signature)))
            }
        } else if let image = block.optional("image"), let data = image["source"]?["bytes"]?.string {
            let type = "image/" + (image["format"]?.string ?? "png")
            parts.append(.image(ImagePart(.data(mediaType: type, base64: data))))
        }
    }
}

extension StopReason {
    /// Converse's word.
    init(converse word: String) {
        self =
            switch word {
            case "end_turn", "stop_sequence": .stop
            case "max_tokens", "model_context_window_exceeded": .length
            case "tool_use": .toolCalls
            case "guardrail_intervened", "content_filtered": .contentFilter
            case "malformed_model_output", "malformed_tool_use": .error
            default: .other
            }
    }
}

extension Usage {
    /// Converse counts what the cache gave and took apart from the other input.
    init(converse value: JSONValue) {
        self.init()
        let count = { (name: String) in Self.count(value.optional(name)?.int) }
        cachedInputTokens = count("cacheReadInputTokens")
        cacheWriteInputTokens = count("cacheWriteInputTokens")
        inputTokens = count("inputTokens").map { $0 + (cachedInputTokens ?? 0) + (cacheWriteInputTokens ?? 0) }
        outputTokens = count("outputTokens")
    }
}
