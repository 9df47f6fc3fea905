import JSON

/// Reads a caller's chat completions request into the gateway's own terms.
struct OpenAIRequestReader {
    let root: JSONValue

    func request() throws(ProviderError) -> ChatRequest {
        guard let list = root.optional("messages")?.array, !list.isEmpty else {
            throw .unsayable("messages must be a filled array.", param: "messages")
        }
        var messages: [ChatMessage] = []
        messages.reserveCapacity(list.count)
        for (index, entry) in list.enumerated() {
            let message = try OpenAIMessageReader(entry: entry, place: "messages[\(index)]").message()
            messages.append(message)
        }
        var request = ChatRequest(model: root.optional("model")?.string ?? "", messages: messages)
        if let count = root.optional("n")?.int, count != 1 {
            throw .unsayable("This provider gives one choice per request; n must be 1.", param: "n")
        }
        try readTools(&request)
        try readTaste(&request)
        try readFormat(&request)
        request.stream = root.optional("stream")?.bool ?? false
        request.includesUsage = root.optional("stream_options")?["include_usage"]?.bool ?? false
        return request
    }

    private func readTaste(_ request: inout ChatRequest) throws(ProviderError) {
        let legacyLimit = try count("max_tokens")
        request.maxTokens = try count("max_completion_tokens") ?? legacyLimit
        request.temperature = try number("temperature")
        request.topP = try number("top_p")
        request.topK = try count("top_k")
        request.seed = root.optional("seed")?.int
        request.frequencyPenalty = try number("frequency_penalty")
        request.presencePenalty = try number("presence_penalty")
        request.user = root.optional("safety_identifier")?.string ?? root.optional("user")?.string
        request.stop = try stop()
        let wish = root.optional("reasoning") ?? root.optional("thinking")
        let effort = root.optional("reasoning_effort")?.string ?? wish?["effort"]?.string
        let budget = (wish?["max_tokens"] ?? wish?["budget_tokens"])?.int.map { Int(clamping: $0) }
        if effort != nil || budget != nil { request.reasoning = ReasoningWish(effort: effort, budgetTokens: budget) }
    }

    private func stop() throws(ProviderError) -> [String] {
        guard let value = root.optional("stop") else { return [] }
        if let text = value.string { return [text] }
        guard let list = value.array, list.count <= 16, list.allSatisfy({ $0.string != nil }) else {
            throw .unsayable("stop must be a string or a list of strings.", param: "stop")
        }
        return list.compactMap(\.string)
    }

    private func number(_ name: String) throws(ProviderError) -> Double? {
        guard let value = root.optional(name) else { return nil }
        guard let number = value.double else { throw .unsayable("\(name) must be a number.", param: name) }
        return number
    }

    private func count(_ name: String) throws(ProviderError) -> Int? {
        guard let value = root.optional(name) else { return nil }
        guard let number = value.int, number >= 0 else {
            throw .unsayable("\(name) must be an integer of at least 0.", param: name)
        }
        return Int(clamping: number)
    }

    // MARK: Tools

    private func readTools(_ request: inout ChatRequest) throws(ProviderError) {
        for (index, entry) in (root.optional("tools")?.array ?? []).enumerated() {
            guard entry["type"]?.string ?? "function" == "function" else {
                throw .unsayable("This provider takes tools of type function only.", param: "tools[\(index)].type")
            }
            request.tools.append(try tool(entry["function"], "tools[\(index)].function"))
        }
        for (index, entry) in (root.optional("functions")?.array ?? []).enumerated() {
            request.tools.append(try tool(entry, "functions[\(index)]"))
        }
        request.toolChoice = try choice()
        request.parallelToolCalls = root.optional("parallel_tool_calls")?.bool
    }

    private func tool(_ value: JSONValue?, _ place: String) throws(ProviderError) -> ChatTool {
        guard let value, let name = value["name"]?.string, !name.isEmpty else {
            throw .unsayable("A tool needs a name.", param: place)
        }
        return ChatTool(
            name,
            description: value.optional("description")?.string,
            schema: value.optional("parameters"),
            isStrict: value.optional("strict")?.bool
        )
    }

    private func choice() throws(ProviderError) -> ToolChoice? {
        guard let value = root.optional("tool_choice") ?? root.optional("function_call") else { return nil }
        switch value.string {
        case "auto": return .auto
        case "none": return ToolChoice.none
        case "required": return .required
        default: break
        }
        guard let name = (value["function"]?["name"] ?? value["name"])?.string else {
            throw .unsayable("tool_choice must be auto, none, required or a function.", param: "tool_choice")
        }
        return .tool(name)
    }

    private func readFormat(_ request: inout ChatRequest) throws(ProviderError) {
        guard let format = root.optional("response_format") else { return }
        switch format["type"]?.string {
        case "text": break
        case "json_object": request.format = .json
        case "json_schema":
            guard let schema = format["json_schema"]?.optional("schema") else {
                throw .unsayable("A json_schema format needs a schema.", param: "response_format")
            }
            request.format = .schema(
                name: format["json_schema"]?["name"]?.string ?? "answer",
                schema: schema,
                isStrict: format["json_schema"]?.optional("strict")?.bool
            )
        default:
            throw .unsayable("response_format must be text, json_object or json_schema.", param: "response_format")
        }
    }
}
