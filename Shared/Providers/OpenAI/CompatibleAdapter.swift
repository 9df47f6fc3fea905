/// Any server that speaks OpenAI's chat completions at an address of its own.
public struct CompatibleAdapter: OpenAILike {
    /// `openai_compatible`.
    public let type = "openai_compatible"
    /// What people call it.
    public let displayName = "OpenAI-compatible"
    /// No key needed.
    public let capabilities: Capabilities
    /// The address, and a key where the server wants one.
    public let fields = [
        CredentialField("base_url", .baseURL, secret: false),
        CredentialField("api_key", .key, required: false),
    ]

    /// The adapter.
    public init() {
        var capabilities = Capabilities()
        capabilities.needsKey = false
        capabilities.images = true
        capabilities.embeddings = true
        self.capabilities = capabilities
    }
}
