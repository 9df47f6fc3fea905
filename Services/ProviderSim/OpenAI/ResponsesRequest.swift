import JSON

/// A request for a response, read and checked as OpenAI does.
struct ResponsesRequest {
    var talk = Conversation()
    var stream = false
    /// Encrypted reasoning is wanted.
    var includesReasoning = false
    var stores = true
    var effort = "medium"
    /// What the answer repeats of the request.
    let body: JSONValue

    /// What encrypted reasoning of this simulator begins with.
    static let seal = "gAAAAAsim"

    init(_ body: JSONValue) throws(Refusal) {
        self.body = body
        guard let model = try body.text("model"), !model.isEmpty else {
            throw Refusal("Missing required parameter: 'model'.", "model", "missing_required_parameter")
        }
        talk.model = model
        for name in ["stop", "seed", "n", "messages", "max_tokens"] {
            guard body.optional(name) == nil else {
                throw Refusal("Unknown parameter: '\(name)'.", name, "unknown_parameter")
            }
        }
        try readInput()
        try readOptions()
        if talk.toolResult == nil {
            talk.tool = ToolChoice.tool(try definitions(), try wish(), prompt: talk.prompt)
        }
        talk.inputTokens += ToolChoice.tokens(body) + 3
    }

    // MARK: Input

    private mutating func readInput() throws(Refusal) {
        if let text = try body.text("instructions") { talk.system = text }
        guard let input = body.optional("input") else {
            throw Refusal("Missing required parameter: 'input'.", "input", "missing_required_parameter")
        }
        if let text = input.string {
            talk.prompt = text
        } else {
            guard let items = input.array else { throw Refusal(type: "input", "one of a string or an array of items") }
            var calls: Set<String> = []
            for (index, item) in items.enumerated() { try read(item, index, &calls) }
            if let last = items.last, last["type"]?.string == "function_call_output" {
                talk.toolResult = Self.text(last["output"])
            }
        }
        talk.inputTokens += Answers.tokens(talk.system) + Answers.tokens(input.text)
    }

    private mutating func read(_ item: JSONValue, _ index: Int, _ calls: inout Set<String>) throws(Refusal) {
        let place = "input[\(index)]"
        switch item["type"]?.string ?? "message" {
        case "message":
            guard let role = item["role"]?.string, ["user", "assistant", "system", "developer"].contains(role) else {
                throw Refusal("Invalid value for 'role'.", "\(place).role", "invalid_value")
            }
            try check(item["content"], role, place)
            let text = Self.text(item["content"])
            if role == "user" { talk.prompt = text }
            if role == "system" || role == "developer" { talk.system += text }
        case "function_call":
            guard let id = item["call_id"]?.string, item["name"]?.string != nil, item["arguments"]?.string != nil else {
                throw Refusal("Missing required parameter: '\(place).call_id'.", place, "missing_required_parameter")
            }
            calls.insert(id)
        case "function_call_output":
            guard let id = item["call_id"]?.string, calls.contains(id) else {
                throw Refusal("No tool call found for function call output with call_id.", "input", nil)
            }
        case "reasoning":
            guard item["id"]?.string?.hasPrefix("rs_") == true, item["summary"]?.array != nil,
                item["encrypted_content"]?.string?.hasPrefix(Self.seal) == true
            else {
                throw Refusal("The encrypted content could not be verified.", nil, "invalid_encrypted_content")
            }
        case let type:
            throw Refusal("Invalid value: '\(type.prefix(40))'.", "\(place).type", "invalid_value")
        }
    }

    /// A part's type belongs to its message's role.
    private func check(_ content: JSONValue?, _ role: String, _ place: String) throws(Refusal) {
        let known = role == "assistant" ? ["output_text", "refusal"] : ["input_text", "input_image", "input_file"]
        for (index, part) in (content?.array ?? []).enumerated() {
            let type = part["type"]?.string ?? ""
            guard known.contains(type) else {
                let list = known.map { "'\($0)'" }.joined(separator: ", ")
                let text = "Invalid value: '\(type.prefix(40))'. Supported values are: \(list)."
                throw Refusal(text, "\(place).content[\(index)]", "invalid_value")
            }
            if type == "input_image", part["image_url"]?.string == nil, part["file_id"]?.string == nil {
                throw Refusal(type: "\(place).content[\(index)].image_url", "a string")
            }
        }
    }

    private static func text(_ content: JSONValue?) -> String {
        content?.string ?? (content?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
    }

    // MARK: Options

    private mutating func readOptions() throws(Refusal) {
        stream = try body.flag("stream") ?? false
        stores = try body.flag("store") ?? true
        talk.maxTokens = try body.number("max_output_tokens", 16...)
        includesReasoning = (body["include"]?.array ?? []).contains("reasoning.encrypted_content")
        effort = try body.optional("reasoning")?.text("effort") ?? effort
        let format = body.optional("text")?["format"]?["type"]?.string ?? "text"
        talk.wantsJSON = format != "text"
        for name in ["temperature", "top_p"] where body.optional(name) != nil {
            guard effort == "none" || !talk.model.hasPrefix("gpt-5") && !talk.model.hasPrefix("gpt-6") else {
                let text = "Unsupported parameter: '\(name)' is not supported with this model."
                throw Refusal(text, name, nil)
            }
        }
    }

    private func definitions() throws(Refusal) -> [ToolChoice.Definition] {
        var tools: [ToolChoice.Definition] = []
        for (index, tool) in (body.optional("tools")?.array ?? []).enumerated() {
            guard tool["type"]?.string == "function", let name = tool["name"]?.string else {
                let place = "tools[\(index)].name"
                throw Refusal("Missing required parameter: '\(place)'.", place, "missing_required_parameter")
            }
            tools.append(.init(name: name, schema: tool["parameters"] ?? .object([])))
        }
        return tools
    }

    private func wish() throws(Refusal) -> ToolChoice.Wish {
        guard let choice = body.optional("tool_choice") else { return .auto }
        switch choice.string {
        case "auto": return .auto
        case "none": return ToolChoice.Wish.none
        case "required": return .required
        default: break
        }
        guard choice["type"]?.string == "function", let name = choice["name"]?.string else {
            throw Refusal(
                "Missing required parameter: 'tool_choice.name'.",
                "tool_choice",
                "missing_required_parameter"
            )
        }
        return .tool(name)
    }
}
