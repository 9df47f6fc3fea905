public import JSON

/// A chat request in the gateway's own terms: what every dialect can be read into and written from.
///
/// It holds what a caller means, not how a provider spells it. What a dialect can't say is left out by its codec where
/// leaving it out changes only taste (`seed`, a penalty), and refused as `bad_request` where it would change the
/// answer's meaning.
public struct ChatRequest: Sendable, Equatable {
    /// The provider's name of the model.
    public var model: String
    /// The conversation, system messages included, in the caller's order.
    public var messages: [ChatMessage]
    /// What the model may call.
    public var tools: [ChatTool] = []
    /// Whether it must; nil leaves it to the provider.
    public var toolChoice: ToolChoice?
    /// false: at most one call in an answer; nil leaves it to the provider.
    public var parallelToolCalls: Bool?
    /// The longest answer in tokens, reasoning included.
    public var maxTokens: Int?
    /// Dropped for models that refuse sampling parameters.
    public var temperature: Double?
    /// As ``temperature``.
    public var topP: Double?
    /// As ``temperature``.
    public var topK: Int?
    /// Texts that end the answer.
    public var stop: [String] = []
    /// Left out where the dialect has none.
    public var seed: Int64?
    /// Left out where the dialect has none.
    public var frequencyPenalty: Double?
    /// Left out where the dialect has none.
    public var presencePenalty: Double?
    /// How much the model should think before it answers.
    public var reasoning: ReasoningWish?
    /// What form the answer's text must have; nil is plain text.
    public var format: ResponseFormat?
    /// The caller's own name for its user.
    public var user: String?
    /// The answer comes in pieces.
    public var stream = false
    /// The caller wants the tokens told at a stream's end.
    public var includesUsage = false

    /// A request with a conversation and nothing else.
    public init(model: String, messages: [ChatMessage]) {
        self.model = model
        self.messages = messages
    }
}

/// A function that a model may call.
public struct ChatTool: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// What it is for, in words for the model.
    public var description: String?
    /// The JSON schema of its arguments; nil for none.
    public var schema: JSONValue?
    /// The provider must hold the arguments to the schema.
    public var isStrict: Bool?

    /// A tool.
    public init(_ name: String, description: String? = nil, schema: JSONValue? = nil, isStrict: Bool? = nil) {
        self.name = name
        self.description = description
        self.schema = schema
        self.isStrict = isStrict
    }
}

/// Whether a model may, must or must not call a tool.
public enum ToolChoice: Sendable, Equatable {
    /// As it sees fit.
    case auto
    /// Not at all.
    case none
    /// At least one, whichever.
    case required
    /// That one.
    case tool(String)
}

/// How much a model should think.
public struct ReasoningWish: Sendable, Equatable {
    /// `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`; providers know a part of these.
    public var effort: String?
    /// Tokens that may be spent on it.
    public var budgetTokens: Int?

    /// A wish.
    public init(effort: String? = nil, budgetTokens: Int? = nil) {
        self.effort = effort
        self.budgetTokens = budgetTokens
    }
}

/// What form an answer's text must have.
public enum ResponseFormat: Sendable, Equatable {
    /// Some JSON object.
    case json
    /// JSON by a schema.
    case schema(name: String, schema: JSONValue, isStrict: Bool?)
}
