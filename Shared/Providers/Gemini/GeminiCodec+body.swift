import JSON

extension GeminiCodec {
    /// The body of `POST …:generateContent`; the model and the wish to stream stand in the address.
    ///
    /// Penalties, the caller's user and the wish for one call at a time have no place there and are left out.
    public func body(for request: ChatRequest) throws(ProviderError) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        try writer.object { (body) throws(ProviderError) in
            var contents = GeminiContents(model: request.model)
            try contents.write(request.messages, to: &body)
            Self.writeTools(request, &body)
            Self.writeConfig(request, &body)
        }
        return writer.bytes
    }

    private static func writeTools(_ request: ChatRequest, _ body: inout JSONWriter) {
        guard !request.tools.isEmpty else { return }
        body.field(
            "tools",
            array: { tools in
                tools.object { entry in
                    entry.field(
                        "functionDeclarations",
                        array: { list in for tool in request.tools { list.object { write(tool, &$0) } } }
                    )
                }
            }
        )
        guard let choice = request.toolChoice else { return }
        let (mode, name): (String, String?) =
            switch choice {
            case .auto: ("AUTO", nil)
            case .none: ("NONE", nil)
            case .required: ("ANY", nil)
            case .tool(let name): ("ANY", name)
            }
        body.field(
            "toolConfig",
            object: { config in
                config.field(
                    "functionCallingConfig",
                    object: { calling in
                        calling.field("mode", mode)
                        if let name { calling.field("allowedFunctionNames", array: { $0.value(name) }) }
                    }
                )
            }
        )
    }

    private static func write(_ tool: ChatTool, _ writer: inout JSONWriter) {
        writer.field("name", tool.name)
        writer.optional("description", tool.description)
        writer.optional("parametersJsonSchema", tool.schema)
    }

    private static func writeConfig(_ request: ChatRequest, _ body: inout JSONWriter) {
        var config = JSONWriter(capacity: 256)
        config.object { writer in
            writer.optional("maxOutputTokens", request.maxTokens)
            if !request.stop.isEmpty {
                writer.field("stopSequences", array: { for text in request.stop { $0.value(text) } })
            }
            // Gemini's seed has 32 bits.
            writer.optional("seed", request.seed.flatMap { Int32(exactly: $0) }.map { Int64($0) })
            writer.optional("temperature", request.temperature)
            writer.optional("topP", request.topP)
            writer.optional("topK", request.topK)
            writeThinking(request, &writer)
            guard let format = request.format else { return }
            writer.field("responseMimeType", "application/json")
            if case .schema(_, let schema, _) = format { writer.field("responseJsonSchema", schema) }
        }
        if config.bytes.count > 2 { body.field("generationConfig", raw: config.bytes) }
    }

    /// A budget for the models of the second generation, a level for those since. Older ones don't think.
    private static func writeThinking(_ request: ChatRequest, _ config: inout JSONWriter) {
        guard let wish = request.reasoning else { return }
        let generation = GeminiGeneration(request.model)
        guard generation != .unthinking else { return }
        var (budget, level) = (wish.budgetTokens, String?.none)
        if budget == nil, let effort = wish.effort {
            if generation == .budgeted {
                budget = budgets[effort]
            } else {
                level = levels[effort]
            }
        }
        guard budget != nil || level != nil else { return }
        config.field(
            "thinkingConfig",
            object: { thinking in
                thinking.optional("thinkingBudget", budget)
                thinking.optional("thinkingLevel", level)
                thinking.field("includeThoughts", budget != 0 && wish.effort != "none")
            }
        )
    }

    private static let levels = [
        "none": "MINIMAL", "minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH", "xhigh": "XHIGH",
        "max": "XHIGH",
    ]
    /// As Google's own imitation of OpenAI turns efforts into tokens.
    private static let budgets = [
        "none": 0, "minimal": 1_024, "low": 1_024, "medium": 8_192, "high": 24_576, "xhigh": 24_576, "max": 24_576,
    ]
}

/// What a model of Gemini's knows of thinking, told by its name.
enum GeminiGeneration: Equatable {
    /// Before 2.5.
    case unthinking
    /// 2.5: tokens.
    case budgeted
    /// 3 and later, and names that are no generation's: levels.
    case levelled

    init(_ model: String) {
        let name = model.split(separator: "/").last ?? ""
        if name.hasPrefix("gemini-2.5") {
            self = .budgeted
        } else if name.hasPrefix("gemini-1") || name.hasPrefix("gemini-2") || name.hasPrefix("gemma") {
            self = .unthinking
        } else {
            self = .levelled
        }
    }
}
