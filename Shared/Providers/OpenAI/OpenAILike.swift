/// What OpenAI and the servers that imitate it have in common.
protocol OpenAILike: Adapter {}

extension OpenAILike {
    /// Chat completions.
    public func codec(for traits: ChatTraits) -> (any ChatCodec)? { OpenAIChatCodec() }

    /// `POST …/chat/completions`.
    public func chatRequest(
        _ config: ConnectorConfig,
        _ chat: OutgoingChat
    ) throws(ProviderError) -> OutgoingRequest {
        let accept = chat.stream ? "text/event-stream" : nil
        return try request(config, "POST", "/chat/completions", body: chat.body, accept: accept)
    }

    /// `POST …/embeddings`.
    public func embeddingsRequest(
        _ config: ConnectorConfig,
        model: String,
        body: [UInt8]
    ) throws(ProviderError) -> OutgoingRequest {
        try request(config, "POST", "/embeddings", body: body)
    }

    /// `GET …/models`.
    public func modelsRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try request(config, "GET", "/models")
    }

    /// `GET …/models`: free, and checks the key.
    public func healthRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try modelsRequest(config)
    }

    func request(
        _ config: ConnectorConfig,
        _ method: String,
        _ path: String,
        body: [UInt8] = [],
        accept: String? = nil
    ) throws(ProviderError) -> OutgoingRequest {
        let base = try Self.endpoint(config, fixed: fixedAddress)
        var headers: [OutgoingRequest.Header] = [("accept", accept ?? "application/json")]
        if method == "POST" { headers.append(("content-type", "application/json")) }
        if let key = config.credentials["api_key"] {
            headers.append(("authorization", "Bearer " + key))
        } else if capabilities.needsKey {
            throw ProviderError(.configError, "The field api_key is required.", param: "api_key")
        }
        return OutgoingRequest(method: method, url: base.url + path, headers: headers, body: body, reach: base.reach)
    }

    private var fixedAddress: String? { capabilities.needsKey ? "https://api.openai.com" : nil }

    private static func endpoint(
        _ config: ConnectorConfig,
        fixed: String?
    ) throws(ProviderError) -> (url: String, reach: Reach) {
        if let operatorURL = config.operatorURL { return (versioned(operatorURL), .operatorChoice) }
        if let fixed { return (versioned(fixed), .publicService) }
        guard let given = config.baseURL ?? config.credentials["base_url"] else {
            throw ProviderError(.configError, "The field base_url is required.", param: "base_url")
        }
        let accepted = try BaseURLRule.check(given)
        return (versioned(accepted.url), accepted.reach)
    }

    /// With `/v1` unless its path has a version already (`…/v1`, `…/v4`, `…/v1beta/openai`); no slash at the end.
    static func versioned(_ address: String) -> String {
        let bytes = address.utf8
        var end = bytes.endIndex
        while end > bytes.startIndex, bytes[bytes.index(before: end)] == UInt8(ascii: "/") {
            end = bytes.index(before: end)
        }
        let base = address[..<end]
        return hasVersion(base.utf8) ? String(base) : base + "/v1"
    }

    /// Whether a part of the path, after scheme and host, is `v` and a digit.
    private static func hasVersion(_ bytes: Substring.UTF8View) -> Bool {
        var slashes = 0
        var before: (UInt8, UInt8) = (0, 0)
        for byte in bytes {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if isDigit, slashes >= 3, before == (UInt8(ascii: "/"), UInt8(ascii: "v")) { return true }
            if byte == UInt8(ascii: "/") { slashes += 1 }
            before = (before.1, byte)
        }
        return false
    }
}
