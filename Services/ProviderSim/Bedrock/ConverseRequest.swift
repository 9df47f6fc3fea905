import Crypto
import JSON

/// What is wrong with a request, in AWS's words: a ValidationException.
struct BedrockRefusal: Error, Equatable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// A Converse request, read and checked as Bedrock does.
struct ConverseRequest {
    private(set) var talk = Conversation()
    private var definitions: [ToolChoice.Definition] = []
    private var wish = ToolChoice.Wish.auto
    /// The calls of the last assistant turn that wait for results.
    private var open: Set<String> = []
    private var usesTools = false
    private var lastRole = ""

    init(_ bytes: [UInt8], model: String) throws(BedrockRefusal) {
        guard let body = try? JSONValue(parsing: bytes), body.object != nil else {
            throw BedrockRefusal("The request body is not valid JSON.")
        }
        try Self.checkModel(model)
        talk.model = model
        for block in body.optional("system")?.array ?? [] {
            talk.system += try Self.text(block["text"], at: "system.0")
        }
        guard let messages = body.optional("messages")?.array, !messages.isEmpty else {
            throw BedrockRefusal("A conversation must start with a user message. Try again with one.")
        }
        for (index, message) in messages.enumerated() { try read(message, index) }
        try readTools(body.optional("toolConfig"))
        try readInference(body.optional("inferenceConfig") ?? .object([]), model)
        let format = body.optional("outputConfig")?.optional("textFormat")?["type"]?.string
        talk.wantsJSON = format == "json_schema" || talk.system.contains("JSON object")
        talk.inputTokens += Answers.tokens(talk.system) + 3
        if talk.toolResult == nil { talk.tool = ToolChoice.tool(definitions, wish, prompt: talk.prompt) }
    }

    /// Newer models have no address of their own, and painters don't talk.
    private static func checkModel(_ model: String) throws(BedrockRefusal) {
        if model.hasPrefix("anthropic.claude-"), !model.hasPrefix("anthropic.claude-3") {
            throw BedrockRefusal(
                "Invocation of model ID \(model.prefix(80)) with on-demand throughput isn't supported. Retry your request "
                    + "with the ID or ARN of an inference profile that contains this model."
            )
        }
        if ["stability.", "nova-canvas", "titan-image"].contains(where: model.contains) {
            throw BedrockRefusal(
                "This action doesn't support the model that you provided. Try again with a chat model."
            )
        }
    }

    // MARK: Messages

    private mutating func read(_ message: JSONValue, _ index: Int) throws(BedrockRefusal) {
        let place = "messages.\(index)"
        guard let role = message["role"]?.string, ["user", "assistant"].contains(role) else {
            throw BedrockRefusal("\(place).role must be user or assistant.")
        }
        if index == 0, role != "user" {
            throw BedrockRefusal("A conversation must start with a user message. Try again with one.")
        }
        guard role != lastRole else {
            throw BedrockRefusal("A conversation must alternate between user and assistant roles. See \(place).")
        }
        lastRole = role
        guard let content = message["content"]?.array, !content.isEmpty else {
            throw BedrockRefusal("The content field in the Message object at \(place) is empty. Add a ContentBlock.")
        }
        talk.inputTokens += 4
        let due = open
        open = []
        if role == "user" { talk.toolResult = nil }
        var answered: Set<String> = []
        var said: [String] = []
        for (position, block) in content.enumerated() {
            let at = "\(place).content.\(position)"
            try read(block, role, at, due, &answered, &said)
        }
        guard answered == due || role == "assistant" else {
            throw BedrockRefusal("Expected toolResult blocks at \(place).content for the calls before it.")
        }
        if role == "user", !said.isEmpty { talk.prompt = said.joined(separator: "\n") }
    }

    private mutating func read(
        _ block: JSONValue,
        _ role: String,
        _ at: String,
        _ due: Set<String>,
        _ answered: inout Set<String>,
        _ said: inout [String]
    ) throws(BedrockRefusal) {
        guard let members = block.object, members.count == 1 else {
            throw BedrockRefusal("The ContentBlock object at \(at) must set one member.")
        }
        if let text = block["text"] {
            said.append(try Self.text(text, at: at))
            talk.inputTokens += Answers.tokens(said.last ?? "")
        } else if let image = block["image"] {
            try Self.checkImage(image, at)
            talk.inputTokens += 85
        } else if let use = block["toolUse"], role == "assistant" {
            guard let id = use["toolUseId"]?.string, Self.isID(id), use["input"]?.object != nil,
                let name = use["name"]?.string, Self.isName(name), open.insert(id).inserted
            else {
                throw BedrockRefusal(
                    "The toolUse block at \(at) needs an id of its own, a name and an object as input."
                )
            }
            usesTools = true
        } else if let result = block["toolResult"], role == "user" {
            guard let id = result["toolUseId"]?.string, due.contains(id), answered.insert(id).inserted else {
                throw BedrockRefusal("The toolResult block at \(at) answers no toolUse block of the previous turn.")
            }
            guard let content = result["content"]?.array else { throw BedrockRefusal("\(at) has no content.") }
            talk.toolResult = content.compactMap { $0["text"]?.string ?? $0["json"]?.text }.joined(separator: "\n")
            talk.inputTokens += Answers.tokens(talk.toolResult ?? "")
            usesTools = true
        } else if block["reasoningContent"] == nil {
            throw BedrockRefusal("The ContentBlock object at \(at) has a member that role \(role) can't have.")
        }
    }

