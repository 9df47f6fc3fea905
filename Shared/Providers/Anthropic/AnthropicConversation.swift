import JSON

/// A conversation as Anthropic wants it: the instructions apart, then turns of the user and of the model, neighbours of
/// the same side merged, and the results of tools first in theirs.
struct AnthropicConversation {
    /// What one side says before the other does.
    struct Turn {
        let isAssistant: Bool
        var results: [ToolResult] = []
        var parts: [ContentPart] = []
    }

    private(set) var system = ""
    private(set) var turns: [Turn] = []

    init(_ request: ChatRequest) {
        for message in request.messages {
            switch message.role {
            case .system: instruct(message.text)
            case .user: add(message.parts, isAssistant: false)
            case .assistant: add(message.parts, isAssistant: true)
            case .tool: add(message.parts, isAssistant: false)
            }
        }
        // There is no other word for JSON without a schema.
        if request.format == .json { instruct("Answer with one JSON object and nothing else.") }
    }

    private mutating func instruct(_ text: String) {
        guard !text.isEmpty else { return }
        system += system.isEmpty ? text : "\n\n" + text
    }

    /// Empty texts are refused by Anthropic, and so is what can't go back to the model; both are left out.
    private mutating func add(_ parts: [ContentPart], isAssistant: Bool) {
        var turn = Turn(isAssistant: isAssistant)
        for part in parts {
            switch part {
            case .text(let text) where text.isEmpty: break
            case .image where isAssistant: break
            case .reasoning(let thought) where !isAssistant || !AnthropicBlocks.canGoBack(thought): break
            case .toolCall where !isAssistant: break
            case .toolResult(let result): if !isAssistant { turn.results.append(result) }
            default: turn.parts.append(part)
            }
        }
        guard !turn.results.isEmpty || !turn.parts.isEmpty else { return }
        if let last = turns.indices.last, turns[last].isAssistant == isAssistant {
            turns[last].results += turn.results
            turns[last].parts += turn.parts
        } else {
            turns.append(turn)
        }
    }
}

extension AnthropicConversation.Turn {
    /// One text stands as a string, everything else as blocks.
    func write(_ writer: inout JSONWriter) {
        writer.field("role", isAssistant ? "assistant" : "user")
        if results.isEmpty, parts.count == 1, case .text(let text) = parts[0] {
            return writer.field("content", text)
        }
        writer.field(
            "content",
            array: { list in
                for result in results { list.object { AnthropicBlocks.write(result, &$0) } }
                for part in parts { list.object { AnthropicBlocks.write(part, &$0) } }
            }
        )
    }
}

/// Anthropic's content blocks, the same in requests and in answers.
enum AnthropicBlocks {
    /// Thoughts are taken back only with their proof.
    static func canGoBack(_ thought: ReasoningPart) -> Bool {
        thought.redacted?.isEmpty == false || thought.signature?.isEmpty == false
    }

    /// The members of one block. Pictures that a model made have no block: they become a text in Markdown's form.
    static func write(_ part: ContentPart, inAnswer: Bool = false, _ writer: inout JSONWriter) {
        switch part {
        case .text(let text): writeText(text, &writer)
        case .image(let image):
            if inAnswer { writeText("![image](\(DataURL.text(image.source)))", &writer) } else { write(image, &writer) }
        case .reasoning(let thought): write(thought, &writer)
        case .toolCall(let call):
            writer.field("type", "tool_use")
            writer.field("id", id(call.id))
            writer.field("name", call.name)
            writer.name("input")
            writeInput(call.arguments, &writer)
        case .toolResult(let result): write(result, &writer)
        }
    }

    /// The result of a tool; with pictures as blocks, otherwise as a string.
    static func write(_ result: ToolResult, _ writer: inout JSONWriter) {
        writer.field("type", "tool_result")
        writer.field("tool_use_id", id(result.callID))
        let content = result.content.filter { part in
            switch part {
            case .text(let text): !text.isEmpty
            case .image: true
            default: false
            }
        }
        if content.contains(where: { if case .image = $0 { true } else { false } }) {
            writer.field("content", array: { list in for part in content { list.object { write(part, &$0) } } })
        } else {
            writer.field("content", content.text)
        }
        if result.isError { writer.field("is_error", true) }
    }

    private static func writeText(_ text: String, _ writer: inout JSONWriter) {
        writer.field("type", "text")
        writer.field("text", text)
    }

    private static func write(_ image: ImagePart, _ writer: inout JSONWriter) {
        writer.field("type", "image")
        writer.field(
            "source",
            object: { source in
                switch image.source {
                case .data(let mediaType, let base64):
                    source.field("type", "base64")
                    source.field("media_type", mediaType)
                    source.field("data", base64)
                case .url(let url):
                    source.field("type", "url")
                    source.field("url", url)
                }
            }
        )
    }

    private static func write(_ thought: ReasoningPart, _ writer: inout JSONWriter) {
        if let data = thought.redacted {
            writer.field("type", "redacted_thinking")
            writer.field("data", data)
        } else {
            writer.field("type", "thinking")
            writer.field("thinking", thought.text)
            writer.field("signature", thought.signature ?? "")
        }
    }

    /// A call's arguments as an object. What a model broke stays readable under `arguments`: the conversation must be
    /// able to go on.
    static func writeInput(_ arguments: String, _ writer: inout JSONWriter) {
        if arguments.isEmpty {
            writer.object { _ in }
        } else if isObject(arguments) {
            writer.raw(arguments.utf8)
        } else {
            writer.object { $0.field("arguments", arguments) }
        }
    }

    /// Whether the text is one JSON object.
    static func isObject(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            guard let first = bytes.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") else { return false }
            return (try? JSONScanner.validate(bytes)) != nil
        }
    }

    /// Ids of calls hold letters, digits, `_` and `-` there; others' may hold more.
    static func id(_ id: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
            default: false
            }
        }
        if !id.isEmpty, id.utf8.allSatisfy(isPlain) { return id }
        let plain = id.utf8.map { isPlain($0) ? $0 : UInt8(ascii: "_") }
        return plain.isEmpty ? "call" : String(decoding: plain, as: UTF8.self)
    }
}
