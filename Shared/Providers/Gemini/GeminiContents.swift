import JSON

/// Writes a conversation as `systemInstruction` and `contents`.
struct GeminiContents {
    /// Stands for a signature that the caller has lost, or that another provider's model never gave. Without one
    /// Gemini refuses the whole conversation.
    static let noSignature = "skip_thought_signature_validator"

    private let signs: Bool
    /// The names of the functions called so far, by the calls' ids: a result must name its function.
    private var names: [String: String] = [:]

    init(model: String) {
        signs = GeminiGeneration(model) == .levelled
    }

    /// The members of the body. System messages are gathered wherever they stand; when there is nothing else, they
    /// are said as the user's, since a conversation must not be empty.
    mutating func write(_ messages: [ChatMessage], to body: inout JSONWriter) throws(ProviderError) {
        let system = messages.filter { $0.role == .system && !$0.text.isEmpty }
        let talk = messages.filter { $0.role != .system && Self.says($0) }
        guard !system.isEmpty || !talk.isEmpty else {
            throw .unsayable("The conversation is empty.", param: "messages")
        }
        if !system.isEmpty, !talk.isEmpty {
            body.field("systemInstruction", object: { $0.field("parts", array: { Self.writeTexts(system, &$0) }) })
        }
        body.name("contents")
        try body.array { (contents) throws(ProviderError) in
            if talk.isEmpty { Self.content("user", &contents) { Self.writeTexts(system, &$0) } }
            var rest = talk[...]
            while let first = rest.first {
                let isTool = first.role == .tool
                let turn = isTool ? rest.prefix { $0.role == .tool } : rest.prefix(1)
                rest = rest.dropFirst(turn.count)
                try write(turn, &contents)
            }
        }
    }

    /// Whether anything of a message can be said at all.
    private static func says(_ message: ChatMessage) -> Bool {
        message.parts.contains { part in
            switch part {
            case .text(let text): !text.isEmpty
            case .reasoning: false
            case .image(let image): message.role == .user || isData(image)
            case .toolCall: message.role == .assistant
            case .toolResult: message.role == .tool
            }
        }
    }

    private static func isData(_ image: ImagePart) -> Bool {
        if case .data = image.source { true } else { false }
    }

    private static func writeTexts(_ messages: [ChatMessage], _ parts: inout JSONWriter) {
        for message in messages { parts.object { $0.field("text", message.text) } }
    }

    private static func content<E: Error>(
        _ role: String,
        _ contents: inout JSONWriter,
        _ parts: (inout JSONWriter) throws(E) -> Void
    ) throws(E) {
        try contents.object { (content) throws(E) in
            content.field("role", role)
            content.name("parts")
            try content.array(parts)
        }
    }

    /// One turn: a message, or all results of one turn's calls, which belong together.
    private mutating func write(
        _ turn: ArraySlice<ChatMessage>,
        _ contents: inout JSONWriter
    ) throws(ProviderError) {
        let isModel = turn.first?.role == .assistant
        try Self.content(isModel ? "model" : "user", &contents) { (parts) throws(ProviderError) in
            var needsSignature = signs
            for message in turn {
                for part in message.parts { try write(part, isModel: isModel, &needsSignature, &parts) }
            }
        }
    }

    private mutating func write(
        _ part: ContentPart,
        isModel: Bool,
        _ needsSignature: inout Bool,
        _ parts: inout JSONWriter
    ) throws(ProviderError) {
        switch part {
        case .text(let text):
            if !text.isEmpty { parts.object { $0.field("text", text) } }
        case .image(let image):
            if isModel, !Self.isData(image) { return }
            try Self.write(image, &parts)
        case .toolCall(let call):
            names[call.id] = call.name
            // Of several calls at once only the first is signed.
            try Self.write(call, signature: call.signature ?? (needsSignature ? Self.noSignature : nil), &parts)
            needsSignature = false
        case .toolResult(let result): try write(result, &parts)
        case .reasoning: break
        }
    }

    private static func write(_ image: ImagePart, _ parts: inout JSONWriter) throws(ProviderError) {
        guard case .data(let mediaType, let base64) = image.source else {
            throw .unsayable("Gemini takes pictures as data: URLs only, not from a web address.", param: "messages")
        }
        parts.object { part in
            part.field(
                "inlineData",
                object: { blob in
                    blob.field("mimeType", mediaType)
                    blob.field("data", base64)
                }
            )
        }
    }

    private static func write(
        _ call: ToolCall,
        signature: String?,
        _ parts: inout JSONWriter
    ) throws(ProviderError) {
        let arguments = Array(call.arguments.isEmpty ? "{}".utf8 : call.arguments.utf8)
        guard (try? JSONScanner.members(of: arguments, wanted: [])) != nil else {
            throw .unsayable("A tool call's arguments are not a JSON object.", param: "messages")
        }
        parts.object { part in
            part.field(
                "functionCall",
                object: { function in
                    function.optional("id", GeminiCallID.own(call.id))
                    function.field("name", call.name)
                    function.field("args", raw: arguments)
                }
            )
            part.optional("thoughtSignature", signature)
        }
    }

    /// Pictures follow their result: only the newest models know them inside of it.
    private func write(_ result: ToolResult, _ parts: inout JSONWriter) throws(ProviderError) {
        guard let name = names[result.callID] else {
            throw .unsayable("A tool's result answers no call of the conversation.", param: "messages")
        }
        parts.object { part in
            part.field(
                "functionResponse",
                object: { response in
                    response.optional("id", GeminiCallID.own(result.callID))
                    response.field("name", name)
                    response.field(
                        "response",
                        object: { $0.field(result.isError ? "error" : "output", result.content.text) }
                    )
                }
            )
        }
        for case .image(let image) in result.content { try Self.write(image, &parts) }
    }
}
