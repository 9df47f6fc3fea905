import JSON

/// Reads one message of a caller's chat completions request.
struct OpenAIMessageReader {
    let entry: JSONValue
    /// Where it stands, such as `messages[2]`, for the error.
    let place: String

    func message() throws(ProviderError) -> ChatMessage {
        switch entry["role"]?.string {
        case "system", "developer": ChatMessage(.system, try content())
        case "user": ChatMessage(.user, try content())
        case "assistant": ChatMessage(.assistant, try assistant())
        case "tool", "function": ChatMessage(.tool, [.toolResult(try toolResult())])
        default:
            throw .unsayable(
                "A message's role must be system, developer, user, assistant or tool.",
                param: "\(place).role"
            )
        }
    }

    private func assistant() throws(ProviderError) -> [ContentPart] {
        var parts: [ContentPart] = []
        OpenAIChatCodec.readReasoning(entry, into: &parts)
        let refusal = entry.optional("refusal")?.string
        let calls = entry.optional("tool_calls")?.array ?? []
        if entry.optional("content") != nil {
            parts += try content()
        } else if let refusal {
            parts.append(.text(refusal))
        }
        for (index, call) in calls.enumerated() { parts.append(.toolCall(try toolCall(call, index))) }
        if let call = entry.optional("function_call"), let name = call["name"]?.string {
            parts.append(.toolCall(ToolCall(id: name, name: name, arguments: call["arguments"]?.string ?? "")))
        }
        return parts
    }

    private func toolCall(_ call: JSONValue, _ index: Int) throws(ProviderError) -> ToolCall {
        let param = "\(place).tool_calls[\(index)]"
        guard let id = call["id"]?.string, let name = call["function"]?["name"]?.string, !name.isEmpty else {
            throw .unsayable("A tool call needs an id and a function with a name.", param: param)
        }
        let arguments = call["function"]?.optional("arguments")
        return ToolCall(
            id: id,
            name: name,
            arguments: arguments?.string ?? arguments?.text ?? "",
            signature: call["extra_content"]?["google"]?["thought_signature"]?.string
        )
    }

    private func toolResult() throws(ProviderError) -> ToolResult {
        guard let id = (entry.optional("tool_call_id") ?? entry.optional("name"))?.string else {
            throw .unsayable("A tool message needs tool_call_id.", param: "\(place).tool_call_id")
        }
        return ToolResult(callID: id, content: try content())
    }

    private func content() throws(ProviderError) -> [ContentPart] {
        guard let content = entry.optional("content") else { return [] }
        if let text = content.string { return text.isEmpty ? [] : [.text(text)] }
        guard let list = content.array else {
            throw .unsayable("content must be a string or a list of parts.", param: "\(place).content")
        }
        var parts: [ContentPart] = []
        for (index, value) in list.enumerated() { parts.append(try part(value, "\(place).content[\(index)]")) }
        return parts
    }

    private func part(_ value: JSONValue, _ place: String) throws(ProviderError) -> ContentPart {
        switch value["type"]?.string {
        case "text", "refusal":
            guard let text = (value["text"] ?? value["refusal"])?.string else {
                throw .unsayable("A text part needs its text.", param: place)
            }
            return .text(text)
        case "image_url":
            let image = value["image_url"]
            guard let url = image?.string ?? image?["url"]?.string, !url.isEmpty else {
                throw .unsayable("An image part needs a URL.", param: place)
            }
            return .image(ImagePart(DataURL.source(url), detail: image?.optional("detail")?.string))
        default:
            throw .unsayable("This provider takes parts of type text and image_url only.", param: "\(place).type")
        }
    }
}
