import JSON

extension ConverseCodec {
    /// The body of Converse and ConverseStream; the model stands in the path.
    public func body(for request: ChatRequest) throws(ProviderError) -> [UInt8] {
        let turns = try ConverseTurns(request.messages, toolsAsText: request.toolChoice == ToolChoice.none)
        let claude = ClaudeVersion(request.model)
        var system = turns.system
        if request.format == .json { system.append("Answer with one JSON object and nothing else.") }
        var writer = JSONWriter(capacity: 1_024)
        try writer.object { (body) throws(ProviderError) in
            if !system.isEmpty {
                body.field("system", array: { list in for text in system { Self.write(text: text, &list) } })
            }
            try body.field("messages") { (list) throws(ProviderError) in
                for turn in turns.turns { try Self.write(turn, &list) }
            }
            Self.writeInference(request, claude, &body)
            Self.writeTools(request, turns, &body)
            Self.writeOutput(request, claude, &body)
            Self.writeAdditional(request, claude, &body)
        }
        return writer.bytes
    }

    // MARK: Messages

    private static func write(_ turn: ConverseTurns.Turn, _ list: inout JSONWriter) throws(ProviderError) {
        try list.object { (message) throws(ProviderError) in
            message.field("role", turn.isUsers ? "user" : "assistant")
            try message.field("content") { (content) throws(ProviderError) in
                for part in turn.parts { try write(part, isUsers: turn.isUsers, &content) }
            }
        }
    }

    private static func write(text: String, _ list: inout JSONWriter) {
        list.object { $0.field("text", text) }
    }

    private static func write(
        _ part: ContentPart,
        isUsers: Bool,
        _ content: inout JSONWriter
    ) throws(ProviderError) {
        switch part {
        case .text(let text): write(text: text, &content)
        case .image(let image): try write(image, &content)
        case .reasoning(let part): write(part, &content)
        case .toolCall(let call): try write(call, &content)
        case .toolResult(let result): try write(result, &content)
        }
    }

    private static func write(_ image: ImagePart, _ content: inout JSONWriter) throws(ProviderError) {
        guard case .data(let type, let base64) = image.source else {
            throw .unsayable("Bedrock takes pictures as data, not by their address.", param: "messages")
        }
        guard let format = ["png", "jpeg", "gif", "webp"].first(where: { type == "image/\($0)" }) else {
            throw .unsayable("Bedrock takes pictures as PNG, JPEG, GIF or WebP.", param: "messages")
        }
        content.object { block in
            block.field(
                "image",
                object: { picture in
                    picture.field("format", format)
                    picture.field("source", object: { $0.field("bytes", base64) })
                }
            )
        }
    }

    private static func write(_ part: ReasoningPart, _ content: inout JSONWriter) {
        content.object { block in
            block.field(
                "reasoningContent",
                object: { reasoning in
                    if let data = part.redacted { return reasoning.field("redactedContent", data) }
                    reasoning.field(
                        "reasoningText",
                        object: { told in
                            told.field("text", part.text)
                            told.optional("signature", part.signature)
                        }
                    )
                }
            )
        }
    }

    private static func write(_ call: ToolCall, _ content: inout JSONWriter) throws(ProviderError) {
        let arguments = call.arguments.isEmpty ? "{}" : call.arguments
        guard let input = try? JSONValue(parsing: arguments), input.object != nil else {
            throw .unsayable("The arguments of a tool call must be a JSON object.", param: "messages")
        }
        content.object { block in
            block.field(
                "toolUse",
                object: { use in
                    use.field("toolUseId", ConverseTurns.toolUseID(call.id))
                    use.field("name", call.name)
                    use.field("input", input)
                }
            )
        }
    }

    /// `status` is told for failures alone: success is the default, and only some vendors' models know the member.
    private static func write(_ result: ToolResult, _ content: inout JSONWriter) throws(ProviderError) {
        try content.object { (block) throws(ProviderError) in
            block.name("toolResult")
            try block.object { (members) throws(ProviderError) in
                members.field("toolUseId", ConverseTurns.toolUseID(result.callID))
                try members.field("content") { (list) throws(ProviderError) in
                    for case .image(let image) in result.content { try write(image, &list) }
                    let text = result.content.text
                    if !text.isEmpty || result.content.isEmpty { write(text: text, &list) }
                }
                if result.isError { members.field("status", "error") }
            }
        }
    }

    // MARK: Options

    private static func writeInference(_ request: ChatRequest, _ claude: ClaudeVersion?, _ body: inout JSONWriter) {
        let thinks = thinkingBudget(request, claude) != nil
        let samples = !thinks && !(claude?.refusesSampling ?? false)
        let temperature = samples ? request.temperature.map { min($0, 1) } : nil
        let isOne = claude?.takesOneOfSampling ?? false
        let topP = samples && !(isOne && temperature != nil) ? request.topP : nil
        let stop = request.stop.filter { !$0.isEmpty }
        guard request.maxTokens != nil || temperature != nil || topP != nil || !stop.isEmpty else { return }
        body.field(
            "inferenceConfig",
            object: { config in
                config.optional("maxTokens", request.maxTokens)
                config.optional("temperature", temperature)
                config.optional("topP", topP)
                if !stop.isEmpty { config.field("stopSequences", array: { for text in stop { $0.value(text) } }) }
            }
        )
    }

