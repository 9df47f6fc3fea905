import JSON

/// Anthropic with an API key: messages, without pictures of its own.
public struct AnthropicAdapter: Adapter {
    /// `anthropic_apikey`.
    public let type = "anthropic_apikey"
    /// What people call it.
    public let displayName = "Anthropic"
    /// Chat with tools and pictures in messages; no images and no embeddings.
    public let capabilities: Capabilities
    /// The key.
    public let fields = [CredentialField("api_key", .keyBeginning(["sk-ant-"]))]

    private let version: String

    /// - Parameter version: the `anthropic-version` of calls whose caller names none. From `2026-10-21` on, sampling
    ///   parameters are refused, so the older one is the usual one.
    public init(version: String = "2023-06-01") {
        self.version = version
        var capabilities = Capabilities()
        capabilities.dialect = .anthropicMessages
        capabilities.modelFamilies = ["claude-"]
        self.capabilities = capabilities
    }

    /// Messages.
    public func codec(for traits: ChatTraits) -> (any ChatCodec)? {
        AnthropicChatCodec(dropsSampling: version >= "2026-10-21")
    }

    /// `POST …/v1/messages`; the caller's own version and betas go along when the body is the caller's.
    public func chatRequest(
        _ config: ConnectorConfig,
        _ chat: OutgoingChat
    ) throws(ProviderError) -> OutgoingRequest {
        var request = try request(config, "POST", "/v1/messages")
        request.headers.append(("content-type", "application/json"))
        if chat.stream { request.headers[0].value = "text/event-stream" }
        for header in chat.headers {
            request.headers.removeAll { $0.name == header.name }
            request.headers.append(header)
        }
        request.body = chat.body
        return request
    }

    /// `GET …/v1/models`, a thousand at most, which is more than there are.
    public func modelsRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try request(config, "GET", "/v1/models?limit=1000")
    }

    /// `GET …/v1/models?limit=1`: free, and checks the key.
    public func healthRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try request(config, "GET", "/v1/models?limit=1")
    }

    /// Classifies an answer that is not a success.
    public func failure(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        AnthropicFailure.classify(status: status, header: header, body: body)
    }

    /// The catalogue.
    public func models(from body: [UInt8]) throws(ProviderError) -> [ModelInfo] {
        guard let list = (try? JSONValue(parsing: body))?["data"]?.array else {
            throw .malformed("holds no models")
        }
        return list.prefix(10_000).compactMap { entry in
            guard let id = entry["id"]?.string, !id.isEmpty, id.utf8.count <= 256 else { return nil }
            let created = entry["created_at"]?.string.flatMap(InternetTime.seconds)
            return ModelInfo(id: id, owner: "anthropic", created: created.map { Int64($0) })
        }
    }

    /// nil when the answer proves the credentials.
    public func health(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError? {
        guard status == 200 else { return failure(status: status, header: header, body: body) }
        do throws(ProviderError) {
            _ = try models(from: body)
            return nil
        } catch {
            return error
        }
    }

    /// There are none; an error under a 200 is still told.
    public func images(from body: [UInt8]) throws(ProviderError) -> ImageResult {
        if (try? JSONValue(parsing: body))?.optional("error") != nil {
            throw AnthropicFailure.classify(status: nil, header: { _ in nil }, body: body)
        }
        throw .noImage
    }

    private func request(
        _ config: ConnectorConfig,
        _ method: String,
        _ path: String
    ) throws(ProviderError) -> OutgoingRequest {
        guard let key = config.credentials["api_key"] else {
            throw ProviderError(.configError, "The field api_key is required.", param: "api_key")
        }
        var base = (config.operatorURL ?? "https://api.anthropic.com")[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        return OutgoingRequest(
            method: method,
            url: base + path,
            headers: [("accept", "application/json"), ("x-api-key", key), ("anthropic-version", version)],
            reach: config.operatorURL == nil ? .publicService : .operatorChoice
        )
    }
}
