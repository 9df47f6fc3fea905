import JSON

/// OpenAI's chat completions as callers speak them: reads their requests and writes answers of any provider for them.
public struct OpenAISurface: ChatSurface {
    /// ``Dialect/openAIChat``.
    public let dialect = Dialect.openAIChat

    /// The surface.
    public init() {}

    /// Reads a caller's request. Members that no provider needs are not looked at.
    public func request(from body: [UInt8]) throws(ProviderError) -> ChatRequest {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: body)
        } catch {
            throw .unsayable("The request is not valid JSON (byte \(error.offset)).")
        }
        return try OpenAIRequestReader(root: root).request()
    }

    /// A `chat.completion`.
    public func body(for result: ChatResult, _ facts: AnswerFacts) -> [UInt8] {
        JSONWriter.object { body in
            body.field("id", result.id ?? facts.id)
            body.field("object", "chat.completion")
            body.field("created", facts.createdAt)
            body.field("model", result.model ?? facts.model)
            body.field(
                "choices",
                array: { choices in
                    choices.object { choice in
                        choice.field("index", 0)
                        choice.field("message", object: { Self.write(result.parts, &$0) })
                        choice.null("logprobs")
                        choice.field("finish_reason", result.stopReason.openAIWord)
                    }
                }
            )
            if let usage = result.usage { body.field("usage", object: { Self.write(usage, &$0) }) }
        }
    }

    /// A writer for one streamed answer.
    public func streamWriter(_ facts: AnswerFacts, includesUsage: Bool) -> any ChatStreamWriter {
        OpenAIStreamWriter(facts, includesUsage: includesUsage)
    }

    /// The usage object; what is unknown counts as 0 there, since the SDKs require the three counts.
    static func write(_ usage: Usage, _ writer: inout JSONWriter) {
        writer.field("prompt_tokens", usage.inputTokens ?? 0)
        writer.field("completion_tokens", usage.outputTokens ?? 0)
        writer.field("total_tokens", usage.totalTokens ?? 0)
        if usage.cachedInputTokens != nil || usage.cacheWriteInputTokens != nil {
            writer.field(
                "prompt_tokens_details",
                object: { details in
                    details.field("cached_tokens", usage.cachedInputTokens ?? 0)
                    details.optional("cache_write_tokens", usage.cacheWriteInputTokens)
                }
            )
        }
        if let reasoning = usage.reasoningTokens {
            writer.field("completion_tokens_details", object: { $0.field("reasoning_tokens", reasoning) })
        }
    }

    private static func write(_ parts: [ContentPart], _ message: inout JSONWriter) {
        let calls = parts.toolCalls
        let text = parts.text
        message.field("role", "assistant")
        message.field("content", text.isEmpty && !calls.isEmpty ? nil : text)
        message.null("refusal")
        let reasoning = parts.reasoningText
        if !reasoning.isEmpty { message.field("reasoning_content", reasoning) }
        writeThinking(parts, &message)
        if !calls.isEmpty {
            message.field(
                "tool_calls",
                array: { list in for call in calls { list.object { OpenAIChatCodec.write(call, &$0) } } }
            )
        }
        let images = parts.compactMap { if case .image(let image) = $0 { image } else { nil } }
        if !images.isEmpty {
            message.field("images", array: { list in for image in images { list.object { write(image, &$0) } } })
        }
    }

    /// Reasoning with its proof, in the form that LiteLLM's users know, so that it can be sent back on the next turn.
    private static func writeThinking(_ parts: [ContentPart], _ message: inout JSONWriter) {
        let blocks = parts.compactMap { part -> ReasoningPart? in
            guard case .reasoning(let block) = part, block.signature != nil || block.redacted != nil else { return nil }
            return block
        }
        guard !blocks.isEmpty else { return }
        message.field(
            "thinking_blocks",
            array: { list in for block in blocks { list.object { write(block, &$0) } } }
        )
    }

    private static func write(_ block: ReasoningPart, _ writer: inout JSONWriter) {
        if let data = block.redacted {
            writer.field("type", "redacted_thinking")
            writer.field("data", data)
        } else {
            writer.field("type", "thinking")
            writer.field("thinking", block.text)
            writer.optional("signature", block.signature)
        }
    }

    static func write(_ image: ImagePart, _ writer: inout JSONWriter) {
        writer.field("type", "image_url")
        writer.field("image_url", object: { $0.field("url", DataURL.text(image.source)) })
    }
}
