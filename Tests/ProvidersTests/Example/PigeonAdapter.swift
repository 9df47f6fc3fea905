import JSON
import Providers

/// The guide's worked example: an imaginary provider with a form of its own. The contract tests run over it as over
/// those that ship.
struct PigeonAdapter: Adapter {
    let type = "pigeon_post"
    let displayName = "Pigeon Post"
    let capabilities: Capabilities
    let fields = [CredentialField("api_key", .keyBeginning(["coo-"]))]

    init() {
        var capabilities = Capabilities()
        capabilities.dialect = .pigeon
        capabilities.tools = false
        capabilities.vision = false
        capabilities.modelFamilies = ["homer-"]
        self.capabilities = capabilities
    }

    func codec(for traits: ChatTraits) -> (any ChatCodec)? { PigeonCodec() }

    func chatRequest(_ config: ConnectorConfig, _ chat: OutgoingChat) throws(ProviderError) -> OutgoingRequest {
        try request(config, "POST", chat.stream ? "/letters/stream" : "/letters", chat.body)
    }

    func modelsRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try request(config, "GET", "/birds")
    }

    func healthRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try modelsRequest(config)
    }

    private func request(
        _ config: ConnectorConfig,
        _ method: String,
        _ path: String,
        _ body: [UInt8] = []
    ) throws(ProviderError) -> OutgoingRequest {
        guard let key = config.credentials["api_key"] else {
            throw ProviderError(.configError, "The field api_key is required.", param: "api_key")
        }
        var base = config.operatorURL ?? "https://post.pigeon.example"
        while base.hasSuffix("/") { base.removeLast() }
        var request = OutgoingRequest(method: method, url: base + path, headers: [("x-pigeon-key", key)], body: body)
        if !body.isEmpty { request.headers.append(("content-type", "application/json")) }
        request.reach = config.operatorURL == nil ? .publicService : .operatorChoice
        return request
    }

    func failure(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        PigeonCodec.failure(status: status, try? JSONValue(parsing: body))
    }

    func models(from body: [UInt8]) throws(ProviderError) -> [ModelInfo] {
        guard let birds = (try? JSONValue(parsing: body))?["birds"]?.array else {
            throw ProviderError(.malformedResponse, "The provider's answer holds no models.")
        }
        return birds.compactMap(\.string).map { ModelInfo(id: $0) }
    }

    func health(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError? {
        status == 200 ? nil : failure(status: status, header: header, body: body)
    }
}

extension Dialect {
    static let pigeon = Dialect("pigeon")
}
