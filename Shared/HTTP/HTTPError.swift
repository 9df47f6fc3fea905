/// What went wrong on a connection, in a stable code and a sentence for people.
///
/// The sentence never holds a URL's query, a header or a body: those can carry secrets.
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure; raw values are stable and may be logged and counted.
    public enum Code: String, Sendable, Equatable, CaseIterable {
        /// The name has no address, or the resolver didn't answer.
        case resolveFailed = "resolve_failed"
        /// The address policy forbids what the name resolved to, or the URL's scheme.
        case addressRefused = "address_refused"
        /// Nobody listens there, or the network says no.
        case connectFailed = "connect_failed"
        /// No connection, TLS included, within the time.
        case connectTimeout = "connect_timeout"
        /// The TLS handshake or the certificate failed.
        case tlsFailed = "tls_failed"
        /// Connected and sent, but no response head within the time.
        case firstByteTimeout = "first_byte_timeout"
        /// The response stopped: no byte within the time.
        case stalled = "stalled"
        /// The whole call took longer than it may.
        case totalTimeout = "total_timeout"
        /// The peer closed or reset the connection before the message was complete.
        case resetByPeer = "reset_by_peer"
        /// More bytes than the limit allows.
        case tooLarge = "too_large"
        /// The peer's message breaks the protocol.
        case malformed = "malformed"
        /// The request can't be sent as given: a bad URL, or a control character in a header.
        case invalidRequest = "invalid_request"
        /// Cancelled from this side: its task, the client that asked, or a drain.
        case cancelled = "cancelled"
        /// A bounded queue is full; try again later.
        case busy = "busy"
        /// The listening address can't be used.
        case listenFailed = "listen_failed"
        /// The request's body didn't arrive within the time.
        case bodyTimeout = "body_timeout"
        /// Something inside a library; the message has its text.
        case unexpected = "unexpected"
    }

    /// The kind.
    public let code: Code
    /// A sentence without secrets.
    public let message: String
    /// libcurl's or errno's number where there is one, for the log.
    public let number: Int?

    /// An error of that kind.
    public init(_ code: Code, _ message: String, number: Int? = nil) {
        self.code = code
        self.message = message
        self.number = number
    }

    /// Code, sentence and number on one line.
    public var description: String {
        number.map { "\(code.rawValue): \(message) (\($0))" } ?? "\(code.rawValue): \(message)"
    }
}
