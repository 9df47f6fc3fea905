/// One request and its answer.
///
/// The handler's task is cancelled at once when the client leaves. A client that shuts down its sending half and still
/// reads (as `nc` does at the end of its input) counts as gone: no browser or SDK does so, and a client that has
/// crashed looks the same.
@NetLoop
public final class Exchange {
    /// What was asked.
    public let request: Request
    /// `x-request-id` of the answer: the client's own when it is 1 to 128 printable ASCII characters, or one made here.
    public let requestID: String
    /// Whether an answer was begun.
    public private(set) var isAnswered = false
    /// Whether the client is gone.
    public private(set) var hasLeft = false
    /// Called once when the client leaves before the answer is complete; at once when it has left already.
    public var onLeave: (@NetLoop () -> Void)?

    init(request: Request, requestID: String) {
        self.request = request
        self.requestID = requestID
    }

    /// The whole body. Sends `100 Continue` when the client waits for it.
    ///
    /// - Parameter limit: bytes allowed, when less than the listener's own limit.
    /// - Throws: `too_large` (413), `body_timeout` (408), `malformed` (400), `reset_by_peer`.
    public func body(limit: Int = .max) async throws(HTTPError) -> [UInt8] { [] }

    /// Answers with a whole body; a second answer is ignored. Framing, `date` and the request ids are added.
    public func respond(_ status: Int, _ headers: [(String, String)] = [], _ body: [UInt8] = []) {}

    /// Begins an answer whose body comes in pieces: chunked, or with the `content-length` given among the headers.
    public func stream(_ status: Int, _ headers: [(String, String)] = []) -> ResponseStream { ResponseStream() }

    /// Begins an answer of server-sent events.
    ///
    /// - Parameter keepAlive: a comment line is sent when nothing else was for that long; nil sends none.
    public func eventStream(
        _ headers: [(String, String)] = [],
        keepAlive: Duration? = .seconds(15)
    ) -> EventStream { EventStream(stream(200, headers), keepAlive: keepAlive) }
}
