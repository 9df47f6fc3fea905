import CZeroMQ
import Glibc
internal import Loop

/// A ZeroMQ socket, owned by the bus's thread.
///
/// Nothing here blocks: every send and receive carries ZMQ_DONTWAIT. Options are set before the address. No socket
/// is ever given a routing id: duplicates of those make messages vanish without an error.
@BusLoop
public final class Socket {
    /// The patterns in use.
    public enum Pattern: Sendable {
        /// Asynchronous, one peer: the side that connects.
        case dealer
        /// Asynchronous, many peers: the side that binds. (One that connects sticks to the first identity it sees.)
        case router
        /// Publishes, and sees what is subscribed to.
        case xpub
        /// Subscribes on behalf of others.
        case xsub
        /// Subscribes.
        case sub
        /// Answers, one question at a time.
        case reply
        /// One to one, in the process.
        case pair

        var number: CInt {
            switch self {
            case .dealer: ZMQ_DEALER
            case .router: ZMQ_ROUTER
            case .xpub: ZMQ_XPUB
            case .xsub: ZMQ_XSUB
            case .sub: ZMQ_SUB
            case .reply: ZMQ_REP
            case .pair: ZMQ_PAIR
            }
        }
    }

    /// What became of a send.
    public enum Outcome: Sendable {
        /// libzmq took it. That is not delivery: a connection that dies loses it.
        case accepted
        /// The peer's queue is full, or there is no connection to queue for.
        case full
        /// A router knows no such peer.
        case unreachable
    }

    /// Messages taken from one socket before the others get a turn.
    public static let messagesPerTurn = 256

    let context: Context
    let pattern: Pattern
    private(set) var raw: UnsafeMutableRawPointer?
    private var watch: Poller.Watch?
    private var hasEvents = false
    var scratch = Frame()

    /// A socket without an address.
    public init(_ pattern: Pattern, in context: Context = .shared) throws(BusError) {
        guard context.isOpen else { throw BusError(.closed, "the ZeroMQ context was shut down") }
        guard let raw = zmq_socket(context.raw, pattern.number) else { throw .last(.system, "no socket") }
        self.context = context
        self.pattern = pattern
        self.raw = raw
        context.opened(self)
        try set(ZMQ_LINGER, CInt(0))
        if pattern == .router { try set(ZMQ_ROUTER_MANDATORY, CInt(1)) }
    }

    isolated deinit { close() }

    /// Whether ``close(linger:)`` has not been called yet.
    public var isOpen: Bool { raw != nil }

    /// Closes the socket; what is queued is tried for that long in the background. Closing twice is harmless.
    public func close(linger: Duration = .zero) {
        guard let raw else { return }
        if let watch { BusLoop.poller.unwatch(watch) }
        watch = nil
        stopEvents()
        var limit = CInt(clamping: linger.milliseconds)
        zmq_setsockopt(raw, ZMQ_LINGER, &limit, MemoryLayout<CInt>.size)
        zmq_close(raw)
        self.raw = nil
        context.closed(ObjectIdentifier(self))
    }

    // MARK: Addresses

    /// Binds, and says where: with port 0 in the address the system chooses one.
    @discardableResult
    public func bind(_ address: String) throws(BusError) -> String {
        guard let raw else { throw .socketClosed }
        guard zmq_bind(raw, address) == 0 else { throw .last(.address, "can't bind \(address)") }
        return try lastEndpoint()
    }

    /// Stops accepting at an address that ``bind(_:)`` returned.
    public func unbind(_ address: String) throws(BusError) {
        guard let raw else { throw .socketClosed }
        guard zmq_unbind(raw, address) == 0 else { throw .last(.address, "can't unbind \(address)") }
    }

    /// Connects in the background, again and again until the socket is closed.
    public func connect(_ address: String) throws(BusError) {
        guard let raw else { throw .socketClosed }
        guard zmq_connect(raw, address) == 0 else { throw .last(.address, "can't connect to \(address)") }
    }

    private func lastEndpoint() throws(BusError) -> String {
        guard let raw else { throw .socketClosed }
        var text = [CChar](repeating: 0, count: 256)
        var size = text.count
        guard zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, &text, &size) == 0 else {
            throw .last(.address, "no endpoint")
        }
        return text.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    // MARK: Events

    /// Has libzmq send the socket's events to an in-process address; see ``SocketMonitor``.
    func startEvents(_ events: CInt, to address: String) throws(BusError) {
        guard let raw else { throw .socketClosed }
        guard zmq_socket_monitor(raw, address, events) == 0 else { throw .last(.system, "socket monitor") }
        hasEvents = true
    }

    /// Ends that, before the reader is closed or the socket is.
    func stopEvents() {
        guard hasEvents, let raw else { return }
        hasEvents = false
        zmq_socket_monitor(raw, nil, 0)
    }

    // MARK: Readiness

    /// Calls the handler on each turn of the loop in which the socket has messages. It takes up to
    /// ``messagesPerTurn`` of them; what it leaves brings it back.
    public func onReadable(_ handler: @escaping @BusLoop () -> Void) {
        guard let raw else { return }
        if let watch { BusLoop.poller.unwatch(watch) }
        watch = BusLoop.poller.watch(raw, handler)
    }
}

extension BusError {
    static let socketClosed = BusError(.closed, "the socket is closed")
}
