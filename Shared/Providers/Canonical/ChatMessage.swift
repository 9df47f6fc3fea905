/// One message of a conversation.
public struct ChatMessage: Sendable, Equatable {
    /// Who speaks.
    public enum Role: String, Sendable, CaseIterable {
        /// The instructions; OpenAI's `developer` is the same.
        case system
        /// The person.
        case user
        /// The model.
        case assistant
        /// The results of tools that the model called.
        case tool
    }

    /// Who speaks.
    public var role: Role
    /// What is said, in its order.
    public var parts: [ContentPart]

    /// A message.
    public init(_ role: Role, _ parts: [ContentPart]) {
        self.role = role
        self.parts = parts
    }

    /// A message of text alone.
    public init(_ role: Role, _ text: String) {
        self.init(role, [.text(text)])
    }

    /// All text parts, joined with nothing between.
    public var text: String { parts.text }
}

/// A piece of a message.
public enum ContentPart: Sendable, Equatable {
    /// Words.
    case text(String)
    /// A picture.
    case image(ImagePart)
    /// What the model thought before it spoke. Some providers want it back unchanged on the next turn.
    case reasoning(ReasoningPart)
    /// The model calls a tool. In assistant messages.
    case toolCall(ToolCall)
    /// What a tool gave. In tool messages.
    case toolResult(ToolResult)
}

extension [ContentPart] {
    /// All text parts, joined with nothing between.
    public var text: String {
        var text = ""
        for case .text(let piece) in self { text += piece }
        return text
    }

    /// The tool calls in order.
    public var toolCalls: [ToolCall] {
        compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
    }

    /// All reasoning that may be read, joined with nothing between.
    public var reasoningText: String {
        var text = ""
        for case .reasoning(let part) in self { text += part.text }
        return text
    }
}

/// A picture in a message: its bytes as base64 text, which goes through undecoded, or its address.
public struct ImagePart: Sendable, Equatable {
    /// Where the picture is.
    public enum Source: Sendable, Equatable {
        /// `image/png` and the like, and the file's bytes in base64.
        case data(mediaType: String, base64: String)
        /// A web address that the provider fetches.
        case url(String)
    }

    /// Where the picture is.
    public var source: Source
    /// OpenAI's `low`, `high`, `auto` or `original`.
    public var detail: String?

    /// A picture.
    public init(_ source: Source, detail: String? = nil) {
        self.source = source
        self.detail = detail
    }
}

/// What a model thought.
public struct ReasoningPart: Sendable, Equatable {
    /// The words; empty when they are hidden.
    public var text: String
    /// The provider's proof that they are its own, opaque, to be sent back unchanged.
    public var signature: String?
    /// Hidden thoughts, opaque, to be sent back unchanged.
    public var redacted: String?

    /// Thoughts.
    public init(_ text: String, signature: String? = nil, redacted: String? = nil) {
        self.text = text
        self.signature = signature
        self.redacted = redacted
    }
}

/// A model's call of a tool.
public struct ToolCall: Sendable, Equatable {
    /// What the result refers to.
    public var id: String
    /// The tool.
    public var name: String
    /// A JSON object as text; empty stands for `{}`. The model wrote it: it may be broken.
    public var arguments: String
    /// Gemini's `thoughtSignature` on the call: opaque, to be sent back unchanged.
    public var signature: String?

    /// A call.
    public init(id: String, name: String, arguments: String, signature: String? = nil) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.signature = signature
    }
}

/// What a tool gave.
public struct ToolResult: Sendable, Equatable {
    /// The ``ToolCall/id`` that it answers.
    public var callID: String
    /// Text and pictures.
    public var content: [ContentPart]
    /// The tool failed.
    public var isError: Bool

    /// A result.
    public init(callID: String, content: [ContentPart], isError: Bool = false) {
        self.callID = callID
        self.content = content
        self.isError = isError
    }
}