    /// A conversation with calls in it needs their tools, also when the caller offers none any more: those get a
    /// definition by their names alone.
    private static func writeTools(_ request: ChatRequest, _ turns: ConverseTurns, _ body: inout JSONWriter) {
        guard request.toolChoice != ToolChoice.none else { return }
        let tools = request.tools.isEmpty ? turns.toolNames.map { ChatTool($0) } : request.tools
        guard !tools.isEmpty else { return }
        body.field(
            "toolConfig",
            object: { config in
                config.field("tools", array: { list in for tool in tools { write(tool, &list) } })
                guard !request.tools.isEmpty else { return }
                switch request.toolChoice {
                case .auto: config.field("toolChoice", object: { $0.field("auto", object: { _ in }) })
                case .required: config.field("toolChoice", object: { $0.field("any", object: { _ in }) })
                case .tool(let name):
                    config.field("toolChoice", object: { $0.field("tool", object: { $0.field("name", name) }) })
                case .some(.none), nil: break
                }
            }
        )
    }

    private static func write(_ tool: ChatTool, _ list: inout JSONWriter) {
        list.object { entry in
            entry.field(
                "toolSpec",
                object: { spec in
                    spec.field("name", tool.name)
                    if let description = tool.description, !description.isEmpty {
                        spec.field("description", description)
                    }
                    let schema = tool.schema ?? .object([JSONField("type", .string("object"))])
                    spec.field("inputSchema", object: { $0.field("json", schema) })
                    if tool.isStrict == true { spec.field("strict", true) }
                }
            )
        }
    }

    private static func writeOutput(_ request: ChatRequest, _ claude: ClaudeVersion?, _ body: inout JSONWriter) {
        let efforts = [
            "minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max",
        ]
        let knows = claude?.knowsEffort ?? false
        let effort = knows ? request.reasoning?.effort.flatMap { efforts[$0] } : nil
        var schema: (name: String, text: String)?
        if case .schema(let name, let value, _) = request.format { schema = (name, value.text) }
        guard effort != nil || schema != nil else { return }
        body.field(
            "outputConfig",
            object: { config in
                config.optional("effort", effort)
                guard let schema else { return }
                config.field(
                    "textFormat",
                    object: { format in
                        format.field("type", "json_schema")
                        format.field(
                            "structure",
                            object: { structure in
                                structure.field(
                                    "jsonSchema",
                                    object: { inner in
                                        inner.field("schema", schema.text)
                                        inner.field("name", schema.name)
                                    }
                                )
                            }
                        )
                    }
                )
            }
        )
    }

    /// What Claude alone understands, under Anthropic's own names.
    private static func writeAdditional(_ request: ChatRequest, _ claude: ClaudeVersion?, _ body: inout JSONWriter) {
        guard let claude else { return }
        let budget = thinkingBudget(request, claude)
        let topK = budget == nil && !claude.refusesSampling ? request.topK : nil
        guard topK != nil || budget != nil else { return }
        body.field(
            "additionalModelRequestFields",
            object: { fields in
                fields.optional("top_k", topK)
                guard let budget else { return }
                fields.field(
                    "thinking",
                    object: { thinking in
                        thinking.field("type", "enabled")
                        thinking.field("budget_tokens", budget)
                    }
                )
            }
        )
    }

    /// The tokens for thinking, where the model takes a number and the rest of the request allows it: not with a forced
    /// tool, not in the middle of calls whose reasoning is gone, and less than the whole answer may have.
    private static func thinkingBudget(_ request: ChatRequest, _ claude: ClaudeVersion?) -> Int? {
        guard let claude, claude.knowsBudget, let budget = request.reasoning?.budgetTokens, budget >= 1_024,
            budget < request.maxTokens ?? .max
        else { return nil }
        switch request.toolChoice {
        case .required, .tool: return nil
        case .auto, .some(.none), nil: break
        }
        let isWhole = request.messages.allSatisfy { message in
            message.parts.toolCalls.isEmpty
                || message.parts.contains { if case .reasoning(let part) = $0 { part.signature != nil } else { false } }
        }
        return isWhole ? budget : nil
    }
}

extension JSONWriter {
    /// A member with an array whose elements may be refused.
    fileprivate mutating func field(
        _ name: String,
        _ elements: (inout JSONWriter) throws(ProviderError) -> Void
    ) throws(ProviderError) {
        self.name(name)
        try array(elements)
    }
}