    private static func text(_ value: JSONValue?, at place: String) throws(BedrockRefusal) -> String {
        guard let text = value?.string else { throw BedrockRefusal("\(place) must be text.") }
        guard !text.utf8.allSatisfy({ $0 <= 0x20 }) else {
            throw BedrockRefusal(
                "The text field in the ContentBlock object at \(place) is blank. Add text and try again."
            )
        }
        return text
    }

    private static func checkImage(_ image: JSONValue, _ at: String) throws(BedrockRefusal) {
        guard ["png", "jpeg", "gif", "webp"].contains(image["format"]?.string ?? "") else {
            throw BedrockRefusal("The format at \(at).image must be png, jpeg, gif or webp.")
        }
        guard let data = image["source"]?["bytes"]?.string, !data.isEmpty, (try? Base64.decode(data)) != nil else {
            throw BedrockRefusal("The model returned the following errors: Could not process image at \(at).")
        }
    }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                default: false
                }
            }
    }

    private static func isID(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count) && isName(String(id.filter { $0 != "." && $0 != ":" }) + "-")
    }

    // MARK: Options

    private mutating func readTools(_ config: JSONValue?) throws(BedrockRefusal) {
        guard let config else {
            guard !usesTools else {
                throw BedrockRefusal(
                    "The toolConfig field must be defined when using toolUse and toolResult content blocks."
                )
            }
            return
        }
        guard let tools = config["tools"]?.array, !tools.isEmpty else {
            throw BedrockRefusal("The tools field in toolConfig must hold at least one tool.")
        }
        for (index, tool) in tools.enumerated() {
            guard let spec = tool["toolSpec"], let name = spec["name"]?.string, Self.isName(name),
                let schema = spec["inputSchema"]?["json"], schema["type"]?.string == "object",
                spec["description"] == nil || spec["description"]?.string?.isEmpty == false
            else {
                throw BedrockRefusal(
                    "toolConfig.tools.\(index).toolSpec needs a name and an inputSchema of type object."
                )
            }
            definitions.append(ToolChoice.Definition(name: name, schema: schema))
        }
        talk.inputTokens += Answers.tokens(config.text)
        guard let choice = config.optional("toolChoice") else { return }
        if let name = choice["tool"]?["name"]?.string {
            guard definitions.contains(where: { $0.name == name }) else {
                throw BedrockRefusal("toolConfig.toolChoice names a tool that toolConfig.tools does not define.")
            }
            wish = .tool(name)
        } else if choice["any"]?.object != nil {
            wish = .required
        } else if choice["auto"]?.object == nil {
            throw BedrockRefusal("toolConfig.toolChoice must be auto, any or tool.")
        }
    }

    private mutating func readInference(_ config: JSONValue, _ model: String) throws(BedrockRefusal) {
        if let most = config.optional("maxTokens") {
            guard let number = most.int, number >= 1 else {
                throw BedrockRefusal("Value at 'inferenceConfig.maxTokens' failed to satisfy constraint: at least 1.")
            }
            talk.maxTokens = Int(clamping: number)
        }
        let refuses = ["claude-opus-5", "claude-sonnet-5", "claude-haiku-5"].contains(where: model.contains)
        for name in ["temperature", "topP"] {
            guard let value = config.optional(name) else { continue }
            guard let number = value.double, (0...1).contains(number) else {
                throw BedrockRefusal("Value at 'inferenceConfig.\(name)' failed to satisfy constraint: 0 to 1.")
            }
            if refuses { throw BedrockRefusal("`\(name)` is deprecated for this model.") }
        }
        guard let stops = config.optional("stopSequences") else { return }
        guard let list = stops.array, list.allSatisfy({ $0.string?.isEmpty == false }) else {
            throw BedrockRefusal("Value at 'inferenceConfig.stopSequences' must be a list of strings.")
        }
        talk.stops = list.compactMap(\.string)
    }
}
