import JSON

/// OpenRouter with an API key: OpenAI's dialect in front of many providers, with the price in every usage.
public struct OpenRouterAdapter: OpenAILike {
    /// `openrouter_apikey`.
    public let type = "openrouter_apikey"
    /// What people call it.
    public let displayName = "OpenRouter"
    /// Everything but a negative prompt.
    public let capabilities: Capabilities
    let fixedAddress: String? = "https://openrouter.ai/api/v1"
    /// The key.
    public let fields = [CredentialField("api_key", .keyBeginning(["sk-or-"]))]

    /// The adapter.
    public init() {
        var capabilities = Capabilities()
        capabilities.images = true
        capabilities.imageModel = "google/gemini-3.1-flash-image"
        capabilities.embeddings = true
        capabilities.modelFamilies = [
            "openrouter/", "openai/", "anthropic/", "google/", "x-ai/", "meta-llama/", "mistralai/", "deepseek/",
            "qwen/",
        ]
        self.capabilities = capabilities
    }

    /// By OpenRouter's own table.
    func classify(status: Int?, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        OpenRouterFailure.classify(status: status, header: header, body: body)
    }

    /// `GET …/key`: the list of models is open to anybody and proves nothing.
    public func healthRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try request(config, "GET", "/key", body: [], accept: nil)
    }

    /// nil when the answer tells of the key.
    public func health(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError? {
        guard status == 200 else { return failure(status: status, header: header, body: body) }
        guard let root = try? JSONValue(parsing: body) else { return .malformed("is not JSON") }
        if root.optional("error") != nil { return classify(status: nil, header: header, body: body) }
        return root["data"]?.object == nil ? .malformed("tells nothing of the key") : nil
    }
}
