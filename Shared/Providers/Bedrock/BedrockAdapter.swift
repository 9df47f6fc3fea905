import Crypto

/// AWS Bedrock with an access key: Converse for chat, InvokeModel for pictures, the control plane for the catalogue.
///
/// Requests are signed (``RequestSigning``), so nothing secret stands in them until they are sent. Source: AWS's service
/// models of `bedrock-runtime` 2023-09-30 and `bedrock` 2023-04-20.
public struct BedrockAdapter: Adapter {
    /// `bedrock`.
    public let type = "bedrock"
    /// What people call it.
    public let displayName = "AWS Bedrock"
    /// Chat and pictures, a negative prompt for these.
    public let capabilities: Capabilities
    /// The access key, its region, and the model for a caller who names none.
    public let fields = [
        CredentialField("aws_access_key_id", .accessKeyID),
        CredentialField("aws_secret_access_key", .key),
        CredentialField("aws_session_token", .token(limit: 8_192), required: false),
        CredentialField("aws_region", .label(limit: 63), secret: false),
        CredentialField("aws_model_id", .modelID(limit: 2_048), secret: false),
    ]

    /// The adapter.
    public init() {
        var capabilities = Capabilities()
        capabilities.dialect = .bedrockConverse
        capabilities.images = true
        capabilities.negativePrompt = true
        capabilities.imageModel = "stability.stable-image-core-v1:1"
        capabilities.modelFamilies = [
            "anthropic.", "amazon.", "meta.", "mistral.", "stability.", "cohere.", "ai21.", "deepseek.", "qwen.",
            "openai.", "writer.", "us.", "eu.", "apac.", "au.", "jp.", "us-gov.", "global.", "arn:aws",
        ]
        self.capabilities = capabilities
    }

    /// The connector's `aws_model_id`.
    public func usualModel(_ config: ConnectorConfig) -> String? { config.credentials["aws_model_id"] }

    /// The connector's `aws_model_id` when that paints.
    public func usualImageModel(_ config: ConnectorConfig) -> String? {
        let own = usualModel(config)
        return own.map(BedrockImages.paints) ?? false ? own : capabilities.imageModel
    }

    /// Converse, whichever model.
    public func codec(for traits: ChatTraits) -> (any ChatCodec)? { ConverseCodec() }

    /// `POST /model/{model}/converse`, or `converse-stream`.
    public func chatRequest(_ config: ConnectorConfig, _ chat: OutgoingChat) throws(ProviderError) -> OutgoingRequest {
        let operation = chat.stream ? "converse-stream" : "converse"
        let accept = chat.stream ? "application/vnd.amazon.eventstream" : "application/json"
        return try invoke(config, chat.model, operation, chat.body, accept: accept)
    }

    /// `POST /model/{model}/invoke` with a body in the model's own form.
    public func imageRequest(_ config: ConnectorConfig, _ order: ImageOrder) throws(ProviderError) -> OutgoingRequest {
        try invoke(config, order.model, "invoke", BedrockImages.body(order), accept: "application/json")
    }

    /// `GET /foundation-models` on the control plane.
    public func modelsRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try request(config, host: "bedrock", "GET", "/foundation-models", accept: "application/json")
    }

    /// `GET /foundation-models`: free, and checks the signature.
    public func healthRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try modelsRequest(config)
    }

    private func invoke(
        _ config: ConnectorConfig,
        _ model: String,
        _ operation: String,
        _ body: [UInt8],
        accept: String
    ) throws(ProviderError) -> OutgoingRequest {
        guard Self.isModel(model) else {
            throw .unsayable("The model must be a Bedrock model's id or ARN.", param: "model")
        }
        let path = "/model/\(PercentEncoding.segment(model))/\(operation)"
        return try request(config, host: "bedrock-runtime", "POST", path, body: body, accept: accept)
    }

    /// Nothing that could be read as another path (`..`), by whoever resolves it on the way.
    private static func isModel(_ model: String) -> Bool {
        let field = CredentialField("model", .modelID(limit: 2_048))
        return (try? field.check(model)) != nil
    }

    private func request(
        _ config: ConnectorConfig,
        host: String,
        _ method: String,
        _ path: String,
        body: [UInt8] = [],
        accept: String
    ) throws(ProviderError) -> OutgoingRequest {
        let signing = try signing(config)
        var headers: [OutgoingRequest.Header] = [("accept", accept)]
        if method == "POST" { headers.append(("content-type", "application/json")) }
        return OutgoingRequest(
            method: method,
            url: Self.base(config, host: host, region: signing.region) + path,
            headers: headers,
            body: body,
            reach: config.operatorURL == nil ? .publicService : .operatorChoice,
            signing: signing
        )
    }

    private func signing(_ config: ConnectorConfig) throws(ProviderError) -> RequestSigning {
        var values: [String: String] = [:]
        for field in fields {
            guard let value = config.credentials[field.name] else {
                if field.isRequired, field.name != "aws_model_id" { throw field.problem("is required") }
                continue
            }
            // The region becomes part of the host.
            if field.name == "aws_region" { try field.check(value) }
            values[field.name] = value
        }
        return RequestSigning(
            region: (values["aws_region"] ?? "").lowercased(),
            service: "bedrock",
            accessKeyID: values["aws_access_key_id"] ?? "",
            secret: values["aws_secret_access_key"] ?? "",
            sessionToken: values["aws_session_token"]
        )
    }

    /// Scheme, host and an operator's path, without a slash at the end.
    private static func base(_ config: ConnectorConfig, host: String, region: String) -> String {
        guard let address = config.operatorURL else {
            return "https://\(host).\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
        }
        var base = address[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        return String(base)
    }
}
