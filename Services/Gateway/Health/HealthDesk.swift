import Bus
import Crypto
import HTTP
import Loop
import Providers
import SQLite
import Telemetry
import Wire

/// Talks with the health monitor: tells it which connectors there are, lends it a sealed credential for each check,
/// and writes down what it found. On the bus's thread.
@BusLoop
final class HealthDesk {
    private let server: Server
    private let connectors: ConnectorRegister
    private let commit: GroupCommit
    private let store: ConnectorStore
    private let audit: AuditTrail
    private let interval: Duration
    private var sealingKeys: [Peer: [UInt8]] = [:]
    /// Begins at the wall clock, so that it also rises over a restart.
    private var revision = UInt64(clamping: wallClockMicroseconds())

    nonisolated init(
        server: Server,
        connectors: ConnectorRegister,
        commit: GroupCommit,
        store: ConnectorStore,
        audit: AuditTrail,
        interval: Duration
    ) {
        self.server = server
        self.connectors = connectors
        self.commit = commit
        self.store = store
        self.audit = audit
        self.interval = interval
    }

    func start() async throws {
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
        try await server.start()
    }

    func stop() { server.close() }

    var isMonitorUp: Bool { server.peers.contains { $0.role == .healthMonitor } }

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
            intervalS: Int(interval.milliseconds / 1_000),
            revision: revision,
            status: connector.status.rawValue,
            checkedAgoS: connector.lastHealthCheckAt.map { max(0, Int(wallClockMicroseconds() - $0) / 1_000_000) }
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
        let plain = ConnectorStore.bytes(of: connector.config.credentials)
        let credential = HealthCredential(
            connector: id,
            type: connector.type,
            baseURL: connector.config.baseURL,
            credential: (try? SealedBox.seal(plain, to: key)).map { Base64.encode($0) }
        )
        server.send(credential, to: peer) { $0.replyTo = question }
    }

    /// A result is written before it is acknowledged; a change to or from auth-invalid leaves an audit event.
    private func note(_ status: HealthStatus, from peer: Peer, answering message: Message) async {
        let question = message.header.id
        guard var connector = await connectors.all[status.connector] else {
            return acknowledge(status, to: peer, question)
        }
        let before = connector.status
        connector.lastHealthCheckAt = wallClockMicroseconds()
        connector.lastHealthCheckStatus = status.outcome
        switch status.outcome {
        case "ok" where before == .authInvalid: connector.status = .active
        case "auth_invalid" where before == .active: connector.status = .authInvalid
        default: break
        }
        let after = connector
        do {
            try await commit.write { [store, audit] db in
                try store.setHealth(
                    after.id,
                    at: after.lastHealthCheckAt ?? 0,
                    outcome: status.outcome,
                    status: after.status,
                    in: db
                )
                guard after.status != before else { return }
                try audit.record(
                    "connector.\(after.status.rawValue)",
                    by: "health-monitor",
                    on: .init(type: "connector", id: after.id, name: after.displayName),
                    notes: status.message ?? status.outcome,
                    in: db
                )
            }
            await connectors.put(after)
            acknowledge(status, to: peer, question)
        } catch {
            Log.warning("a health status could not be written", ["connector": after.id])
        }
    }

    private func acknowledge(_ status: HealthStatus, to peer: Peer, _ question: ULID) {
        server.send(HealthNoted(connector: status.connector), to: peer) { $0.replyTo = question }
    }
}
