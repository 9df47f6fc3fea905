/// Google's Gemini with an API key: chat and pictures by `generateContent`.
public struct GeminiAdapter: Adapter {
    /// `gemini_apikey`.
    public let type = "gemini_apikey"
    /// What people call it.
    public let displayName = "Google Gemini"
    /// Chat, vision, tools and pictures.
    public let capabilities: Capabilities
    /// The key.
    public let fields = [CredentialField("api_key", .key)]

    /// The adapter.
    public init() {
        var capabilities = Capabilities()
        capabilities.dialect = .geminiGenerate
        capabilities.images = true
        capabilities.imageModel = "gemini-3.1-flash-image"
        capabilities.modelFamilies = ["gemini-", "gemma-", "models/", "tunedModels/"]
        self.capabilities = capabilities
    }

    /// `generateContent`.
    public func codec(for traits: ChatTraits) -> (any ChatCodec)? { GeminiCodec() }

    /// `POST …/models/MODEL:generateContent`, or `:streamGenerateContent?alt=sse`.
    public func chatRequest(
        _ config: ConnectorConfig,
        _ chat: OutgoingChat
    ) throws(ProviderError) -> OutgoingRequest {
        let method = chat.stream ? ":streamGenerateContent?alt=sse" : ":generateContent"
        let path = try Self.path(ofModel: chat.model) + method
        return try request(config, path, body: chat.body, accept: chat.stream ? "text/event-stream" : nil)
    }

    /// `GET …/models`, all on one page.
    public func modelsRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try request(config, "/models?pageSize=1000")
    }

    /// `GET …/models?pageSize=1`: free, and checks the key.
    public func healthRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try request(config, "/models?pageSize=1")
    }

    /// A GET without a body, a POST with one. The key travels in a header, since an address ends up in logs.
    func request(
        _ config: ConnectorConfig,
        _ path: String,
        body: [UInt8]? = nil,
        accept: String? = nil
    ) throws(ProviderError) -> OutgoingRequest {
        guard let key = config.credentials["api_key"] else {
            throw ProviderError(.configError, "The field api_key is required.", param: "api_key")
        }
        var headers: [OutgoingRequest.Header] = [("accept", accept ?? "application/json"), ("x-goog-api-key", key)]
        if body != nil { headers.append(("content-type", "application/json")) }
        var base = (config.operatorURL ?? "https://generativelanguage.googleapis.com")[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        return OutgoingRequest(
            method: body == nil ? "GET" : "POST",
            url: base + "/v1beta" + path,
            headers: headers,
            body: body ?? [],
            reach: config.operatorURL == nil ? .publicService : .operatorChoice
        )
    }

    /// `/models/NAME`, or a tuned model's own collection. A name that could rewrite the address is refused.
    static func path(ofModel model: String) throws(ProviderError) -> String {
        let parts = model.split(separator: "/", omittingEmptySubsequences: false)
        let known = parts.count == 1 || (parts.count == 2 && ["models", "tunedModels"].contains(parts[0]))
        guard known, let name = parts.last, (1...128).contains(name.utf8.count), name.utf8.allSatisfy(isNameByte),
            name != ".", name != ".."
        else { throw .unsayable("The model's name is none that Gemini can have.", param: "model") }
        return parts.count == 1 ? "/models/\(model)" : "/\(model)"
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }
}
