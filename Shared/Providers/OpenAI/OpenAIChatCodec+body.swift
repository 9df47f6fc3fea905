import JSON

extension OpenAIChatCodec {
    /// The body of `POST …/chat/completions`.
    public func body(for request: ChatRequest) throws(ProviderError) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        try writer.object { (body) throws(ProviderError) in
            body.field("model", request.model)
            body.name("messages")
            try body.array { (messages) throws(ProviderError) in
                for message in request.messages { try Self.write(message, &messages) }
            }
            Self.writeTools(request, &body)
            body.optional(limitName, request.maxTokens)
            body.optional("temperature", request.temperature)
            body.optional("top_p", request.topP)
            body.optional("seed", request.seed)
            body.optional("frequency_penalty", request.frequencyPenalty)
            body.optional("presence_penalty", request.presencePenalty)
            body.optional("reasoning_effort", request.reasoning?.effort)
            body.optional("user", request.user)
            if !request.stop.isEmpty { body.field("stop", array: { for text in request.stop { $0.value(text) } }) }
            if let format = request.format { Self.write(format, &body) }
            if request.stream {
                body.field("stream", true)
                body.field("stream_options", object: { $0.field("include_usage", true) })
            }
        }
        return writer.bytes
    }

    private static func writeTools(_ request: ChatRequest, _ body: inout JSONWriter) {
        guard !request.tools.isEmpty else { return }
        body.field(
            "tools",
            array: { tools in
                for tool in request.tools {
                    tools.object { entry in
                        entry.field("type", "function")
                        entry.field("function", object: { write(tool, &$0) })
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
                    choice.field("function", object: { $0.field("name", name) })
                }
            )
        case nil: break
        }
        body.optional("parallel_tool_calls", request.parallelToolCalls)
    }

    /// A tool's own members, the same in OpenAI's two dialects.
    static func write(_ tool: ChatTool, _ writer: inout JSONWriter) {
        writer.field("name", tool.name)
        writer.optional("description", tool.description)
        writer.optional("parameters", tool.schema)
        writer.optional("strict", tool.isStrict)
    }

    private static func write(_ format: ResponseFormat, _ body: inout JSONWriter) {
        body.field(
            "response_format",
            object: { writer in
                guard case .schema(let name, let schema, let isStrict) = format else {
                    return writer.field("type", "json_object")
                }
                writer.field("type", "json_schema")
                writer.field(
                    "json_schema",
                    object: { inner in
                        inner.field("name", name)
                        inner.field("schema", schema)
                        inner.optional("strict", isStrict)
                    }
                )
            }
        )
    }

    private static func write(_ message: ChatMessage, _ messages: inout JSONWriter) throws(ProviderError) {
        switch message.role {
        case .system: messages.object { writeText("system", message.parts, &$0) }
        case .user: messages.object { writeUser(message.parts, &$0) }
        case .assistant: messages.object { writeAssistant(message.parts, &$0) }
        case .tool:
            for case .toolResult(let result) in message.parts {
                messages.object { writer in
                    writer.field("role", "tool")
                    writer.field("tool_call_id", result.callID)
                    writer.field("content", result.content.text)
                }
            }
            // Pictures can't stand in a tool message: they follow as the user's.
            let images = message.parts.flatMap { part -> [ContentPart] in
                guard case .toolResult(let result) = part else { return [] }
                return result.content.filter { if case .image = $0 { true } else { false } }
            }
            if !images.isEmpty { messages.object { writeUser(images, &$0) } }
        }
    }

    private static func writeText(_ role: String, _ parts: [ContentPart], _ writer: inout JSONWriter) {
        writer.field("role", role)
        writer.field("content", parts.text)
    }

    private static func writeUser(_ parts: [ContentPart], _ writer: inout JSONWriter) {
        guard parts.contains(where: { if case .image = $0 { true } else { false } }) else {
            return writeText("user", parts, &writer)
        }
        writer.field("role", "user")
        writer.field("content", array: { list in for part in parts { write(part, &list) } })
    }

    private static func write(_ part: ContentPart, _ list: inout JSONWriter) {
        switch part {
        case .text(let text):
            list.object { writer in
                writer.field("type", "text")
                writer.field("text", text)
            }
        case .image(let image):
            list.object { writer in
                writer.field("type", "image_url")
                writer.field(
                    "image_url",
                    object: { inner in
                        inner.field("url", DataURL.text(image.source))
                        inner.optional("detail", image.detail)
                    }
                )
            }
        case .reasoning, .toolCall, .toolResult: break
        }
    }

    /// Pictures of an answer are left out: no server takes them back.
    private static func writeAssistant(_ parts: [ContentPart], _ writer: inout JSONWriter) {
        let calls = parts.toolCalls
        let text = parts.text
        writer.field("role", "assistant")
        writer.field("content", text.isEmpty && !calls.isEmpty ? nil : text)
        guard !calls.isEmpty else { return }
        writer.field(
            "tool_calls",
            array: { list in for call in calls { list.object { write(call, &$0) } } }
        )
    }

    static func write(_ call: ToolCall, _ writer: inout JSONWriter) {
        writer.field("id", call.id)
        writer.field("type", "function")
        writer.field(
            "function",
            object: { function in
                function.field("name", call.name)
                function.field("arguments", call.arguments.isEmpty ? "{}" : call.arguments)
            }
        )
        guard let signature = call.signature else { return }
        writer.field(
            "extra_content",
            object: { $0.field("google", object: { $0.field("thought_signature", signature) }) }
        )
    }
}
