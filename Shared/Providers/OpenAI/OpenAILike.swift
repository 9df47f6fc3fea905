/// What OpenAI and the servers that imitate it have in common.
protocol OpenAILike: Adapter {
    /// The provider's own address with the beginning of its paths; nil where the user gives one.
    var fixedAddress: String? { get }

    /// A request to that path behind the connector's address, with the connector's key.
    func request(
        _ config: ConnectorConfig,
        _ method: String,
        _ path: String,
        body: [UInt8],
        accept: String?
    ) throws(ProviderError) -> OutgoingRequest

    /// Makes a typed error of an error's body; `status` is nil for one under a 200 or in the middle of a stream.
    func classify(status: Int?, header: HeaderLookup, body: [UInt8]) -> ProviderError
}

extension OpenAILike {
    /// No address of its own.
    var fixedAddress: String? { nil }

    /// By OpenAI's table.
    func classify(status: Int?, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        OpenAIFailure.classify(status: status, header: header, body: body)
    }

    /// Chat completions.
    public func codec(for traits: ChatTraits) -> (any ChatCodec)? { chatCodec() }

    /// Chat completions whose errors are read by ``classify(status:header:body:)``.
    func chatCodec(_ habits: OpenAIChatCodec.Habits = .init()) -> OpenAIChatCodec {
        OpenAIChatCodec(habits) { classify(status: nil, header: { _ in nil }, body: $0) }
    }

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
        try request(config, "POST", "/embeddings", body: body, accept: nil)
    }

    /// `GET …/models`.
    public func modelsRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try request(config, "GET", "/models", body: [], accept: nil)
    }

    /// `GET …/models`: free, and checks the key.
    public func healthRequest(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try modelsRequest(config)
    }

    /// With the key as a bearer token.
    func request(
        _ config: ConnectorConfig,
        _ method: String,
        _ path: String,
        body: [UInt8],
        accept: String?
    ) throws(ProviderError) -> OutgoingRequest {
        let base = try endpoint(config)
        var headers = Self.headers(method, accept: accept)
        if let key = config.credentials["api_key"] {
            headers.append(("authorization", "Bearer " + key))
        } else if capabilities.needsKey {
            throw .missingField("api_key")
        }
        return OutgoingRequest(method: method, url: base.url + path, headers: headers, body: body, reach: base.reach)
    }

    /// What every request says besides its key.
    static func headers(_ method: String, accept: String?) -> [OutgoingRequest.Header] {
        var headers: [OutgoingRequest.Header] = [("accept", accept ?? "application/json")]
        if method == "POST" { headers.append(("content-type", "application/json")) }
        return headers
    }

    private func endpoint(_ config: ConnectorConfig) throws(ProviderError) -> (url: String, reach: Reach) {
        if let operatorURL = config.operatorURL { return (versioned(operatorURL), .operatorChoice) }
        if let fixedAddress { return (fixedAddress, .publicService) }
        guard let given = config.baseURL ?? config.credentials["base_url"] else { throw .missingField("base_url") }
        let accepted = try BaseURLRule.check(given)
        return (versioned(accepted.url), accepted.reach)
    }

    /// With the provider's own path, `/v1` as a rule, unless its path has a version already (`…/v1`, `…/v4`,
    /// `…/v1beta/openai`); no slash at the end.
    func versioned(_ address: String) -> String {
        let base = Self.withoutSlash(address)
        return Self.hasVersion(base.utf8) ? String(base) : base + ownPath
    }

    /// What stands between the provider's host and its routes.
    private var ownPath: String {
        guard let fixedAddress else { return "/v1" }
        let path = fixedAddress.split(separator: "/", maxSplits: 2).last ?? ""
        return "/" + path
    }

    /// Without slashes at its end.
    static func withoutSlash(_ address: String) -> Substring {
        var end = address.utf8.endIndex
        while end > address.utf8.startIndex, address.utf8[address.utf8.index(before: end)] == UInt8(ascii: "/") {
            end = address.utf8.index(before: end)
        }
        return address[..<end]
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

extension ProviderError {
    /// A connector that lacks a field.
    static func missingField(_ name: String) -> ProviderError {
        ProviderError(.configError, "The field \(name) is required.", param: name)
    }
}
