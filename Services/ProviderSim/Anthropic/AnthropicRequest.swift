import JSON

/// A messages request as the simulator reads it: checked as Anthropic does, unknown members refused.
struct AnthropicRequest {
    var talk = Conversation()
    var stream = false
    /// The answer begins with thoughts.
    var thinks = false
    /// Tokens of blocks that are marked for the cache.
    var cachedTokens = 0

    /// What is wrong with a request, in Anthropic's words.
    struct Refusal: Error, Equatable {
        let message: String

        init(_ message: String) {
            self.message = message
        }
    }

    /// Every signature of the simulator's thoughts begins so.
    static let proof = "EqQBsim"

    private static let members: Set<String> = [
        "model", "max_tokens", "messages", "system", "tools", "tool_choice", "stop_sequences", "metadata",
        "temperature",
        "top_p", "top_k", "stream", "thinking", "output_config", "service_tier", "container", "context_management",
        "mcp_servers", "inference_geo", "cache_control", "speed", "diagnostics", "user_profile_id", "workspace_id",
    ]

    /// - Parameter version: the `anthropic-version` of the call.
    init(_ body: JSONValue, version: String, counts: Bool = false) throws(Refusal) {
        for field in body.object ?? [] where !Self.members.contains(field.name) {
            throw Refusal("\(field.name): Extra inputs are not permitted")
        }
        guard let model = body.optional("model")?.string, !model.isEmpty else {
            throw Refusal("model: Field required")
        }
        talk.model = model
        if !counts {
            guard let most = body.optional("max_tokens") else { throw Refusal("max_tokens: Field required") }
            guard let number = most.int, (1...1_000_000).contains(number) else {
                throw Refusal("max_tokens: Input should be a valid integer greater than or equal to 1")
            }
            talk.maxTokens = Int(number)
        }
        guard let messages = body.optional("messages")?.array else { throw Refusal("messages: Field required") }
        guard !messages.isEmpty else { throw Refusal("messages: at least one message is required") }
        try readSystem(body)
        var reader = AnthropicTurns(version: version)
        for (index, message) in messages.enumerated() { try reader.read(message, "messages.\(index)") }
        try reader.finish()
        talk.prompt = reader.prompt
        talk.toolResult = reader.lastResult
        talk.inputTokens += reader.tokens
        cachedTokens += reader.cachedTokens
        try readTaste(body, version: version)
        try readTools(body)
        stream = body.optional("stream")?.bool ?? false
    }

    private mutating func readSystem(_ body: JSONValue) throws(Refusal) {
        guard let system = body.optional("system") else { return }
        if let text = system.string {
            talk.system = text
        } else {
            for (index, block) in (system.array ?? []).enumerated() {
                guard block["type"]?.string == "text", let text = block["text"]?.string, !text.isEmpty else {
                    throw Refusal("system.\(index): text content blocks must be non-empty")
                }
                talk.system += text
                if block["cache_control"] != nil { cachedTokens += Answers.tokens(text) }
            }
        }
        talk.inputTokens += Answers.tokens(talk.system)
    }

    /// Sampling is refused by the newer version of the API and by the newer models.
    private mutating func readTaste(_ body: JSONValue, version: String) throws(Refusal) {
        for name in ["temperature", "top_p", "top_k"] where body.optional(name) != nil {
            if version >= "2026-10-21" { throw Refusal("\(name): Extra inputs are not permitted") }
            if Self.isNew(talk.model) { throw Refusal("`\(name)` is not supported by this model.") }
        }
        if let value = body.optional("temperature"), !(value.double.map { (0...1).contains($0) } ?? false) {
            throw Refusal("temperature: range: 0..1")
        }
        talk.stops = (body.optional("stop_sequences")?.array ?? []).compactMap(\.string)
        talk.wantsJSON = body["output_config"]?["format"]?["type"]?.string == "json_schema"
        guard let thinking = body.optional("thinking") else { return }
        switch thinking["type"]?.string {
        case "enabled":
            guard let budget = thinking["budget_tokens"]?.int, budget >= 1_024 else {
                throw Refusal("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
            }
            guard Int64(talk.maxTokens ?? .max) > budget else {
                throw Refusal("`max_tokens` must be greater than `thinking.budget_tokens`.")
            }
            thinks = true
        case "adaptive": thinks = true
        case "disabled", "between_tools": break
        default: throw Refusal("thinking: Input tag does not match any of the expected tags")
        }
    }

    private mutating func readTools(_ body: JSONValue) throws(Refusal) {
        var tools: [ToolChoice.Definition] = []
        for (index, tool) in (body.optional("tools")?.array ?? []).enumerated() {
            guard let name = tool["name"]?.string, !name.isEmpty else {
                throw Refusal("tools.\(index).custom.name: Field required")
            }
            guard let schema = tool["input_schema"], schema["type"]?.string == "object" else {
                throw Refusal("tools.\(index).custom.input_schema.type: Field required")
            }
            tools.append(ToolChoice.Definition(name: name, schema: schema))
        }
        talk.inputTokens += ToolChoice.tokens(body)
        let choice = body.optional("tool_choice")
        if choice != nil, tools.isEmpty { throw Refusal("tool_choice: may only be specified while providing tools") }
        let wish: ToolChoice.Wish
        switch choice?["type"]?.string {
        case nil where choice == nil: wish = .auto
        case "auto": wish = .auto
        case "any": wish = .required
        case "none": wish = .none
        case "tool":
            let name = choice?["name"]?.string ?? ""
            guard tools.contains(where: { $0.name == name }) else {
                throw Refusal("Tool '\(name)' not found in provided tools")
            }
            wish = .tool(name)
        default: throw Refusal("tool_choice: Input tag does not match any of the expected tags")
        }
        if thinks, wish != .auto, wish != .none {
            throw Refusal("Thinking may not be enabled when tool_choice forces tool use.")
        }
        talk.tool = talk.toolResult == nil ? ToolChoice.tool(tools, wish, prompt: talk.prompt) : nil
    }

    /// Newer than 4.6, told by the two numbers in the name.
    static func isNew(_ model: String) -> Bool {
        let numbers = model.split(separator: "-").compactMap { $0.utf8.count <= 2 ? Int($0) : nil }
        guard let major = numbers.first else { return false }
        return (major, numbers.dropFirst().first ?? 0) > (4, 6)
    }
}
