/// OpenAI's models as Azure deploys them (Microsoft Foundry), with an API key.
///
/// A connector is one deployment. By the API version there are two surfaces: `v1`, `latest` and `preview` name the
/// deployment in the body as OpenAI names a model; a dated version (`2024-10-21`) has it in the path, and whatever
/// model the body names is ignored there.
public struct AzureAdapter: OpenAILike {
    /// `azure_openai`.
    public let type = "azure_openai"
    /// What people call it.
    public let displayName = "Azure OpenAI"
    /// As OpenAI's, by deployment.
    public let capabilities: Capabilities
    /// The key, and what its addresses are made of.
    public let fields = [
        CredentialField("api_key", .key),
        CredentialField("azure_resource_name", .label(limit: 63), secret: false),
        CredentialField("azure_deployment_name", .name(limit: 64), secret: false),
        CredentialField("azure_api_version", .name(limit: 32), secret: false),
    ]

    /// The adapter.
    public init() {
        var capabilities = Capabilities()
        capabilities.images = true
        capabilities.embeddings = true
        self.capabilities = capabilities
    }

    /// The deployment.
    public func usualModel(_ config: ConnectorConfig) -> String? { config.credentials["azure_deployment_name"] }

    /// With the key in `api-key`, so that it can't be mistaken for a token of Entra.
    func request(
        _ config: ConnectorConfig,
        _ method: String,
        _ path: String,
        body: [UInt8],
        accept: String?
    ) throws(ProviderError) -> OutgoingRequest {
        guard let key = config.credentials["api_key"] else { throw .missingField("api_key") }
        return OutgoingRequest(
            method: method,
            url: try address(config, path),
            headers: Self.headers(method, accept: accept) + [("api-key", key)],
            body: body,
            reach: config.operatorURL == nil ? .publicService : .operatorChoice
        )
    }

    /// The catalogue belongs to the resource, everything else to the deployment.
    private func address(_ config: ConnectorConfig, _ path: String) throws(ProviderError) -> String {
        let version = try field(config, "azure_api_version")
        let deployment = try field(config, "azure_deployment_name")
        let base: String
        if let operatorURL = config.operatorURL {
            base = String(Self.withoutSlash(operatorURL))
        } else {
            base = "https://" + (try field(config, "azure_resource_name")) + ".openai.azure.com"
        }
        switch version.lowercased() {
        case "v1", "latest": return base + "/openai/v1" + path
        case "preview": return base + "/openai/v1" + path + "?api-version=preview"
        default:
            let scope = path == "/models" || path.isEmpty ? "" : "/deployments/" + deployment
            return base + "/openai" + scope + path + "?api-version=" + version
        }
    }

    /// A field that may stand in an address: checked again, because a stored one can be older than its rule.
    private func field(_ config: ConnectorConfig, _ name: String) throws(ProviderError) -> String {
        guard let value = config.credentials[name] else { throw .missingField(name) }
        try fields.first { $0.name == name }?.check(value)
        return value
    }
}
