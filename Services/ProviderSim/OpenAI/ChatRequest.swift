import JSON

/// A chat request as far as the simulator looks at it; members that it does not know are let through.
struct ChatRequest {
    var talk = Conversation()
    var stream = false
    var includeUsage = false
    var includeObfuscation = true
    var choices = 1

    var model: String { talk.model }
    var prompt: String { talk.prompt }

    /// Reads and checks a body as OpenAI does.
    init(_ body: JSONValue, strict: Bool) throws(Refusal) {
        guard let model = try body.text("model"), !model.isEmpty else {
            throw Refusal("you must provide a model parameter")
        }
        talk.model = model
        guard let list = body.optional("messages") else {
            throw Refusal("Missing required parameter: 'messages'.", "messages", "missing_required_parameter")
        }
        guard let messages = list.array else { throw Refusal(type: "messages", "an array of objects") }
        guard !messages.isEmpty else {
            let text =
                "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
            throw Refusal(text, "messages", "empty_array")
        }
        for (index, message) in messages.enumerated() { try read(message, index) }
        talk.toolResult =
            messages.last?["role"]?.string == "tool" ? messages.last.map { Self.text(of: $0["content"]) } : nil
        try readOptions(body, strict: strict)
        talk.tool = talk.toolResult == nil ? ToolChoice.tool(openAI: body, prompt: prompt) : nil
        talk.inputTokens += ToolChoice.tokens(body) + 3
    }

    private mutating func read(_ message: JSONValue, _ index: Int) throws(Refusal) {
        guard message.object != nil else { throw Refusal(type: "messages[\(index)]", "an object") }
        let name = "messages[\(index)].role"
        guard let role = try message.text("role", name) else {
            throw Refusal("Missing required parameter: '\(name)'.", name, "missing_required_parameter")
        }
        let text = Self.text(of: message["content"])
        switch role {
        case "system", "developer": talk.system += text
        case "user": talk.prompt = text
        case "assistant", "tool", "function": break
        default:
            let supported = "'system', 'assistant', 'user', 'function', 'tool', and 'developer'"
            throw Refusal("Invalid value: '\(role)'. Supported values are: \(supported).", name, "invalid_value")
        }
        if role == "user" || role == "system", message.optional("content") == nil {
            let part = "messages[\(index)].content"
            throw Refusal("Invalid value for 'content': expected a string, got null.", part, nil)
        }
        talk.inputTokens += Answers.tokens(text) + 4
    }

    private mutating func readOptions(_ body: JSONValue, strict: Bool) throws(Refusal) {
        stream = try body.flag("stream") ?? false
        if let options = body.optional("stream_options") {
            guard stream else {
                throw Refusal(
                    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                    "stream_options",
                    nil
                )
            }
            includeUsage = try options.flag("include_usage") ?? false
            includeObfuscation = try options.flag("include_obfuscation") ?? true
        }
        if strict, model.hasPrefix("gpt-5") || model.hasPrefix("gpt-6"), body.optional("max_tokens") != nil {
            let text =
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
            throw Refusal(text, "max_tokens", "unsupported_parameter")
        }
        if strict, Self.refusesTools(model), body["tools"]?.array?.isEmpty == false,
            body.optional("reasoning_effort")?.string != "none"
        {
            let text =
                "Function tools with reasoning_effort are not supported for \(model) in /v1/chat/completions. Please use /v1/responses instead."
            throw Refusal(text, "reasoning_effort", nil)
        }
        let most = try body.number("max_completion_tokens", 1...)
        let mostOfOld = try body.number("max_tokens", 1...)
        talk.maxTokens = most ?? mostOfOld
        choices = try body.number("n", 1...128) ?? 1
        if let temperature = body.optional("temperature") {
            guard let value = temperature.double, (0...2).contains(value) else {
                let text = "Invalid 'temperature': expected a decimal <= 2 and >= 0."
                throw Refusal(text, "temperature", "decimal_out_of_range")
            }
        }
        if let stop = body.optional("stop") {
            talk.stops = stop.string.map { [$0] } ?? (stop.array ?? []).compactMap(\.string)
        }
        talk.wantsJSON = ["json_object", "json_schema"].contains(body["response_format"]?["type"]?.string ?? "")
    }

    /// GPT-5.4 and later take tools in responses alone.
    private static func refusesTools(_ model: String) -> Bool {
        ["gpt-5.4", "gpt-5.5", "gpt-5.6", "gpt-6"].contains(where: model.hasPrefix)
    }

    /// A message's text: a string, or the text parts of an array.
    private static func text(of content: JSONValue?) -> String {
        if let text = content?.string { return text }
        return (content?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
    }
}

/// What is wrong with a request, in OpenAI's words.
struct Refusal: Error, Equatable {
    let message: String
    let parameter: String?
    let code: String?

    init(_ message: String, _ parameter: String? = nil, _ code: String? = nil) {
        self.message = message
        self.parameter = parameter
        self.code = code
    }

    init(type parameter: String, _ expected: String) {
        self.init("Invalid type for '\(parameter)': expected \(expected).", parameter, "invalid_type")
    }

    var failure: Failure { .invalid(message: message, parameter: parameter, code: code) }
}

extension JSONValue {
    func text(_ name: String, _ path: String? = nil) throws(Refusal) -> String? {
        guard let value = optional(name) else { return nil }
        guard let text = value.string else { throw Refusal(type: path ?? name, "a string") }
        return text
    }

    func flag(_ name: String) throws(Refusal) -> Bool? {
        guard let value = optional(name) else { return nil }
        guard let flag = value.bool else { throw Refusal(type: name, "a boolean") }
        return flag
    }

    func number(_ name: String, _ range: PartialRangeFrom<Int>) throws(Refusal) -> Int? {
        try number(name, range.lowerBound...Int(Int32.max))
    }

    func number(_ name: String, _ range: ClosedRange<Int>) throws(Refusal) -> Int? {
        guard let value = optional(name) else { return nil }
        guard let number = value.int.map({ Int(clamping: $0) }) else { throw Refusal(type: name, "an integer") }
        guard range.contains(number) else {
            let (word, bound, code) =
                number < range.lowerBound
                ? (">=", range.lowerBound, "integer_below_min_value")
                : ("<=", range.upperBound, "integer_above_max_value")
            throw Refusal(
                "Invalid '\(name)': expected a value \(word) \(bound), but got \(number) instead.",
                name,
                code
            )
        }
        return number
    }
}
