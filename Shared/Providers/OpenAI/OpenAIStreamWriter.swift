import JSON

/// Writes a streamed answer as `chat.completion.chunk` events, ending on `[DONE]`.
struct OpenAIStreamWriter: ChatStreamWriter {
    private let facts: AnswerFacts
    private let includesUsage: Bool
    /// What every chunk begins with, once the answer's id and model are known.
    private var head: [UInt8] = []
    private var saidRole = false
    private var usage: Usage?

    init(_ facts: AnswerFacts, includesUsage: Bool) {
        self.facts = facts
        self.includesUsage = includesUsage
    }

    mutating func write(_ event: ChatEvent, to bytes: inout [UInt8]) {
        switch event {
        case .start(let id, let model): begin(id, model)
        case .text(let text): delta(to: &bytes) { $0.field("content", text) }
        case .reasoning(let text): delta(to: &bytes) { $0.field("reasoning_content", text) }
        case .reasoningSignature(let signature):
            thinking(to: &bytes) { block in
                block.field("type", "thinking")
                block.field("thinking", "")
                block.field("signature", signature)
            }
        case .redactedReasoning(let data):
            thinking(to: &bytes) { block in
                block.field("type", "redacted_thinking")
                block.field("data", data)
            }
        case .toolCall(let index, let id, let name, let signature):
            call(to: &bytes) { call in
                call.field("index", index)
                let opened = ToolCall(id: id, name: name, arguments: "", signature: signature)
                Self.open(opened, &call)
            }
        case .toolArguments(let index, let piece):
            call(to: &bytes) { call in
                call.field("index", index)
                call.field("function", object: { $0.field("arguments", piece) })
            }
        case .image(let image):
            delta(to: &bytes) { delta in
                delta.field("images", array: { list in list.object { OpenAISurface.write(image, &$0) } })
            }
        case .hostedCall, .hostedResult, .filter, .other: break
        case .usage(let told): usage = told
        case .stop(let reason, _): chunk(to: &bytes, finish: reason.openAIWord) { _ in }
        }
    }

    mutating func finish(to bytes: inout [UInt8]) {
        if includesUsage, let usage {
            begin(nil, nil)
            bytes.append(contentsOf: head)
            bytes.append(contentsOf: #"[],"usage":"#.utf8)
            bytes.append(contentsOf: JSONWriter.object { OpenAISurface.write(usage, &$0) })
            bytes.append(contentsOf: "}\n\n".utf8)
        }
        bytes.append(contentsOf: "data: [DONE]\n\n".utf8)
    }

    private mutating func begin(_ id: String?, _ model: String?) {
        guard head.isEmpty else { return }
        let object = JSONWriter.object { writer in
            writer.field("id", id ?? facts.id)
            writer.field("object", "chat.completion.chunk")
            writer.field("created", facts.createdAt)
            writer.field("model", model ?? facts.model)
        }
        head = Array("data: ".utf8) + object.dropLast() + Array(#","choices":"#.utf8)
    }

    private static func open(_ call: ToolCall, _ writer: inout JSONWriter) {
        writer.field("id", call.id)
        writer.field("type", "function")
        writer.field(
            "function",
            object: { function in
                function.field("name", call.name)
                function.field("arguments", "")
            }
        )
        guard let signature = call.signature else { return }
        writer.field(
            "extra_content",
            object: { $0.field("google", object: { $0.field("thought_signature", signature) }) }
        )
    }

    private mutating func delta(to bytes: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        chunk(to: &bytes, finish: nil, members)
    }

    private mutating func call(to bytes: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        delta(to: &bytes) { $0.field("tool_calls", array: { $0.object(members) }) }
    }

    private mutating func thinking(to bytes: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        delta(to: &bytes) { $0.field("thinking_blocks", array: { $0.object(members) }) }
    }

    private mutating func chunk(
        to bytes: inout [UInt8],
        finish: String?,
        _ delta: (inout JSONWriter) -> Void
    ) {
        begin(nil, nil)
        bytes.append(contentsOf: head)
        var writer = JSONWriter(capacity: 192)
        writer.array { choices in
            choices.object { choice in
                choice.field("index", 0)
                choice.field(
                    "delta",
                    object: { members in
                        if !saidRole { members.field("role", "assistant") }
                        delta(&members)
                    }
                )
                choice.null("logprobs")
                choice.field("finish_reason", finish)
            }
        }
        saidRole = true
        bytes.append(contentsOf: writer.bytes)
        bytes.append(contentsOf: (includesUsage ? ",\"usage\":null}\n\n" : "}\n\n").utf8)
    }
}
