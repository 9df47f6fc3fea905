/// What a provider type can do, told by its adapter, so that nobody keeps a list of types elsewhere.
public struct Capabilities: Sendable, Equatable {
    /// The usual form of chat requests; ``Dialect/none`` for a provider without chat.
    public var dialect: Dialect = .openAIChat
    /// A call without credentials is refused.
    public var needsKey = true
    /// Chat answers may be streamed.
    public var streams = true
    /// Messages may hold pictures.
    public var vision = true
    /// Messages may call tools.
    public var tools = true
    /// Pictures can be generated.
    public var images = false
    /// Image requests know a negative prompt; without it, it is ignored.
    public var negativePrompt = false
    /// The provider recognises a repeated `Idempotency-Key`.
    public var idempotencyKey = false
    /// Credentials can be checked without spending anything.
    public var freeHealthCall = true
    /// `POST …/embeddings` is known.
    public var embeddings = false

    /// The image model for a caller who names none.
    public var imageModel: String?

    /// What the names of its models begin with, as `claude-`; empty for a provider that may have any.
    public var modelFamilies: [String] = []

    /// The defaults: a chat provider with a key.
    public init() {}
}
