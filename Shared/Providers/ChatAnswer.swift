/// What the gateway wants to know of a blocking chat answer whose bytes pass through unchanged.
public struct ChatAnswer: Sendable, Equatable {
    /// Tokens, where the provider counts them.
    public var usage: Usage?
    /// The first choice's finish reason, as the provider says it.
    public var finishReason: String?
    /// The model that answered.
    public var model: String?
    /// The model refused in words (`message.refusal`).
    public var refused = false

    /// Nothing known.
    public init() {}

    /// The provider's filter ended the answer, or the model refused.
    public var isRejection: Bool { refused || finishReason == "content_filter" }
}

/// A model in a provider's catalogue.
public struct ModelInfo: Sendable, Equatable {
    /// The name to ask for.
    public var id: String
    /// Who the provider says owns it.
    public var owner: String?
    /// Seconds since 1970, where told.
    public var created: Int64?
    /// `YYYY-MM-DD`: the provider will stop serving it.
    public var shutdownDate: String?

    /// A model.
    public init(id: String, owner: String? = nil, created: Int64? = nil, shutdownDate: String? = nil) {
        self.id = id
        self.owner = owner
        self.created = created
        self.shutdownDate = shutdownDate
    }
}
