import JSON

/// Which tool the simulated model calls, and with what.
enum ToolChoice {
    /// A tool as any dialect defines it.
    struct Definition {
        var name: String
        /// The JSON schema of its arguments.
        var schema: JSONValue
    }

    /// What the caller wants of the tools.
    enum Wish: Equatable {
        case auto
        case none
        case required
        case tool(String)
    }

    /// A forced tool always, any tool when one is required, and by itself one whose name's words stand in the prompt.
    static func tool(_ tools: [Definition], _ wish: Wish, prompt: String) -> Conversation.Tool? {
        let words = Set(Scene.words(prompt))
        let fitting = tools.first { !words.isDisjoint(with: Scene.words($0.name).flatMap(parts)) }
        let chosen: Definition? =
            switch wish {
            case .tool(let name): tools.first { $0.name == name }
            case .none: nil
            case .auto: fitting
            case .required: fitting ?? tools.first
            }
        guard let chosen else { return nil }
        var dice = Dice(prompt)
        return Conversation.Tool(
            name: chosen.name,
            arguments: sample(chosen.schema, prompt, &dice, depth: 0).text
        )
    }

    /// The same for a body in OpenAI's dialect.
    static func tool(openAI body: JSONValue, prompt: String) -> Conversation.Tool? {
        let tools = (body["tools"]?.array ?? []).compactMap { tool -> Definition? in
            guard let function = tool["function"], let name = function["name"]?.string else { return nil }
            return Definition(name: name, schema: function["parameters"] ?? .object([]))
        }
        let choice = body.optional("tool_choice")
        let wish: Wish =
            if let forced = choice?["function"]?["name"]?.string {
                .tool(forced)
            } else if choice?.string == "none" {
                .none
            } else {
                choice?.string == "required" ? .required : .auto
            }
        return tool(tools, wish, prompt: prompt)
    }

    /// What the definitions add to the input.
    static func tokens(_ body: JSONValue) -> Int {
        body.optional("tools").map { Answers.tokens($0.text) } ?? 0
    }

    private static func parts(_ name: String) -> [String] {
        name.split { "_-".contains($0) }.map(String.init).filter {
            $0.count > 2 && !["get", "set", "the"].contains($0)
        }
    }

    /// A value that a JSON schema allows, with the prompt's words where it wants text.
    static func sample(_ schema: JSONValue, _ prompt: String, _ dice: inout Dice, depth: Int) -> JSONValue {
        if let constant = schema["const"] { return constant }
        if let choices = schema["enum"]?.array, !choices.isEmpty { return dice.pick(choices) }
        if let first = (schema["anyOf"]?.array ?? schema["oneOf"]?.array)?.first, depth < 6 {
            return sample(first, prompt, &dice, depth: depth + 1)
        }
        let type = schema["type"]?.string ?? schema["type"]?.array?.compactMap(\.string).first { $0 != "null" }
        switch type ?? (schema["properties"] == nil ? "string" : "object") {
        case "object":
            guard depth < 6 else { return .object([]) }
            let fields = (schema["properties"]?.object ?? []).map { field in
                JSONField(field.name, sample(field.value, prompt, &dice, depth: depth + 1))
            }
            return .object(fields)
        case "array":
            guard depth < 6, let items = schema["items"] else { return .array([]) }
            return .array([sample(items, prompt, &dice, depth: depth + 1)])
        case "integer", "number":
            let least = schema["minimum"]?.int ?? 1
            let most = max(least, min(schema["maximum"]?.int ?? 42, least + 1_000))
            return .number(String(Int64.random(in: least...most, using: &dice)))
        case "boolean":
            return .bool(true)
        case "null":
            return .null
        default:
            return .string(name(in: prompt))
        }
    }

    /// The last capitalised word, as in "the tide in Brest", or the prompt's subject.
    private static func name(in prompt: String) -> String {
        let words = prompt.split { !$0.isLetter }
        if let name = words.dropFirst().last(where: { $0.first?.isUppercase == true && $0.count > 2 }) {
            return String(name)
        }
        return Answers.subject(prompt)
    }
}
