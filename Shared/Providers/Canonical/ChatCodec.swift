/// How a chat looks on the wire, whoever speaks it. A new provider with a form of its own adds a name in its folder.
public struct Dialect: Sendable, Hashable {
    /// The name, as metrics and logs show it.
    public let name: String

    /// A dialect of that name.
    public init(_ name: String) {
        self.name = name
    }

    /// OpenAI's chat completions, and the many that imitate it.
    public static let openAIChat = Dialect("openai_chat")
    /// OpenAI's responses.
    public static let openAIResponses = Dialect("openai_responses")
    /// Anthropic's messages.
    public static let anthropicMessages = Dialect("anthropic_messages")
    /// Google's generateContent.
    public static let geminiGenerate = Dialect("gemini_generate")
    /// AWS Bedrock's converse.
    public static let bedrockConverse = Dialect("bedrock_converse")
    /// No chat.
    public static let none = Dialect("none")
}

/// Writes chat requests in a provider's dialect and reads its answers. Pure; the gateway moves the bytes.
public protocol ChatCodec: Sendable {
    /// The dialect.
    var dialect: Dialect { get }
    /// What a caller's body calls the limit of the output, where it passes through as it is.
    var limitName: String { get }

    /// The body for a request; `bad_request` when the dialect can't say what the caller means.
    func body(for request: ChatRequest) throws(ProviderError) -> [UInt8]
    /// A blocking answer; `malformed_response` for what is none, a typed error for an error under a 200.
    func result(from body: [UInt8]) throws(ProviderError) -> ChatResult
    /// A reader for one streamed answer.
    func streamReader() -> any ChatStreamReader

    /// What the gateway wants to know of an answer that it passes on as it is. Only dialects that callers speak too
    /// need a cheaper way than ``result(from:)``.
    func facts(of body: [UInt8]) throws(ProviderError) -> ChatAnswer
    /// A watch for a stream that passes through as it is; nil for a dialect that no caller speaks.
    ///
    /// - Parameter hidesUsage: the gateway added the wish for usage; the caller must not see it.
    func watch(hidesUsage: Bool) -> (any PassingWatch)?
}

extension ChatCodec {
    /// OpenAI's present name.
    public var limitName: String { "max_completion_tokens" }

    /// The facts of a whole reading.
    public func facts(of body: [UInt8]) throws(ProviderError) -> ChatAnswer {
        let result = try result(from: body)
        var answer = ChatAnswer()
        answer.usage = result.usage
        answer.finishReason = result.stopReason.rawValue
        answer.model = result.model
        answer.refused = result.stopReason == .contentFilter
        return answer
    }

    /// No caller speaks it.
    public func watch(hidesUsage: Bool) -> (any PassingWatch)? { nil }
}

/// Reads one streamed answer from bytes cut anywhere. Not for two threads at once.
public protocol ChatStreamReader: Sendable {
    /// Takes the next bytes; throws the provider's error in the middle, or `malformed_response`. Of no use after that.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (ChatEvent) -> Void) throws(ProviderError)
    /// The connection has ended; throws `malformed_response` unless the provider had said that the answer is complete.
    mutating func end(_ emit: (ChatEvent) -> Void) throws(ProviderError)
}

/// Watches a stream that passes through to the caller, without re-encoding it.
public protocol PassingWatch: Sendable {
    /// The last usage that the provider told.
    var usage: Usage? { get }
    /// The provider's error in the middle; from there on nothing is passed on.
    var failure: ProviderError? { get }
    /// The terminal marker was passed on.
    var sawDone: Bool { get }
    /// Takes the next bytes and passes on, within the call, whole events that the caller may see.
    mutating func feed(_ chunk: UnsafeRawBufferPointer, pass: (UnsafeRawBufferPointer) -> Void)
    /// The connection has ended: passes on what can still be, and says what the stream came to.
    mutating func end(pass: (UnsafeRawBufferPointer) -> Void) -> StreamEnding
}

/// How a stream that passed through ended.
public enum StreamEnding: Sendable, Equatable {
    /// With its terminal marker.
    case complete
    /// With an error of the provider's, or without a terminal marker (`malformed_response`).
    case failed(ProviderError)
}

/// What decides the dialect of a call beyond the provider: some models want tools in another one.
public struct ChatTraits: Sendable, Equatable {
    /// The provider's name of the model.
    public var model: String
    /// The request offers tools.
    public var hasTools: Bool
    /// The caller's effort, where it names one.
    public var reasoningEffort: String?

    /// Traits.
    public init(model: String, hasTools: Bool = false, reasoningEffort: String? = nil) {
        self.model = model
        self.hasTools = hasTools
        self.reasoningEffort = reasoningEffort
    }
}
