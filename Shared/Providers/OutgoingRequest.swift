/// A request to a provider, ready for the HTTP client.
public struct OutgoingRequest: Sendable {
    /// One header line. A value may be a secret.
    public typealias Header = (name: String, value: String)

    /// `GET` or `POST`.
    public var method: String
    /// The whole URL; holds no secret.
    public var url: String
    /// The headers, credentials among them.
    public var headers: [Header]
    /// The body; empty for GET.
    public var body: [UInt8]
    /// Which addresses the client may connect to; checked against the address that the name resolved to.
    public var reach: Reach
    /// How it is to be signed when it is sent; nil for credentials in a header.
    public var signing: RequestSigning?

    /// A request.
    public init(
        method: String,
        url: String,
        headers: [Header],
        body: [UInt8] = [],
        reach: Reach = .publicService,
        signing: RequestSigning? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.reach = reach
        self.signing = signing
    }
}

/// A chat on its way to a provider: the body in the provider's dialect, and what its address and headers depend on.
public struct OutgoingChat: Sendable {
    /// The body's dialect.
    public var dialect: Dialect
    /// The provider's name of the model; some put it into the URL.
    public var model: String
    /// The answer comes in pieces.
    public var stream: Bool
    /// The body.
    public var body: [UInt8]
    /// Headers of the caller's own that belong to its dialect; set only where the body is the caller's too.
    public var headers: [OutgoingRequest.Header] = []

    /// A chat.
    public init(_ dialect: Dialect, model: String, stream: Bool, body: [UInt8]) {
        self.dialect = dialect
        self.model = model
        self.stream = stream
        self.body = body
    }
}
