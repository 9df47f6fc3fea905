import CEvent
import Glibc
import Loop
import Telemetry

/// A server on one address: takes connections, reads requests, and gives each to the handler in a task of its own.
@NetLoop
public final class Listener {
    /// What answers an exchange. Throwing what ``Exchange/body(limit:)`` threw gives 413, 408 or 400; throwing
    /// anything else, or returning without an answer, gives 500.
    public typealias Handler = @NetLoop (Exchange) async throws -> Void

    /// The bounds.
    public let limits: ServerLimits
    /// The port that was bound: the real one when 0 was asked for.
    public let port: Int

    let handler: Handler
    let errorBody: ErrorBody
    private(set) var isDraining = false
    /// Handlers that have not returned.
    var handlers = 0
    private var acceptor: OpaquePointer?
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var requestIDs = RequestIDs()
    private let endWaiters = Waiters()

    private static let backlog: Int32 = 4_096
    /// How long accepting rests when the process has no descriptor left.
    private static let acceptRest: Duration = .milliseconds(100)

    /// Binds and listens.
    ///
    /// - Parameters:
    ///   - address: `127.0.0.1:8080`, `[::1]:0`, `0.0.0.0:80`; `localhost` is 127.0.0.1 and an empty host is every
    ///     address. Other names are not resolved: that would block.
    ///   - limits: the bounds.
    ///   - errorBody: makes the body of what the server answers by itself.
    ///   - handler: answers each exchange, on the net loop.
    /// - Throws: `listen_failed`.
    public init(
        address: String,
        limits: ServerLimits = ServerLimits(),
        errorBody: @escaping ErrorBody = openAIErrorBody,
        handler: @escaping Handler
    ) throws(HTTPError) {
        self.limits = limits
        self.errorBody = errorBody
        self.handler = handler
        let descriptor = try ListeningSocket.bind(address, backlog: Self.backlog)
        port = Int(martlet_port(descriptor))
        let context = Unmanaged.passUnretained(self).toOpaque()
        let flags = UInt32(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC)
        // 0: it listens already; below 0 libevent would listen again, with a queue of its own choice.
        acceptor = evconnlistener_new(NetLoop.reactor.base, connectionAccepted, context, flags, 0, descriptor)
        guard acceptor != nil else {
            Glibc.close(descriptor)
            throw HTTPError(.listenFailed, "libevent can't watch the socket.")
        }
        evconnlistener_set_error_cb(acceptor, acceptFailed)
        // The acceptor's context is unretained: the listener lives until it is closed.
        Self.open[ObjectIdentifier(self)] = self
    }

    private static var open: [ObjectIdentifier: Listener] = [:]

    /// Connections at this moment.
    public var connectionCount: Int { connections.count }

    /// Stops accepting, closes idle connections, lets exchanges and their handlers finish within that time, then cuts
    /// them. Answers that are begun meanwhile say `connection: close`.
    public func drain(within time: Duration) async {
        isDraining = true
        stopAccepting()
        for connection in Array(connections.values) { connection.closeIfIdle() }
        let deadline = Moment.now + time
        let timer = NetLoop.after(time) { [endWaiters] in endWaiters.wake() }
        while !connections.isEmpty || handlers > 0, Moment.now < deadline, !Task.isCancelled {
            await endWaiters.wait()
        }
        NetLoop.cancel(timer)
        close()
    }

    /// Cuts everything now.
    public func close() {
        stopAccepting()
        for connection in Array(connections.values) { connection.cut() }
        Self.open[ObjectIdentifier(self)] = nil
    }

    private func stopAccepting() {
        if let acceptor { evconnlistener_free(acceptor) }
        acceptor = nil
    }

    // MARK: Connections

    fileprivate func accept(_ descriptor: CInt, _ remote: SocketAddress?) {
        guard let remote, connections.count < limits.connections else {
            return refuse(descriptor)
        }
        let connection = Connection(descriptor, remote, self)
        connections[ObjectIdentifier(connection)] = connection
        connection.open()
    }

    /// The server is full: says so without reading the request, so that a balancer goes elsewhere.
    private func refuse(_ descriptor: CInt) {
        let body = errorBody(nil, 503, "too_many_connections", "The server has no connection left.", nextRequestID())
        var bytes: [UInt8] = []
        HeadWriter.append(
            to: &bytes,
            status: 503,
            headers: [("content-type", body.contentType), ("retry-after", "1")],
            framing: .length(body.bytes.count),
            requestID: nextRequestID(),
            closes: true
        )
        bytes.append(contentsOf: body.bytes)
        _ = bytes.withUnsafeBytes { martlet_send(descriptor, $0.baseAddress, $0.count) }
        martlet_shut_sending(descriptor)
        Glibc.close(descriptor)
    }

    fileprivate func acceptingFailed(_ number: Int32) {
        Log.warning("connections can't be accepted", ["errno": Int(number)])
        guard let acceptor else { return }
        evconnlistener_disable(acceptor)
        NetLoop.after(Self.acceptRest) { [weak self] in
            if let acceptor = self?.acceptor { evconnlistener_enable(acceptor) }
        }
    }

    func forget(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = nil
        if isDraining, connections.isEmpty { endWaiters.wake() }
    }

    // MARK: Exchanges

    func nextRequestID() -> String { requestIDs.next() }

    func handlerEnded() {
        handlers -= 1
        if isDraining, handlers == 0 { endWaiters.wake() }
    }

    func handlerFailed(_ exchange: Exchange, _ error: (any Error)?) {
        let kind = error.map { ($0 as? HTTPError)?.code.rawValue ?? "\(type(of: $0))" } ?? "no answer"
        Log.error(
            "request handler failed",
            [
                "request_id": exchange.requestID, "trace": exchange.trace.id, "span": exchange.trace.spanID,
                "error": kind,
            ]
        )
    }
}

private func connectionAccepted(
    _: OpaquePointer?,
    _ descriptor: CInt,
    _ address: UnsafeMutablePointer<sockaddr>?,
    _: CInt,
    _ context: UnsafeMutableRawPointer?
) {
    guard let context else { return }
    let listener = Unmanaged<Listener>.fromOpaque(context).takeUnretainedValue()
    let remote = address.flatMap { SocketAddress(kernel: $0) }
    NetLoop.assumeIsolated { listener.accept(descriptor, remote) }
}

private func acceptFailed(_: OpaquePointer?, _ context: UnsafeMutableRawPointer?) {
    let number = errno
    guard let context else { return }
    let listener = Unmanaged<Listener>.fromOpaque(context).takeUnretainedValue()
    NetLoop.assumeIsolated { listener.acceptingFailed(number) }
}
