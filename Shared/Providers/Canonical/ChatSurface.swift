/// A dialect that callers speak to the gateway: the other side of a ``ChatCodec``.
public protocol ChatSurface: Sendable {
    /// The dialect.
    var dialect: Dialect { get }
    /// The names, in small letters, of a caller's headers that go to a provider of the same dialect with its body.
    var passedHeaders: [String] { get }
    /// Reads a caller's request; `bad_request` naming the member at fault.
    func request(from body: [UInt8]) throws(ProviderError) -> ChatRequest
    /// A blocking answer as the caller's SDK expects it.
    func body(for result: ChatResult, _ facts: AnswerFacts) -> [UInt8]
    /// A writer for one streamed answer.
    func streamWriter(_ facts: AnswerFacts, includesUsage: Bool) -> any ChatStreamWriter
}

extension ChatSurface {
    /// None.
    public var passedHeaders: [String] { [] }
}

/// What an answer shows that a provider may not have told.
public struct AnswerFacts: Sendable, Equatable {
    /// The answer's id when the provider gave none.
    public var id: String
    /// The model that the caller asked for.
    public var model: String
    /// Seconds since 1970.
    public var createdAt: Int64

    /// Facts.
    public init(id: String, model: String, createdAt: Int64) {
        self.id = id
        self.model = model
        self.createdAt = createdAt
    }
}

/// Writes one streamed answer in a caller's dialect.
public protocol ChatStreamWriter: Sendable {
    /// Appends the bytes for an event; may be none.
    mutating func write(_ event: ChatEvent, to bytes: inout [UInt8])
    /// Appends the terminal marker of a complete answer.
    mutating func finish(to bytes: inout [UInt8])
}
