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

    /// Chat completions, and responses where a newer model is offered tools: it refuses them on chat completions unless
    /// it shall not think at all.
    public func codec(for traits: ChatTraits) -> (any ChatCodec)? {
        let wantsResponses = traits.hasTools && traits.reasoningEffort != "none" && Self.isNewer(traits.model)
        return wantsResponses ? OpenAIResponsesCodec() : chatCodec()
    }

    /// `POST …/chat/completions` or `POST …/responses`.
    public func chatRequest(
        _ config: ConnectorConfig,
        _ chat: OutgoingChat
    ) throws(ProviderError) -> OutgoingRequest {
        let path = chat.dialect == .openAIResponses ? "/responses" : "/chat/completions"
        let accept = chat.stream ? "text/event-stream" : nil
        return try request(config, "POST", path, body: chat.body, accept: accept)
    }

    /// `gpt-5.4` and later by its name, fine-tuned ones too. Other names say nothing and count as older.
    static func isNewer(_ model: String) -> Bool {
        var name = model[...]
        if name.hasPrefix("ft:") { name = name.dropFirst(3) }
        guard name.hasPrefix("gpt-") else { return false }
        let version = name.dropFirst(4).prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let numbers = version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard let major = numbers.first ?? nil, numbers.count <= 2 else { return false }
        guard let rest = name.dropFirst(4 + version.count).first else { return newer(major, numbers) }
        return (rest == "-" || rest == ":") && newer(major, numbers)
    }

    private static func newer(_ major: Int, _ numbers: [Int?]) -> Bool {
        major >= 6 || (major == 5 && ((numbers.dropFirst().first ?? nil) ?? 0) >= 4)
    }
}
