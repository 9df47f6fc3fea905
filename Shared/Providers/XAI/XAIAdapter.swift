/// xAI (Grok) with an API key, by its REST interface.
///
/// `stop` and the penalties are refused by its reasoning models. They are the caller's words and which models refuse
/// them changes, so they pass through, and xAI's refusal comes back as `bad_request`.
public struct XAIAdapter: OpenAILike {
    /// `xai_apikey`.
    public let type = "xai_apikey"
    /// What people call it.
    public let displayName = "xAI"
    /// Chat and pictures; no embeddings.
    public let capabilities: Capabilities
    let fixedAddress: String? = "https://api.x.ai/v1"
    /// The key.
    public let fields = [CredentialField("api_key", .keyBeginning(["xai-"]))]

    /// The adapter.
    public init() {
        var capabilities = Capabilities()
        capabilities.images = true
        capabilities.imageModel = "grok-imagine-image-2.0"
        capabilities.modelFamilies = ["grok-"]
        self.capabilities = capabilities
    }

    /// Chat completions that count reasoning beside the output.
    public func codec(for traits: ChatTraits) -> (any ChatCodec)? {
        var habits = OpenAIChatCodec.Habits()
        habits.leavesReasoningOut = true
        return chatCodec(habits)
    }

    /// xAI has no embeddings.
    public func embeddingsRequest(
        _ config: ConnectorConfig,
        model: String,
        body: [UInt8]
    ) throws(ProviderError) -> OutgoingRequest {
        throw ProviderError(.badRequest, "This provider has no embeddings.")
    }

    /// By what its sentences begin with: they are its codes.
    func classify(status: Int?, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        XAIFailure.classify(status: status, header: header, body: body)
    }
}
