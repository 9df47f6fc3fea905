import JSON

/// OpenAI's responses: the dialect in which its newer models take tools.
///
/// Nothing is stored there; what the model thought comes back encrypted with the answer and is sent again in its place
/// on the next turn. It travels as a ``ReasoningPart`` whose opaque text is the item's id, a colon and the content.
/// Sampling parameters, penalties and `seed` are left out, since the models that are asked this way refuse them; `stop`
/// can't be said and is refused, because dropping it would change where an answer ends.
public struct OpenAIResponsesCodec: ChatCodec {
    /// ``Dialect/openAIResponses``.
    public let dialect = Dialect.openAIResponses

    /// The codec.
    public init() {}

    /// A reader for one streamed answer.
    public func streamReader() -> any ChatStreamReader { EventStreamReader(ResponsesEventDecoder()) }

    /// A whole answer.
    public func result(from body: [UInt8]) throws(ProviderError) -> ChatResult {
        guard let root = try? JSONValue(parsing: body) else { throw .malformed("is not JSON") }
        return try Self.result(root)
    }

    static func result(_ root: JSONValue) throws(ProviderError) -> ChatResult {
        if root.optional("error") != nil || root["status"]?.string == "failed" {
            throw ResponsesFailure.error(in: root)
        }
        guard let output = root["output"]?.array, let status = root["status"]?.string else {
            throw .malformed("holds no output")
        }
        var parts: [ContentPart] = []
        var isRefused = false
        for item in output.prefix(1_024) { isRefused = try read(item, &parts) || isRefused }
        let reason = stopReason(status, root, hasCalls: !parts.toolCalls.isEmpty)
        guard !parts.isEmpty || reason != .stop else { throw .malformed("holds nothing") }
        var result = ChatResult(parts: parts, stopReason: isRefused ? .contentFilter : reason)
        result.id = root["id"]?.string
        result.model = root["model"]?.string
        result.usage = root.optional("usage").map(Usage.init(openAI:))
        return result
    }

    static func stopReason(_ status: String, _ root: JSONValue, hasCalls: Bool) -> StopReason {
        guard status == "incomplete" else {
            return status == "completed" ? (hasCalls ? .toolCalls : .stop) : .other
        }
        switch root.optional("incomplete_details")?["reason"]?.string {
        case "max_output_tokens": return .length
        case "content_filter": return .contentFilter
        default: return .other
        }
    }

    /// Reads one item of the output; true for a refusal in words. Items of tools that run at OpenAI are passed over.
    private static func read(_ item: JSONValue, _ parts: inout [ContentPart]) throws(ProviderError) -> Bool {
        switch item["type"]?.string {
        case "reasoning":
            if let part = reasoning(item) { parts.append(.reasoning(part)) }
        case "message":
            var isRefused = false
            for piece in item["content"]?.array ?? [] {
                let refusal = piece["refusal"]?.string
                if refusal != nil { isRefused = true }
                if let text = piece["text"]?.string ?? refusal, !text.isEmpty { parts.append(.text(text)) }
            }
            return isRefused
        case "function_call":
            guard let name = item["name"]?.string, !name.isEmpty, let id = item["call_id"]?.string else {
                throw .malformed("holds a tool call without a name")
            }
            guard parts.count < 1_024 else { throw .malformed("holds too many tool calls") }
            parts.append(.toolCall(ToolCall(id: id, name: name, arguments: item["arguments"]?.string ?? "")))
        default: break
        }
        return false
    }

    /// A summary that may be read, the encrypted rest, or both; nil when there is neither.
    private static func reasoning(_ item: JSONValue) -> ReasoningPart? {
        let texts = (item["summary"]?.array ?? []).compactMap { $0["text"]?.string }
        let proof = ReasoningItem(item)?.text
        guard !texts.isEmpty else { return proof.map { ReasoningPart("", redacted: $0) } }
        return ReasoningPart(texts.joined(separator: "\n\n"), signature: proof)
    }
}

/// A reasoning item as it travels through a caller: its id and its encrypted content in one text.
struct ReasoningItem {
    let id: String
    let content: String

    /// `rs_…:…`
    var text: String { "\(id):\(content)" }

    /// Of an answer's item; nil when nothing encrypted came.
    init?(_ item: JSONValue) {
        guard let id = item["id"]?.string, let content = item.optional("encrypted_content")?.string,
            id.hasPrefix("rs_"), !content.isEmpty
        else { return nil }
        (self.id, self.content) = (id, content)
    }

    /// Of what a caller sends back; nil for another provider's proof.
    init?(_ part: ReasoningPart) {
        guard let text = part.redacted ?? part.signature, text.hasPrefix("rs_"),
            let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        id = String(text[..<colon])
        content = String(text[text.index(after: colon)...])
        if content.isEmpty { return nil }
    }
}
