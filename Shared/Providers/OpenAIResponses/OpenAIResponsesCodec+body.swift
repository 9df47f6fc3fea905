import JSON

extension OpenAIResponsesCodec {
    /// The body of `POST …/responses`.
    public func body(for request: ChatRequest) throws(ProviderError) -> [UInt8] {
        guard request.stop.allSatisfy(\.isEmpty) else {
            throw .unsayable("This model takes no stop texts together with tools.", param: "stop")
        }
        var writer = JSONWriter(capacity: 2_048)
        writer.object { body in
            body.field("model", request.model)
            let leading = request.messages.prefix { $0.role == .system }
            if !leading.isEmpty { body.field("instructions", leading.map(\.text).joined(separator: "\n\n")) }
            body.field(
                "input",
                array: { for message in request.messages.dropFirst(leading.count) { Self.write(message, &$0) } }
            )
            Self.writeTools(request, &body)
            // Fewer are refused.
            body.optional("max_output_tokens", request.maxTokens.map { max(16, $0) })
            if let effort = request.reasoning?.effort {
                body.field("reasoning", object: { $0.field("effort", effort) })
            }
            if let format = request.format { body.field("text", object: { Self.write(format, &$0) }) }
            // A longer name for a user is refused.
            if let user = request.user, user.utf8.count <= 64 { body.field("safety_identifier", user) }
            body.field("store", false)
            body.field("include", array: { $0.value("reasoning.encrypted_content") })
            if request.stream { body.field("stream", true) }
        }
        return writer.bytes
    }

    /// `strict` is true there unless it is said, and on chat completions false.
    private static func writeTools(_ request: ChatRequest, _ body: inout JSONWriter) {
        guard !request.tools.isEmpty else { return }
        body.field(
            "tools",
            array: { tools in
                for tool in request.tools {
                    tools.object { entry in
                        entry.field("type", "function")
                        entry.field("name", tool.name)
                        entry.optional("description", tool.description)
                        entry.field("parameters", tool.schema ?? ["type": "object", "properties": [:]])
                        entry.field("strict", tool.isStrict ?? false)
                    }
                }
            }
        )
        switch request.toolChoice {
        case .auto: body.field("tool_choice", "auto")
        case .some(.none): body.field("tool_choice", "none")
        case .required: body.field("tool_choice", "required")
        case .tool(let name):
            body.field(
                "tool_choice",
                object: { choice in
                    choice.field("type", "function")
                    choice.field("name", name)
                }
            )
        case nil: break
        }
        body.optional("parallel_tool_calls", request.parallelToolCalls)
    }

    private static func write(_ format: ResponseFormat, _ text: inout JSONWriter) {
        text.field(
            "format",
            object: { writer in
                guard case .schema(let name, let schema, let isStrict) = format else {
                    return writer.field("type", "json_object")
                }
                writer.field("type", "json_schema")
                writer.field("name", name)
                writer.field("schema", schema)
                writer.optional("strict", isStrict)
            }
        )
    }

    // MARK: Messages

    private static func write(_ message: ChatMessage, _ input: inout JSONWriter) {
        switch message.role {
        case .system: writeMessage("developer", message.parts, textType: "input_text", &input)
        case .user: writeMessage("user", message.parts, textType: "input_text", &input)
        case .assistant: writeAssistant(message.parts, &input)
        case .tool:
            for case .toolResult(let result) in message.parts { input.object { write(result, &$0) } }
        }
    }

    private static func writeMessage(
        _ role: String,
        _ parts: [ContentPart],
        textType: String,
        _ input: inout JSONWriter
    ) {
        input.object { message in
            message.field("role", role)
            message.field("content", array: { for part in parts { write(part, textType, &$0) } })
        }
    }

    private static func write(_ part: ContentPart, _ textType: String, _ list: inout JSONWriter) {
        switch part {
        case .text(let text):
            list.object { writer in
                writer.field("type", textType)
                writer.field("text", text)
            }
        case .image(let image):
            list.object { writer in
                writer.field("type", "input_image")
                writer.field("image_url", DataURL.text(image.source))
                writer.optional("detail", image.detail)
            }
        case .reasoning, .toolCall, .toolResult: break
        }
    }

    /// Reasoning, words and calls are items of their own, in the order in which they came.
    private static func writeAssistant(_ parts: [ContentPart], _ input: inout JSONWriter) {
        var texts: [ContentPart] = []
        for part in parts {
            if case .text(let text) = part {
                if !text.isEmpty { texts.append(part) }
                continue
            }
            writeTexts(&texts, &input)
            switch part {
            case .reasoning(let thought):
                if let item = ReasoningItem(thought) { input.object { write(item, thought.text, &$0) } }
            case .toolCall(let call): input.object { write(call, &$0) }
            case .text, .image, .toolResult: break
            }
        }
        writeTexts(&texts, &input)
    }

    private static func writeTexts(_ texts: inout [ContentPart], _ input: inout JSONWriter) {
        guard !texts.isEmpty else { return }
        writeMessage("assistant", texts, textType: "output_text", &input)
        texts = []
    }

    private static func write(_ item: ReasoningItem, _ summary: String, _ writer: inout JSONWriter) {
        writer.field("type", "reasoning")
        writer.field("id", item.id)
        writer.field(
            "summary",
            array: { list in
                guard !summary.isEmpty else { return }
                list.object { text in
                    text.field("type", "summary_text")
                    text.field("text", summary)
                }
            }
        )
        writer.field("encrypted_content", item.content)
    }

    private static func write(_ call: ToolCall, _ writer: inout JSONWriter) {
        writer.field("type", "function_call")
        writer.field("call_id", call.id)
        writer.field("name", call.name)
        writer.field("arguments", call.arguments.isEmpty ? "{}" : call.arguments)
    }

    private static func write(_ result: ToolResult, _ writer: inout JSONWriter) {
        writer.field("type", "function_call_output")
        writer.field("call_id", result.callID)
        if result.content.contains(where: { if case .image = $0 { true } else { false } }) {
            writer.field("output", array: { for part in result.content { write(part, "input_text", &$0) } })
        } else {
            writer.field("output", result.content.text)
        }
    }
}
