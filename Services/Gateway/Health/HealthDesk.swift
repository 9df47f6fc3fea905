import Bus
import Crypto
import HTTP
import Loop
import Providers
import Telemetry
import Wire

/// Talks with the health monitor: tells it which connectors there are, lends it a sealed credential for each check,
/// and writes down what it found. On the bus's thread.
@BusLoop
final class HealthDesk {
    private let server: Server
    private let connectors: ConnectorRegister
    private let ledger: HealthLedger
    private let paidChecks: PaidChecks
    private var sealingKeys: [Peer: [UInt8]] = [:]
    /// Begins at the wall clock, so that it also rises over a restart.
    private var revision = UInt64(clamping: wallClockMicroseconds())

    nonisolated init(server: Server, ledger: HealthLedger, paidChecks: PaidChecks) {
        self.server = server
        self.ledger = ledger
        self.paidChecks = paidChecks
        connectors = ledger.connectors
    }

    func start(_ watch: ServiceWatch) async throws {
        server.onHello = { [unowned self] peer, hello in
            sealingKeys[peer] = hello.sealingKey.flatMap { try? Base64.decode($0) }
            return WelcomeFields()
        }
        server.onWelcomed = { [unowned self] peer in
            Task(executorPreference: BusLoop.loop) { await self.tellAll([peer]) }
        }
        server.onGone = { [unowned self] peer, _ in sealingKeys[peer] = nil }
        server.onMessage = { [unowned self] peer, message in
            Task(executorPreference: BusLoop.loop) { await self.take(message, from: peer) }
        }
        watch.watch(server)
        try await server.start()
    }

    func stop() { server.close() }

    var isMonitorUp: Bool { monitor != nil }

    /// The connectors are others than before.
    func connectorsChanged() async {
        revision += 1
        await tellAll(server.peers)
    }

    private func tellAll(_ peers: [Peer]) async {
        let items = await connectors.all.values.map(item).sorted { $0.id < $1.id }
        let snapshot = ConnectorSnapshot(revision: revision, part: 1, parts: 1, connectors: items)
        for peer in peers where peer.role == .healthMonitor { server.send(snapshot, to: peer) }
    }

    private func item(_ connector: Connector) -> ConnectorItem {
        ConnectorItem(
            id: connector.id,
            type: connector.type,
            baseURL: connector.config.baseURL,
            intervalS: Int(connector.checkInterval.milliseconds / 1_000),
            revision: connector.revision,
            status: connector.status.rawValue,
            checkedAgoS: connector.lastHealthCheckAt.map { max(0, Int(wallClockMicroseconds() - $0) / 1_000_000) },
            paidAgoS: PaidChecks.ages(connector.paidChecks, at: wallClockMicroseconds())
        )
    }

    private func take(_ message: Message, from peer: Peer) async {
        switch message.header.kind {
        case .healthRequest:
            guard let request = try? message.body(HealthRequest.self) else { return }
            await lend(request.connector, to: peer, answering: message)
        case .healthStatus:
            guard let status = try? message.body(HealthStatus.self) else { return }
            await note(status, from: peer, answering: message)
        default:
            break
        }
    }

    private func lend(_ id: String, to peer: Peer, answering message: Message) async {
        let question = message.header.id
        guard let connector = await connectors.all[id], let key = sealingKeys[peer] else {
            let refusal = ServiceError(code: "not_found", detail: "There is no such connector.", retryable: false)
            server.send(refusal, to: peer) { $0.replyTo = question }
            return
        }
        guard (try? await paidChecks.begin(connector)) == true else {
            let refusal = ServiceError(code: "budget", detail: PaidChecks.isSpent.message, retryable: true)
            server.send(refusal, to: peer) { $0.replyTo = question }
            return
        }
        let plain = ConnectorStore.bytes(of: connector.config.credentials)
        let credential = HealthCredential(
            connector: id,
            type: connector.type,
            baseURL: connector.config.baseURL,
            credential: (try? SealedBox.seal(plain, to: key)).map { Base64.encode($0) },
            revision: connector.revision
        )
        server.send(credential, to: peer) { header in
            header.replyTo = question
            header.trace = message.header.trace
        }
    }

    /// A result is written before it is acknowledged.
    private func note(_ status: HealthStatus, from peer: Peer, answering message: Message) async {
        do {
            try await ledger.note(
                .init(
                    connector: status.connector,
                    outcome: status.outcome,
                    message: status.message,
                    revision: status.revision
                )
            )
            server.send(HealthNoted(connector: status.connector), to: peer) { $0.replyTo = message.header.id }
        } catch {
            Log.warning("a health status could not be written", ["connector": status.connector])
        }
    }

    // MARK: Asking and telling

    /// What a check on demand came to.
    enum Answer: Sendable {
        case status(HealthStatus)
        case refused(ServiceError)
        /// No monitor is in session, or its session ended meanwhile.
        case away
        /// It lives and has not answered.
        case silent
    }

    /// How long a person waits for checks that are before theirs in the provider's lane, and for their own.
    private static let patience = Duration.seconds(45)

    /// Has the monitor check a connector now.
    func check(_ id: String, of trace: TraceContext) async -> Answer {
        guard let peer = monitor else { return .away }
        do throws(BusError) {
            let ping = HealthPing(connector: id)
            let message = try await server.ask(ping, of: peer, timeout: Self.patience) { header in
                header.trace = trace.trace.child().header
            }
            if let status = try? message.body(HealthStatus.self) { return .status(status) }
            return (try? message.body(ServiceError.self)).map { .refused($0) } ?? .silent
        } catch {
            return error.code == .timeout ? .silent : .away
        }
    }

    /// Tells what live traffic showed; nobody waits for it, and without a monitor nobody hears it.
    func tell(_ signals: [HealthSignal]) {
        guard let peer = monitor else { return }
        for signal in signals { server.send(signal, to: peer) }
    }

    private var monitor: Peer? { server.peers.first { $0.role == .healthMonitor } }
}
