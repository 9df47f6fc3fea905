import JSON

/// Writes a streamed answer as Anthropic's events: blocks with rising index, one open at a time.
///
/// Some providers let several tool calls grow at the same time. The first one is written as it comes; the others wait
/// until its arguments are a whole object, since a closed block can't be opened again.
struct AnthropicStreamWriter: ChatStreamWriter {
    private enum Block: Equatable {
        case text
        case thinking(isSigned: Bool)
        /// The answer's index of the call.
        case call(Int)
    }

    /// A call that waits for the one before it.
    private struct Waiting {
        let index: Int
        let id: String
        let name: String
        var arguments = ""
    }

    /// Of one call's arguments, bytes: past it the next call no longer waits.
    private static let longestArguments = 4 << 20

    private let facts: AnswerFacts
    private var hasBegun = false
    private var open: Block?
    /// The index of the open block, or of the next one.
    private var index = 0
    /// What the open call has got so far, to know when it is whole.
    private var arguments = ""
    private var waiting: [Waiting] = []
    private var usage: Usage?
    private var stop: (reason: StopReason, sequence: String?) = (.other, nil)
    /// What each piece of the open block begins with.
    private var head: [UInt8] = []

    init(_ facts: AnswerFacts) {
        self.facts = facts
    }

    mutating func write(_ event: ChatEvent, to bytes: inout [UInt8]) {
        switch event {
        case .start(let id, let model): begin(id, model, to: &bytes)
        case .text(let text):
            if open != .text { openText(to: &bytes) }
            piece(text, to: &bytes)
        case .reasoning(let text):
            if open != .thinking(isSigned: false) { openThinking(to: &bytes) }
            piece(text, to: &bytes)
        case .reasoningSignature(let signature):
            if open != .thinking(isSigned: false) { openThinking(to: &bytes) }
            open = .thinking(isSigned: true)
            delta("signature_delta", "signature")
            piece(signature, to: &bytes)
        case .redactedReasoning(let data):
            closeAll(to: &bytes)
            start(to: &bytes) { block in
                block.field("type", "redacted_thinking")
                block.field("data", data)
            }
            close(to: &bytes)
        case .toolCall(let index, let id, let name, _):
            call(Waiting(index: index, id: id, name: name), to: &bytes)
        case .toolArguments(let index, let text): grow(index, text, to: &bytes)
        case .image(let image):
            if open != .text { openText(to: &bytes) }
            piece("![image](\(DataURL.text(image.source)))", to: &bytes)
        case .hostedCall, .hostedResult, .filter, .other: break
        case .usage(let told): usage = told
        case .stop(let reason, let sequence):
            begin(nil, nil, to: &bytes)
            closeAll(to: &bytes)
            stop = (reason, sequence)
        }
    }

    mutating func finish(to bytes: inout [UInt8]) {
        begin(nil, nil, to: &bytes)
        closeAll(to: &bytes)
        let ending = stop
        let usage = usage ?? Usage()
        Self.event("message_delta", to: &bytes) { writer in
            writer.field(
                "delta",
                object: { delta in
                    delta.field("stop_reason", ending.reason.anthropicWord(sequence: ending.sequence))
                    delta.field("stop_sequence", ending.sequence)
                }
            )
            writer.field("usage", object: { usage.writeAnthropic(&$0) })
        }
        Self.event("message_stop", to: &bytes) { _ in }
    }

    // MARK: Calls

    private mutating func call(_ call: Waiting, to bytes: inout [UInt8]) {
        if case .call = open, !isWhole {
            waiting.append(call)
        } else {
            openCall(call, to: &bytes)
        }
    }

    private mutating func grow(_ index: Int, _ text: String, to bytes: inout [UInt8]) {
        if open == .call(index) {
            if arguments.utf8.count <= Self.longestArguments { arguments += text }
            piece(text, to: &bytes)
            while !waiting.isEmpty, isWhole { openCall(waiting.removeFirst(), to: &bytes) }
        } else if let place = waiting.firstIndex(where: { $0.index == index }) {
            waiting[place].arguments += text
        }
    }

    private var isWhole: Bool {
        arguments.utf8.count > Self.longestArguments || AnthropicBlocks.isObject(arguments)
    }

    private mutating func openCall(_ call: Waiting, to bytes: inout [UInt8]) {
        close(to: &bytes)
        start(to: &bytes) { block in
            block.field("type", "tool_use")
            block.field("id", AnthropicBlocks.id(call.id))
            block.field("name", call.name)
            block.field("input", object: { _ in })
        }
        open = .call(call.index)
        arguments = call.arguments
        delta("input_json_delta", "partial_json")
        if !arguments.isEmpty { piece(arguments, to: &bytes) }
    }

    // MARK: Blocks

    private mutating func openText(to bytes: inout [UInt8]) {
        closeAll(to: &bytes)
        start(to: &bytes) { block in
            block.field("type", "text")
            block.field("text", "")
        }
        open = .text
        delta("text_delta", "text")
    }

    private mutating func openThinking(to bytes: inout [UInt8]) {
        closeAll(to: &bytes)
        start(to: &bytes) { block in
            block.field("type", "thinking")
            block.field("thinking", "")
            block.field("signature", "")
        }
        open = .thinking(isSigned: false)
        delta("thinking_delta", "thinking")
    }

    private mutating func closeAll(to bytes: inout [UInt8]) {
        while !waiting.isEmpty { openCall(waiting.removeFirst(), to: &bytes) }
        close(to: &bytes)
    }

    private mutating func close(to bytes: inout [UInt8]) {
        guard open != nil else { return }
        open = nil
        Self.event("content_block_stop", to: &bytes) { $0.field("index", index) }
        index += 1
    }

    private mutating func start(to bytes: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        begin(nil, nil, to: &bytes)
        Self.event("content_block_start", to: &bytes) { writer in
            writer.field("index", index)
            writer.field("content_block", object: members)
        }
        open = .text
    }

    private mutating func begin(_ id: String?, _ model: String?, to bytes: inout [UInt8]) {
        guard !hasBegun else { return }
        hasBegun = true
        let usage = usage ?? Usage()
        Self.event("message_start", to: &bytes) { writer in
            writer.field(
                "message",
                object: { message in
                    message.field("id", id ?? facts.id)
                    message.field("type", "message")
                    message.field("role", "assistant")
                    message.field("model", model ?? facts.model)
                    message.field("content", array: { _ in })
                    message.null("stop_reason")
                    message.null("stop_sequence")
                    message.field("usage", object: { usage.writeAnthropic(&$0) })
                }
            )
        }
    }

    // MARK: Bytes

    /// Prepares what the next pieces begin with.
    private mutating func delta(_ type: String, _ member: String) {
        head = Array(
            #"""
            event: content_block_delta
            data: {"type":"content_block_delta","index":\#(index),"delta":{"type":"\#(type)","\#(member)":
            """#.utf8
        )
    }

    private func piece(_ text: String, to bytes: inout [UInt8]) {
        var writer = JSONWriter(capacity: text.utf8.count + 8)
        writer.value(text)
        bytes.append(contentsOf: head)
        bytes.append(contentsOf: writer.bytes)
        bytes.append(contentsOf: "}}\n\n".utf8)
    }

    private static func event(_ name: String, to bytes: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        bytes.append(contentsOf: "event: \(name)\ndata: ".utf8)
        bytes.append(
            contentsOf: JSONWriter.object { writer in
                writer.field("type", name)
                members(&writer)
            }
        )
        bytes.append(contentsOf: "\n\n".utf8)
    }
}
