/// A whole chat answer in the gateway's own terms.
public struct ChatResult: Sendable, Equatable {
    /// The provider's id of the answer.
    public var id: String?
    /// The model that answered, as the provider names it.
    public var model: String?
    /// What it said, in its order: reasoning, text, tool calls, pictures.
    public var parts: [ContentPart]
    /// Why it ended.
    public var stopReason: StopReason
    /// The stop text that ended it, where told.
    public var stopSequence: String?
    /// What it took, where told.
    public var usage: Usage?

    /// An answer.
    public init(
        id: String? = nil,
        model: String? = nil,
        parts: [ContentPart],
        stopReason: StopReason,
        stopSequence: String? = nil,
        usage: Usage? = nil
    ) {
        self.id = id
        self.model = model
        self.parts = parts
        self.stopReason = stopReason
        self.stopSequence = stopSequence
        self.usage = usage
    }
}

/// Why an answer ended.
public enum StopReason: String, Sendable, CaseIterable {
    /// The model was done, or a stop text came.
    case stop
    /// The answer reached its longest length.
    case length
    /// The model waits for the results of its tool calls.
    case toolCalls = "tool_calls"
    /// The provider's filter, or the model, refused.
    case contentFilter = "content_filter"
    /// The provider wants the same conversation again to go on.
    case pause
    /// The provider says that something broke.
    case error
    /// A word that this build doesn't know.
    case other
}
