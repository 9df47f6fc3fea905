import JSON
import Loop

/// Anthropic's shapes, as bytes. Pure; source: the reference sheet anthropic.md and its fixtures.
enum AnthropicWire {
    /// A whole answer.
    struct Message {
        var id: String
        var model: String
        var thought: String?
        var speech: Speech
        var stopReason: String
        var stopSequence: String?
        var inputTokens: Int
        var cachedTokens: Int

        var outputTokens: Int { max(1, speech.outputTokens + Answers.tokens(thought ?? "")) }

        /// The id of its only tool call.
        var toolID: String { "toolu_\(id.suffix(24))" }

        /// The proof of its thought.
        var signature: String { AnthropicRequest.proof + String(id.suffix(12)) + "==" }
    }

    static func whole(_ message: Message) -> [UInt8] {
        JSONWriter.object { writer in
            write(message, to: &writer) { list in
                if let thought = message.thought {
                    list.object { block in
                        block.field("type", "thinking")
                        block.field("thinking", thought)
                        block.field("signature", message.signature)
                    }
                }
                if let text = message.speech.text, !text.isEmpty {
                    list.object { block in
                        block.field("type", "text")
                        block.field("text", text)
                    }
                }
                if let tool = message.speech.tool {
                    list.object { block in
                        write(tool, id: message.toolID, to: &block)
                        block.field("input", raw: tool.arguments.utf8)
                    }
                }
            }
            writer.field("stop_reason", message.stopReason)
            writer.field("stop_sequence", message.stopSequence)
            writer.field("usage", object: { write(message, output: message.outputTokens, to: &$0) })
        }
    }

    private static func write(_ message: Message, to writer: inout JSONWriter, content: (inout JSONWriter) -> Void) {
        writer.field("id", message.id)
        writer.field("type", "message")
        writer.field("role", "assistant")
        writer.field("model", message.model)
        writer.field("content", array: content)
    }

    private static func write(_ message: Message, output: Int, to writer: inout JSONWriter) {
        writer.field("input_tokens", max(0, message.inputTokens - message.cachedTokens))
        writer.field("cache_creation_input_tokens", 0)
        writer.field("cache_read_input_tokens", message.cachedTokens)
        writer.field("output_tokens", output)
        writer.field("service_tier", "standard")
    }

    private static func write(_ tool: Conversation.Tool, id: String, to block: inout JSONWriter) {
        block.field("type", "tool_use")
        block.field("id", id)
        block.field("name", tool.name)
    }

    // MARK: Stream

    /// One event: its name and its data.
    typealias Event = (name: String, data: [UInt8])

    /// All events of an answer in their order.
    static func events(_ message: Message) -> [Event] {
        var events = [start(message)]
        var index = 0
        if let thought = message.thought {
            events.append(
                open(index) { block in
                    block.field("type", "thinking")
                    block.field("thinking", "")
                    block.field("signature", "")
                }
            )
            events += Answers.pieces(thought).map { delta(index, "thinking_delta", "thinking", $0) }
            events += [delta(index, "signature_delta", "signature", message.signature), close(index)]
            index += 1
        }
        if message.speech.text?.isEmpty == false {
            events.append(
                open(index) { block in
                    block.field("type", "text")
                    block.field("text", "")
                }
            )
            events.append(event("ping") { _ in })
            events += message.speech.textPieces.map { delta(index, "text_delta", "text", $0) } + [close(index)]
            index += 1
        }
        if let tool = message.speech.tool {
            events.append(
                open(index) { block in
                    write(tool, id: message.toolID, to: &block)
                    block.field("input", object: { _ in })
                }
            )
            events += ([""] + message.speech.argumentPieces).map {
                delta(index, "input_json_delta", "partial_json", $0)
            }
            events.append(close(index))
        }
        return events + [end(message), event("message_stop") { _ in }]
    }

    private static func start(_ message: Message) -> Event {
        event("message_start") { writer in
            writer.field(
                "message",
                object: { inner in
                    write(message, to: &inner) { _ in }
                    inner.null("stop_reason")
                    inner.null("stop_sequence")
                    inner.field("usage", object: { write(message, output: 1, to: &$0) })
                }
            )
        }
    }

    private static func end(_ message: Message) -> Event {
        event("message_delta") { writer in
            writer.field(
                "delta",
                object: { delta in
                    delta.field("stop_reason", message.stopReason)
                    delta.field("stop_sequence", message.stopSequence)
                }
            )
            writer.field("usage", object: { $0.field("output_tokens", message.outputTokens) })
        }
    }

    private static func open(_ index: Int, _ members: (inout JSONWriter) -> Void) -> Event {
        event("content_block_start") { writer in
            writer.field("index", index)
            writer.field("content_block", object: members)
        }
    }

    private static func delta(_ index: Int, _ type: String, _ member: String, _ text: String) -> Event {
        event("content_block_delta") { writer in
            writer.field("index", index)
            writer.field(
                "delta",
                object: { delta in
                    delta.field("type", type)
                    delta.field(member, text)
                }
            )
        }
    }

    private static func close(_ index: Int) -> Event {
        event("content_block_stop") { $0.field("index", index) }
    }

    private static func event(_ name: String, _ members: (inout JSONWriter) -> Void) -> Event {
        let data = JSONWriter.object { writer in
            writer.field("type", name)
            members(&writer)
        }
        return (name, data)
    }

    // MARK: Models

    static let models = [
        "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-4-6", "claude-sonnet-4-6",
        "claude-haiku-4-5", "sim-fast", "sim-slow",
    ]

    static func modelList(limit: Int) -> [UInt8] {
        let shown = models.prefix(limit)
        return JSONWriter.object { writer in
            writer.field("data", array: { list in for model in shown { list.object { write(model, to: &$0) } } })
            writer.field("has_more", shown.count < models.count)
            writer.field("first_id", shown.first)
            writer.field("last_id", shown.last)
        }
    }

    static func model(_ name: String) -> [UInt8] { JSONWriter.object { write(name, to: &$0) } }

    private static func write(_ model: String, to writer: inout JSONWriter) {
        writer.field("type", "model")
        writer.field("id", model)
        writer.field("display_name", model.split(separator: "-").map { $0.capitalizedWord }.joined(separator: " "))
        writer.field("created_at", "2026-09-01T00:00:00Z")
    }
}

extension Substring {
    /// With a capital letter in front.
    fileprivate var capitalizedWord: String { prefix(1).uppercased() + dropFirst() }
}
