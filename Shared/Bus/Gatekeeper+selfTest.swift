internal import Loop
internal import Wire

extension Gatekeeper {
    /// Knocks at a server with a key that was made this instant, and throws unless it is refused.
    ///
    /// A server calls it on its own endpoint before it reads; it must not serve when this throws. The knock has to be
    /// of a pattern that the server's socket talks to: any other is turned away before the gatekeeper's word is heard.
    static func selfTest(
        _ endpoint: String,
        serverKey: String,
        context: Context,
        knockingAs pattern: Socket.Pattern = .dealer,
        timeout: Duration = .seconds(10)
    ) async throws(BusError) {
        let stranger = try Stranger(pattern, endpoint, serverKey: serverKey, context: context)
        let verdict = await stranger.verdict(within: timeout)
        stranger.close()
        switch verdict {
        case .refused: return
        case .letIn:
            throw BusError(
                .gate,
                "\(endpoint) let a stranger in: the ZAP gatekeeper is not asked. The service does not start."
            )
        case .noAnswer:
            throw BusError(
                .gate,
                "\(endpoint) did not answer its own test within \(timeout.seconds) s. The service does not start."
            )
        }
    }
}

/// A client without rights.
@BusLoop
private final class Stranger {
    enum Verdict {
        case refused
        case letIn
        case noAnswer
    }

    private let socket: Socket
    private var monitor: SocketMonitor?
    private var verdict: Verdict?
    private var waiter: CheckedContinuation<Verdict, Never>?

    init(
        _ pattern: Socket.Pattern,
        _ endpoint: String,
        serverKey: String,
        context: Context
    ) throws(BusError) {
        socket = try Socket(pattern, in: context)
        try socket.configure(.control)
        let keys = try CurveKeys.generate()
        let ring = KeyRing(role: .operator, own: keys, publicKeys: [:])
        try socket.secureAsClient(ring, serverKey: serverKey)
        monitor = try SocketMonitor(socket) { [weak self] in self?.heard($0) }
        try socket.connect(Self.reachable(endpoint))
    }

    func close() {
        monitor?.close()
        socket.close()
    }

    func verdict(within timeout: Duration) async -> Verdict {
        if let verdict { return verdict }
        return await withCheckedContinuation { continuation in
            waiter = continuation
            countDown(timeout / 20, left: 20)
        }
    }

    /// Counts in short steps, so that a loop that stood still, answer unread, has lost one step and not the test.
    private func countDown(_ step: Duration, left: Int) {
        BusLoop.after(step) { [weak self] in
            guard let self, verdict == nil else { return }
            if left > 1 { countDown(step, left: left - 1) } else { decide(.noAnswer) }
        }
    }

    private func heard(_ event: SocketMonitor.Event) {
        switch event {
        case .refused: decide(.refused)
        case .handshakeSucceeded: decide(.letIn)
        case .handshakeFailed, .disconnected: break
        }
    }

    private func decide(_ verdict: Verdict) {
        guard self.verdict == nil else { return }
        self.verdict = verdict
        waiter?.resume(returning: verdict)
        waiter = nil
    }

    /// A server bound to every interface is tested on the loopback.
    private static func reachable(_ endpoint: String) -> String {
        for (wildcard, loopback) in [("tcp://0.0.0.0:", "tcp://127.0.0.1:"), ("tcp://[::]:", "tcp://[::1]:")]
        where endpoint.hasPrefix(wildcard) {
            return loopback + endpoint.dropFirst(wildcard.count)
        }
        return endpoint
    }
}
