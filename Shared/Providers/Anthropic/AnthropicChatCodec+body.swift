import JSON

extension AnthropicChatCodec {
    /// `max_tokens` for a caller who names none: Anthropic requires one.
    public static let usualMaxTokens = 4_096

    /// The body of `POST …/v1/messages`.
    ///
    /// Left out as taste: seed, penalties, and for models that refuse them the sampling parameters.
    public func body(for request: ChatRequest) throws(ProviderError) -> [UInt8] {
        let conversation = AnthropicConversation(request)
        guard !conversation.turns.isEmpty else {
            throw .unsayable("messages must hold a message of the user with content.", param: "messages")
        }
        let model = AnthropicModel(request.model)
        let budget = Self.thinkingBudget(request)
        var writer = JSONWriter(capacity: 2_048)
        writer.object { body in
            body.field("model", request.model)
            body.field("max_tokens", request.maxTokens ?? Self.usualMaxTokens + (budget ?? 0))
            if !conversation.system.isEmpty { body.field("system", conversation.system) }
            body.field(
                "messages",
                array: { list in for turn in conversation.turns { list.object { turn.write(&$0) } } }
            )
            Self.writeTools(request, &body)
            if budget == nil { writeSampling(request, model, &body) }
            if !request.stop.isEmpty {
                body.field("stop_sequences", array: { for text in request.stop { $0.value(text) } })
            }
            if let user = request.user { body.field("metadata", object: { $0.field("user_id", user) }) }
            Self.writeThinking(request, model, budget, &body)
            if request.stream { body.field("stream", true) }
        }
        return writer.bytes
    }

    /// Not both of temperature and top_p: newer models refuse the pair. OpenAI's scale of temperature goes to 2.
    private func writeSampling(_ request: ChatRequest, _ model: AnthropicModel, _ body: inout JSONWriter) {
        guard model.takesSampling, !dropsSampling else { return }
        if let temperature = request.temperature {
            body.field("temperature", min(temperature, 1))
        } else {
            body.optional("top_p", request.topP)
        }
        body.optional("top_k", request.topK)
    }

    // MARK: Tools

    private static func writeTools(_ request: ChatRequest, _ body: inout JSONWriter) {
        guard !request.tools.isEmpty else { return }
        body.field("tools", array: { list in for tool in request.tools { list.object { write(tool, &$0) } } })
        let single = request.parallelToolCalls == false
        guard let choice = request.toolChoice ?? (single ? .auto : nil) else { return }
        body.field(
            "tool_choice",
            object: { writer in
                switch choice {
                case .auto: writer.field("type", "auto")
                case .none: writer.field("type", "none")
                case .required: writer.field("type", "any")
                case .tool(let name):
                    writer.field("type", "tool")
                    writer.field("name", name)
                }
                if single, choice != .none { writer.field("disable_parallel_tool_use", true) }
            }
        )
    }

    /// A schema must say that it is an object's.
    private static func write(_ tool: ChatTool, _ writer: inout JSONWriter) {
        writer.field("name", tool.name)
        writer.optional("description", tool.description)
        let members = tool.schema?.object ?? []
        writer.field(
            "input_schema",
            object: { schema in
                if !members.contains(where: { $0.name == "type" }) { schema.field("type", "object") }
                for member in members { schema.field(member.name, member.value) }
                if members.isEmpty { schema.field("properties", object: { _ in }) }
            }
        )
        if tool.isStrict == true { writer.field("strict", true) }
    }

    // MARK: Thinking and format

    /// The budget, when the model can think on this request: not under a forced tool, and not in the middle of a round
    /// of tools whose call came back without its thoughts.
    private static func thinkingBudget(_ request: ChatRequest) -> Int? {
        guard let budget = request.reasoning?.budgetTokens, budget > 0 else { return nil }
        switch request.toolChoice {
        case .required, .tool: return nil
        default: break
        }
        if let last = request.messages.last(where: { $0.role == .assistant }), !last.parts.toolCalls.isEmpty {
            let hasThoughts = last.parts.contains { part in
                if case .reasoning(let thought) = part { AnthropicBlocks.canGoBack(thought) } else { false }
            }
            if !hasThoughts { return nil }
        }
        return max(budget, 1_024)
    }

    private static func writeThinking(
        _ request: ChatRequest,
        _ model: AnthropicModel,
        _ budget: Int?,
        _ body: inout JSONWriter
    ) {
        if let budget {
            body.field(
                "thinking",
                object: { writer in
                    writer.field("type", "enabled")
                    writer.field("budget_tokens", budget)
                }
            )
        }
        let effort = model.takesEffort ? request.reasoning?.effort.flatMap(effort) : nil
        var schema: JSONValue?
        if case .schema(_, let wanted, _) = request.format { schema = wanted }
        guard effort != nil || schema != nil else { return }
        body.field(
            "output_config",
            object: { writer in
                writer.optional("effort", effort)
                guard let schema else { return }
                writer.field(
                    "format",
                    object: { format in
                        format.field("type", "json_schema")
                        format.field("schema", schema)
                    }
                )
            }
        )
    }

    /// Anthropic's least is `low`; `none` is how it answers without being asked to think.
    private static func effort(_ wish: String) -> String? {
        switch wish {
        case "none": nil
        case "minimal": "low"
        default: wish
        }
    }
}
