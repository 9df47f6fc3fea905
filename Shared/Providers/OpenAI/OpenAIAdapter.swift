/// OpenAI with an API key.
public struct OpenAIAdapter: OpenAILike {
    /// `openai_apikey`.
    public let type = "openai_apikey"
    /// What people call it.
    public let displayName = "OpenAI"
    /// Everything but a negative prompt.
    public let capabilities: Capabilities
    let fixedAddress: String? = "https://api.openai.com/v1"
    /// The key.
    public let fields = [CredentialField("api_key", .keyBeginning(["sk-"]))]

    /// The adapter.
    public init() {
        var capabilities = Capabilities()
        capabilities.images = true
        capabilities.imageModel = "gpt-image-2"
        capabilities.idempotencyKey = true
        capabilities.embeddings = true
        capabilities.modelFamilies = ["gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-", "dall-e-"]
        self.capabilities = capabilities
    }
}
