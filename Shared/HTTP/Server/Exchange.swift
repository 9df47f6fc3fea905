public import Telemetry

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
    /// The span of this exchange: a step of the trace that `traceparent` names, or a trace that starts here.
    public let trace: Trace
    /// Whether an answer was begun.
    public var isAnswered: Bool { status != nil }
    /// The answer's status, once it was begun.
    public private(set) var status: Int?
    /// Whether the client is gone.
    public private(set) var hasLeft = false
    /// Adds headers to the answer, whatever its kind: called with the status when its head is written.
    public var moreHeaders: (@NetLoop (_ status: Int) -> [(String, String)])?
    /// Called once when the client leaves before the answer is complete; at once when it has left already.
    public var onLeave: (@NetLoop () -> Void)? {
        didSet { if hasLeft { takeOnLeave()?() } }
    }

    /// Whether the whole request is here.
    private(set) var isReceived = false
    private let continuesTrace: Bool
    private let connection: Connection
    private let framing: RequestHead.Framing
    private var expectsContinue: Bool
    private var bodyBytes: [UInt8] = []
    private var bodyLimit = Int.max
    private var bodyFailure: HTTPError?
    private var refusal: Refusal?
    private var bodyWaiters: Waiters?
    private var task: Task<Void, Never>?
    private var stream: ResponseStream?
    private var isLast = false

    /// Bodies from this size on are sent from where they are; smaller ones are copied behind their head.
    private static let wholeBytes = 16 * 1024
    /// What a body's declared length is believed before its bytes have come.
    private static let reservedBytes = 1024 * 1024

    init(_ head: RequestHead, _ connection: Connection) {
        requestID = RequestIDs.echoed(head) ?? connection.listener.nextRequestID()
        request = Request(head, connection.remote)
        let parent = head.traceparent
        trace = parent?.child() ?? Trace()
        continuesTrace = parent != nil
        framing = head.framing
        expectsContinue = head.expectsContinue
        self.connection = connection
        if case .length(let length) = framing { bodyBytes.reserveCapacity(min(length, Self.reservedBytes)) }
    }

    /// The trace with what others of it want passed on: for calls and messages that this exchange causes.
    public var traceContext: TraceContext {
        guard continuesTrace, request.headers.contains("tracestate") else { return TraceContext(trace) }
        return TraceContext(trace, state: request.headers.all("tracestate").joined(separator: ","))
    }

    // MARK: The request's body

    /// The whole body. Sends `100 Continue` when the client waits for it.
    ///
    /// - Parameter limit: bytes allowed, when less than the listener's own limit.
    /// - Throws: `too_large` (413), `body_timeout` (408), `malformed` (400), `reset_by_peer`, `cancelled`.
    public func body(limit: Int = .max) async throws(HTTPError) -> [UInt8] {
        limitBody(limit)
        while !isReceived, bodyFailure == nil {
            if expectsContinue, bodyBytes.isEmpty {
                expectsContinue = false
                connection.gather { HeadWriter.append(&$0, "HTTP/1.1 100 Continue\r\n\r\n") }
            }
            if Task.isCancelled { throw HTTPError(.cancelled, "The task was cancelled.") }
            let waiters = bodyWaiters ?? Waiters()
            bodyWaiters = waiters
            await waiters.wait()
        }
        if let bodyFailure { throw bodyFailure }
        return bodyBytes
    }

    private func limitBody(_ limit: Int) {
        bodyLimit = min(bodyLimit, limit)
        if bodyBytes.count > bodyLimit { return failBody(.bodyTooLarge) }
        if case .length(let length) = framing, length > bodyLimit { failBody(.bodyTooLarge) }
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard bodyFailure == nil, !isAnswered else { return }
        guard bodyBytes.count + bytes.count <= bodyLimit else { return failBody(.bodyTooLarge) }
        bodyBytes.append(contentsOf: bytes)
    }

    func received() {
        isReceived = true
        start()
        bodyWaiters?.wake()
    }

    /// The body can't be read; whoever asks for it learns why, and what the handler lets through is answered so.
    func failBody(_ refusal: Refusal) {
        guard bodyFailure == nil else { return }
        let code: HTTPError.Code =
            switch refusal.status {
            case 413: .tooLarge
            case 408: .bodyTimeout
            default: .malformed
            }
        self.refusal = refusal
        bodyFailure = HTTPError(code, refusal.message)
        bodyBytes = []
        start()
        bodyWaiters?.wake()
    }

    // MARK: The handler

    /// Starts the handler, once.
    func start() {
        guard task == nil else { return }
        connection.listener.handlers += 1
        task = Task(executorPreference: NetLoop.loop) { @Sendable @NetLoop in await self.run() }
    }

    private func run() async {
        let listener = connection.listener
        do {
            try await listener.handler(self)
            ended(nil)
        } catch {
            ended(error)
        }
        listener.handlerEnded()
    }

    private func ended(_ error: (any Error)?) {
        guard !hasLeft else { return }
        if let stream { return stream.abort() }
        guard !isAnswered else { return }
        if let refusal, let error = error as? HTTPError, error == bodyFailure {
            return respond(refusal.status, refusal.code, refusal.message)
        }
        connection.listener.handlerFailed(self, error)
        respond(500, "internal_error", "The server failed to answer.")
    }

    private func respond(_ status: Int, _ code: String, _ message: String) {
        let body = connection.listener.errorBody(request.path, status, code, message, requestID)
        respond(status, [("content-type", body.contentType)], body.bytes)
    }

    // MARK: The answer

    /// Answers with a whole body; a second answer is ignored. Framing, `date` and the request ids are added.
    public func respond(_ status: Int, _ headers: [(String, String)] = [], _ body: [UInt8] = []) {
        guard !isAnswered, !hasLeft else { return }
        self.status = status
        isLast = connection.isLast
        let isHead = request.method == "HEAD"
        let framing = Self.framing(status, headers, isHead && body.isEmpty ? nil : body.count)
        let sendsBody = !isHead && !Self.isBodiless(status)
        connection.gather { bytes in
            writeHead(&bytes, status, headers, framing)
            if sendsBody, body.count < Self.wholeBytes { bytes.append(contentsOf: body) }
        }
        if sendsBody, body.count >= Self.wholeBytes { connection.append(whole: body) }
        connection.answered(isLast: isLast)
    }

    /// Begins an answer whose body comes in pieces: chunked, or with the `content-length` given among the headers.
    ///
    /// Finish it before the handler returns: what is left open then is cut.
    public func stream(_ status: Int, _ headers: [(String, String)] = []) -> ResponseStream {
        guard !isAnswered, !hasLeft else { return ResponseStream(closedFor: connection, self) }
        self.status = status
        isLast = connection.isLast
        var framing = Self.framing(status, headers, nil)
        if case .chunked = framing, request.minorVersion == 0 { framing = .untilClose }
        connection.gather { writeHead(&$0, status, headers, framing) }
        let stream = ResponseStream(connection, self, framing, isBodiless: request.method == "HEAD")
        self.stream = stream
        return stream
    }

    /// Begins an answer of server-sent events.
    ///
    /// - Parameter keepAlive: a comment line is sent when nothing else was for that long; nil sends none.
    public func eventStream(
        _ headers: [(String, String)] = [],
        keepAlive: Duration? = .seconds(15)
    ) -> EventStream {
        let own = [
            ("content-type", "text/event-stream"), ("cache-control", "no-cache"), ("x-accel-buffering", "no"),
        ]
        return EventStream(stream(200, own + headers), keepAlive: keepAlive)
    }

    private func writeHead(
        _ bytes: inout [UInt8],
        _ status: Int,
        _ headers: [(String, String)],
        _ framing: HeadWriter.Framing
    ) {
        HeadWriter.append(
            to: &bytes,
            status: status,
            headers: moreHeaders.map { headers + $0(status) } ?? headers,
            framing: framing,
            requestID: requestID,
            closes: isLast
        )
    }

    private static func isBodiless(_ status: Int) -> Bool { status < 200 || status == 204 || status == 304 }

    private static func framing(_ status: Int, _ headers: [(String, String)], _ length: Int?) -> HeadWriter.Framing {
        if isBodiless(status) { return .none }
        if let length { return .length(length) }
        let declared = headers.first { $0.0.lowercased() == "content-length" }
        if let declared, let length = Int(declared.1), length >= 0 { return .length(length) }
        return .chunked
    }

    /// The stream's body is complete.
    func streamFinished() {
        stream = nil
        connection.answered(isLast: isLast)
    }

    // MARK: From the connection

    func outputShrank(to count: Int) {
        stream?.outputShrank(to: count)
    }

    /// The client is gone: everything that waits for it ends now.
    func leave() {
        guard !hasLeft else { return }
        hasLeft = true
        if bodyFailure == nil, !isReceived {
            bodyFailure = HTTPError(.resetByPeer, "The client left before its request was complete.")
        }
        task?.cancel()
        bodyWaiters?.wake()
        let stream = stream
        self.stream = nil
        stream?.lost()
        takeOnLeave()?()
    }

    private func takeOnLeave() -> (@NetLoop () -> Void)? {
        let action = onLeave
        if action != nil { onLeave = nil }
        return action
    }
}
