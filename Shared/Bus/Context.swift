import CZeroMQ
import Glibc

/// A ZeroMQ context: the I/O threads and the in-process addresses that its sockets share.
///
/// A process uses ``shared``; tests make more, since each context has one gatekeeper. Make it after the last fork:
/// contexts do not survive one. libzmq aborts the process when it runs out of descriptors, so the services raise
/// the limit on open files before they come here.
public final class Context: Sendable {
    /// The process's context, made at first use.
    public static let shared = Context()

    // Contexts are the one thread-safe object of libzmq.
    nonisolated(unsafe) let raw: UnsafeMutableRawPointer

    @BusLoop private var sockets: [ObjectIdentifier: Weak] = [:]
    @BusLoop private var isShut = false
    @BusLoop private var lastNumber = 0
    @BusLoop var gatekeeper: Gatekeeper?

    private struct Weak {
        weak var socket: Socket?
    }

    /// I/O threads: one for what must stay prompt, one for the tap and one for the audit link, either of whose peers'
    /// names may take seconds to resolve and holds up everything else on its thread meanwhile.
    static let ioThreads: CInt = 3

    /// A context of its own.
    public init() {
        // Without memory for a few hundred bytes nothing here can work.
        guard let raw = zmq_ctx_new() else { fatalError("zmq_ctx_new: no memory") }
        zmq_ctx_set(raw, ZMQ_IO_THREADS, Self.ioThreads)
        zmq_ctx_set(raw, ZMQ_BLOCKY, 0)
        self.raw = raw
    }

    /// Closes every socket that is still open, then the context. Afterwards no socket can be made in it.
    ///
    /// Sockets closed with a linger time may hold this up for that long: call it last.
    @BusLoop
    public func shutdown() {
        guard !isShut else { return }
        isShut = true
        gatekeeper = nil
        let open = sockets.values.compactMap(\.socket)
        // All before any: a monitor's reader may not be closed before what it reads.
        for socket in open { socket.stopEvents() }
        for socket in open { socket.close() }
        while zmq_ctx_term(raw) != 0, zmq_errno() == EINTR {}
    }

    /// A name for an in-process address that nobody else has.
    @BusLoop
    func uniqueName(_ purpose: String) -> String {
        lastNumber += 1
        return "inproc://\(purpose)-\(lastNumber)"
    }

    /// A ZAP domain that no other server of this context has.
    @BusLoop
    func uniqueDomain(_ name: String) -> String {
        lastNumber += 1
        return "\(name)-\(lastNumber)"
    }

    @BusLoop
    func opened(_ socket: Socket) { sockets[ObjectIdentifier(socket)] = Weak(socket: socket) }

    @BusLoop
    func closed(_ socket: ObjectIdentifier) { sockets[socket] = nil }

    @BusLoop
    var isOpen: Bool { !isShut }
}
