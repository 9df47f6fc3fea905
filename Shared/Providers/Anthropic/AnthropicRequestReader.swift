import JSON

/// Reads a caller's messages request into the gateway's own terms.
struct AnthropicRequestReader {
    let root: JSONValue

    func request() throws(ProviderError) -> ChatRequest {
        guard let list = root.optional("messages")?.array, !list.isEmpty else {
            throw .unsayable("messages must be a filled array.", param: "messages")
        }
        var messages: [ChatMessage] = []
        messages.reserveCapacity(list.count + 1)
        if let system = try instructions() { messages.append(system) }
        for (index, entry) in list.enumerated() {
            messages += try AnthropicMessageReader(entry: entry, place: "messages.\(index)").messages()
        }
        var request = ChatRequest(model: root.optional("model")?.string ?? "", messages: messages)
        guard let limit = try count("max_tokens"), limit > 0 else {
            throw .unsayable("max_tokens is required and must be at least 1.", param: "max_tokens")
        }
        request.maxTokens = limit
        try readTools(&request)
        try readTaste(&request)
        try readThinking(&request)
        request.stream = root.optional("stream")?.bool ?? false
        request.includesUsage = true
        return request
    }

    private func instructions() throws(ProviderError) -> ChatMessage? {
        guard let system = root.optional("system") else { return nil }
        if let text = system.string { return text.isEmpty ? nil : ChatMessage(.system, text) }
        guard let blocks = system.array, blocks.allSatisfy({ $0["text"]?.string != nil }) else {
            throw .unsayable("system must be a string or a list of text blocks.", param: "system")
        }
        let text = blocks.compactMap { $0["text"]?.string }.joined(separator: "\n\n")
        return text.isEmpty ? nil : ChatMessage(.system, text)
    }

    private func readTaste(_ request: inout ChatRequest) throws(ProviderError) {
        request.temperature = try number("temperature")
        request.topP = try number("top_p")
        request.topK = try count("top_k")
        request.user = root.optional("metadata")?.optional("user_id")?.string
        guard let stops = root.optional("stop_sequences") else { return }
        guard let list = stops.array, list.count <= 8_192, list.allSatisfy({ $0.string != nil }) else {
            throw .unsayable("stop_sequences must be a list of strings.", param: "stop_sequences")
        }
        request.stop = list.compactMap(\.string)
    }

    private func readThinking(_ request: inout ChatRequest) throws(ProviderError) {
        let output = root.optional("output_config")
        var wish = ReasoningWish(effort: output?.optional("effort")?.string)
        let thinking = root.optional("thinking")
        if thinking?["type"]?.string == "enabled" {
            wish.budgetTokens = thinking?["budget_tokens"]?.int.map { Int(clamping: $0) }
        }
        if wish != ReasoningWish() { request.reasoning = wish }
        guard let format = output?.optional("format") ?? root.optional("output_format") else { return }
        guard format["type"]?.string == "json_schema", let schema = format.optional("schema") else {
            throw .unsayable("output_config.format must be a json_schema with a schema.", param: "output_config.format")
        }
        request.format = .schema(name: format["name"]?.string ?? "answer", schema: schema, isStrict: true)
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
            let place = "tools.\(index)"
            guard entry.optional("type")?.string ?? "custom" == "custom" else {
                throw .unsayable("This provider takes tools of the caller's own only.", param: "\(place).type")
            }
            guard let name = entry["name"]?.string, !name.isEmpty else {
                throw .unsayable("A tool needs a name.", param: "\(place).name")
            }
            request.tools.append(
                ChatTool(
                    name,
                    description: entry.optional("description")?.string,
                    schema: entry.optional("input_schema"),
                    isStrict: entry.optional("strict")?.bool
                )
            )
        }
        guard let choice = root.optional("tool_choice") else { return }
        request.toolChoice = try self.choice(choice)
        if choice["disable_parallel_tool_use"]?.bool == true { request.parallelToolCalls = false }
    }

    private func choice(_ value: JSONValue) throws(ProviderError) -> ToolChoice {
        switch value["type"]?.string {
        case "auto": return .auto
        case "none": return .none
        case "any": return .required
        case "tool":
            guard let name = value["name"]?.string else {
                throw .unsayable("A forced tool needs its name.", param: "tool_choice.name")
            }
            return .tool(name)
        default:
            throw .unsayable("tool_choice.type must be auto, any, tool or none.", param: "tool_choice.type")
        }
    }
}
