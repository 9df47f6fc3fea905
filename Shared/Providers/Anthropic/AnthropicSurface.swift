import JSON

/// Anthropic's messages as callers speak them: reads their requests and writes answers of any provider for them.
public struct AnthropicSurface: ChatSurface {
    /// ``Dialect/anthropicMessages``.
    public let dialect = Dialect.anthropicMessages
    /// The API version and the betas that a caller wants go to Anthropic with its body.
    public let passedHeaders = ["anthropic-version", "anthropic-beta"]

    /// The surface.
    public init() {}

    /// Reads a caller's request. Marks for the cache and members that no other provider knows are not looked at.
    public func request(from body: [UInt8]) throws(ProviderError) -> ChatRequest {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: body)
        } catch {
            throw .unsayable("The request is not valid JSON (byte \(error.offset)).")
        }
        return try AnthropicRequestReader(root: root).request()
    }

    /// A `message`.
    public func body(for result: ChatResult, _ facts: AnswerFacts) -> [UInt8] {
        JSONWriter.object { body in
            body.field("id", result.id ?? facts.id)
            body.field("type", "message")
            body.field("role", "assistant")
            body.field("model", result.model ?? facts.model)
            body.field(
                "content",
                array: { list in
                    for part in result.parts { list.object { AnthropicBlocks.write(part, inAnswer: true, &$0) } }
                }
            )
            body.field("stop_reason", result.stopReason.anthropicWord(sequence: result.stopSequence))
            body.field("stop_sequence", result.stopSequence)
            body.field("usage", object: { (result.usage ?? Usage()).writeAnthropic(&$0) })
        }
    }

    /// A writer for one streamed answer; usage is a part of every such stream.
    public func streamWriter(_ facts: AnswerFacts, includesUsage: Bool) -> any ChatStreamWriter {
        AnthropicStreamWriter(facts)
    }
}
