/// A request to send.
public struct ClientRequest: Sendable {
    /// `GET`, `POST`, …
    public var method: String
    /// Absolute, `http:` or `https:`; user info is refused.
    public var url: String
    /// Header fields as given; `host`, `content-length` and framing are libcurl's.
    public var headers: [(String, String)]
    /// The body; sent with its length. Empty means none for GET, HEAD and DELETE, and length 0 otherwise.
    public var body: [UInt8]
    /// How long each part may take.
    public var timeouts: Timeouts
    /// Which addresses may be connected to.
    public var policy: AddressPolicy

    /// How long each part of a call may take; nil means no bound of that kind. Checked every 20 ms or so.
    public struct Timeouts: Sendable, Hashable {
        /// Name, TCP and TLS together.
        public var connect: Duration
        /// From the start to the response's head.
        public var firstByte: Duration?
        /// Between bytes of the response; time in which this side asked to pause does not count.
        public var stall: Duration?
        /// From the start to the end.
        public var total: Duration?

        /// 10 s to connect, 10 min to the head and between bytes (reasoning models can be silent for minutes), and no
        /// bound on the whole.
        public init(
            connect: Duration = .seconds(10),
            firstByte: Duration? = .seconds(600),
            stall: Duration? = .seconds(600),
            total: Duration? = nil
        ) {
            self.connect = connect
            self.firstByte = firstByte
            self.stall = stall
            self.total = total
        }
    }

    /// A request; only method and address must be given.
    public init(
        method: String,
        url: String,
        headers: [(String, String)] = [],
        body: [UInt8] = [],
        timeouts: Timeouts = Timeouts(),
        policy: AddressPolicy = .any
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.policy = policy
    }
}

/// The start of a response.
public struct ResponseHead: Sendable {
    /// The final status code; interim (1xx) responses are not shown.
    public let status: Int
    /// The header fields.
    public let headers: Fields

    /// A head of these parts.
    public init(status: Int, headers: Fields) {
        self.status = status
        self.headers = headers
    }
}
