import JSON

/// Reads one message of a caller's messages request. A user's turn with results of tools becomes a message of the tools
/// and one of the user.
struct AnthropicMessageReader {
    let entry: JSONValue
    /// Where it stands, such as `messages.2`, for the error.
    let place: String

    func messages() throws(ProviderError) -> [ChatMessage] {
        let role = entry["role"]?.string
        guard role == "user" || role == "assistant" else {
            throw .unsayable("A message's role must be user or assistant.", param: "\(place).role")
        }
        let isUser = role == "user"
        if let text = entry["content"]?.string { return [ChatMessage(isUser ? .user : .assistant, text)] }
        guard let list = entry["content"]?.array else {
            throw .unsayable("content must be a string or a list of blocks.", param: "\(place).content")
        }
        var results: [ContentPart] = []
        var parts: [ContentPart] = []
        for (index, block) in list.enumerated() {
            let part = try part(block, "\(place).content.\(index)", isUser: isUser)
            if case .toolResult = part { results.append(part) } else { parts.append(part) }
        }
        guard isUser else { return [ChatMessage(.assistant, parts)] }
        let asked = parts.isEmpty && !results.isEmpty ? [] : [ChatMessage(.user, parts)]
        return (results.isEmpty ? [] : [ChatMessage(.tool, results)]) + asked
    }

    private func part(_ block: JSONValue, _ place: String, isUser: Bool) throws(ProviderError) -> ContentPart {
        switch block["type"]?.string {
        case "text":
            guard let text = block["text"]?.string else {
                throw .unsayable("A text block needs its text.", param: place)
            }
            return .text(text)
        case "image" where isUser: return .image(try image(block, place))
        case "tool_result" where isUser: return .toolResult(try result(block, place))
        case "tool_use" where !isUser: return .toolCall(try call(block, place))
        case "thinking" where !isUser:
            return .reasoning(
                ReasoningPart(block["thinking"]?.string ?? "", signature: block.optional("signature")?.string)
            )
        case "redacted_thinking" where !isUser:
            return .reasoning(ReasoningPart("", redacted: block["data"]?.string ?? ""))
        default:
            throw .unsayable(
                isUser
                    ? "This provider takes blocks of type text, image and tool_result only."
                    : "This provider takes blocks of type text, tool_use and thinking only.",
                param: "\(place).type"
            )
        }
    }

    private func image(_ block: JSONValue, _ place: String) throws(ProviderError) -> ImagePart {
        let source = block["source"]
        switch source?["type"]?.string {
        case "base64":
            if let type = source?["media_type"]?.string, let data = source?["data"]?.string {
                return ImagePart(.data(mediaType: type, base64: data))
            }
        case "url":
            if let url = source?["url"]?.string, !url.isEmpty { return ImagePart(.url(url)) }
        default:
            throw .unsayable("This provider takes images as base64 or url only.", param: "\(place).source.type")
        }
        throw .unsayable("An image block needs its data or its url.", param: "\(place).source")
    }

    private func call(_ block: JSONValue, _ place: String) throws(ProviderError) -> ToolCall {
        guard let id = block["id"]?.string, let name = block["name"]?.string, !name.isEmpty else {
            throw .unsayable("A tool_use block needs an id and a name.", param: place)
        }
        return ToolCall(id: id, name: name, arguments: block["input"]?.text ?? "")
    }

    private func result(_ block: JSONValue, _ place: String) throws(ProviderError) -> ToolResult {
        guard let id = block["tool_use_id"]?.string else {
            throw .unsayable("A tool_result block needs tool_use_id.", param: "\(place).tool_use_id")
        }
        var result = ToolResult(callID: id, content: [], isError: block.optional("is_error")?.bool ?? false)
        guard let content = block.optional("content") else { return result }
        if let text = content.string {
            result.content = text.isEmpty ? [] : [.text(text)]
            return result
        }
        for (index, inner) in (content.array ?? []).enumerated() {
            let place = "\(place).content.\(index)"
            switch inner["type"]?.string {
            case "text": result.content.append(.text(inner["text"]?.string ?? ""))
            case "image": result.content.append(.image(try image(inner, place)))
            default:
                throw .unsayable("This provider takes results of type text and image only.", param: "\(place).type")
            }
        }
        return result
    }
}
