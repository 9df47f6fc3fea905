import CZeroMQ

/// Tells what happens to a socket's connections.
///
/// CONNECTED is not among it on purpose: the kernel accepts on behalf of a frozen process, and only a handshake that
/// went through means that somebody is there.
///
/// libzmq's I/O thread hands events over with a *blocking* send: a reader that is closed first, or a queue that is
/// full, would stop that thread and every socket on it. So the queue here has no bound (each turn empties it), and
/// the socket is told to be silent before the reader goes, whichever of the two is closed first.
@BusLoop
final class SocketMonitor {
    enum Event: Equatable {
        /// The peer proved its key, and the gatekeeper let us in.
        case handshakeSucceeded
        /// The gatekeeper refused us, with its status code.
        case refused(code: UInt32)
        /// The peer does not speak CURVE, or not with that key.
        case handshakeFailed
        case disconnected
    }

    private let pair: Socket
    private let socket: Socket

    private static let wanted =
        ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
        | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL

    /// Starts before the socket connects, or the first events are missed.
    init(_ socket: Socket, onEvent: @escaping @BusLoop (Event) -> Void) throws(BusError) {
        self.socket = socket
        pair = try Socket(.pair, in: socket.context)
        try pair.set(ZMQ_RCVHWM, 0)
        let address = socket.context.uniqueName("monitor")
        try socket.startEvents(Self.wanted, to: address)
        do throws(BusError) { try pair.connect(address) } catch {
            socket.stopEvents()
            throw error
        }
        pair.onReadable { [weak self] in self?.drain(onEvent) }
    }

    isolated deinit { close() }

    func close() {
        socket.stopEvents()
        pair.close()
    }

    private func drain(_ onEvent: @BusLoop (Event) -> Void) {
        for _ in 0..<Socket.messagesPerTurn {
            guard let received = try? pair.receive(ReceiveLimits()), let head = received.frames.first else { return }
            if let event = Self.event(head) { onEvent(event) }
        }
    }

    /// The first frame is the event's number (2 bytes) and its value (4 bytes), in the machine's byte order.
    private static func event(_ bytes: [UInt8]) -> Event? {
        guard bytes.count == 6 else { return nil }
        let (number, value) = bytes.withUnsafeBytes {
            (
                CInt($0.loadUnaligned(fromByteOffset: 0, as: UInt16.self)),
                $0.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
            )
        }
        switch number {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .handshakeSucceeded
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return .refused(code: value)
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return .handshakeFailed
        case ZMQ_EVENT_DISCONNECTED: return .disconnected
        default: return nil
        }
    }
}
