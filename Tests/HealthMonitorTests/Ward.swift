import Bus
import Crypto
import HTTP
import JSON
import Loop
import Support
import Synchronization
import Wire

@testable import HealthMonitor

/// A provider of OpenAI's kind that answers as it is told and remembers who asked what.
final class Provider: Sendable {
    struct Books: Sendable {
        /// The status for a key; 200 when none is set.
        var answers: [String: Int] = [:]
        /// The status for a key's next call alone.
        var nextAnswers: [String: Int] = [:]
        var calls: [(key: String, at: Moment)] = []
        var atOnce = 0
        var mostAtOnce = 0
        /// How long an answer takes.
        var delay = Duration.zero
    }

    let books = Mutex(Books())
    @NetLoop private var listener: Listener?

    @NetLoop
    func start() throws -> String {
        let listener = try Listener(address: "127.0.0.1:0") { [self] in await answer($0) }
        self.listener = listener
        return "http://127.0.0.1:\(listener.port)/v1"
    }

    @NetLoop
    func stop() { listener?.close() }

    func answer(_ status: Int, to key: String) { books.withLock { $0.answers[key] = status } }

    /// Answers the next call so, and those after it as before.
    func answerOnce(_ status: Int, to key: String) { books.withLock { $0.nextAnswers[key] = status } }

    func calls(of key: String) -> Int { books.withLock { $0.calls.count { $0.key == key } } }

    @NetLoop
    private func answer(_ exchange: Exchange) async {
        let key = String(exchange.request.headers["authorization"]?.dropFirst("Bearer ".count) ?? "")
        let isModels = exchange.request.path == "/v1/models" && exchange.request.method == "GET"
        let (status, delay) = books.withLock {
            $0.calls.append((key, .now))
            $0.atOnce += 1
            $0.mostAtOnce = max($0.mostAtOnce, $0.atOnce)
            let answer = $0.nextAnswers.removeValue(forKey: key) ?? $0.answers[key] ?? 200
            return (isModels ? answer : 404, $0.delay)
        }
        await withCheckedContinuation { continuation in
            _ = NetLoop.after(delay) { continuation.resume() }
        }
        books.withLock { $0.atOnce -= 1 }
        let body =
            status == 200
            ? #"{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"x"}]}"#
            : #"{"error":{"message":"no: \#(key)","type":"x","param":null,"code":null}}"#
        exchange.respond(status, [("content-type", "application/json")], Array(body.utf8))
    }
}

/// The gateway's side of the health conversation, as a test wants it.
final class Ward: Sendable {
    struct Told: Sendable {
        var statuses: [HealthStatus] = []
        var requests = 0
        var hellos = 0
    }

    let provider = Provider()
    let told = Mutex(Told())
    /// Results that are not noted yet.
    let refusals = Mutex(0)
    private let context = Context()
    private let rings: [Role: KeyRing]
    private let inside: Inside
    private let baseURL: String

    @BusLoop
    private final class Inside {
        var server: Server?
        /// Of the tests that bind twice: no other connection's port is taken from here meanwhile.
        var address = "tcp://127.0.0.2:0"
        var monitor: Monitor?
        var sealingKey: [UInt8] = []
        var revision: UInt64 = 100
        var items: [ConnectorItem] = []
        /// The connectors' own revisions; 1 where nothing is set.
        var revisions: [String: UInt64] = [:]

        nonisolated init() {}
    }

    init(pace: Pace = .brisk) async throws {
        rings = try KeyRing.inMemory()
        inside = Inside()
        baseURL = try await provider.start()
        try await startGateway()
        let probe = await Probe(client: Client(), upstreams: [:], patience: .seconds(2))
        try await startMonitor(pace, probe)
    }

    /// Binds; a second time at the same address, as a restarted gateway does.
    @BusLoop
    func startGateway() async throws {
        try await retrying(while: { ($0 as? BusError)?.code == .address }) { try await openGateway() }
    }

    @BusLoop
    private func openGateway() async throws {
        guard let ring = rings[.gateway] else { return }
        let server = Server(
            name: "control",
            address: inside.address,
            keys: ring,
            source: Source(service: "gateway", instance: "g", boot: "boot-\(inside.revision)"),
            admits: [.healthMonitor],
            context: context
        )
        let inside = inside
        server.onHello = { [unowned self] _, hello in
            told.withLock { $0.hellos += 1 }
            inside.sealingKey = (try? Base64.decode(hello.sealingKey ?? "")) ?? []
            return WelcomeFields()
        }
        server.onWelcomed = { [weak server] peer in
            server?.send(
                ConnectorSnapshot(revision: inside.revision, part: 1, parts: 1, connectors: inside.items),
                to: peer
            )
        }
        server.onMessage = { [weak self, weak server] peer, message in
            if let server { self?.take(message, peer, server) }
        }
        try await server.start()
        inside.address = server.address
        inside.server = server
    }

    @BusLoop
    func stopGateway() {
        inside.server?.close()
        inside.revision += 1_000
    }

    @BusLoop
    private func startMonitor(_ pace: Pace, _ probe: Probe) throws {
        guard let ring = rings[.healthMonitor] else { return }
        var parts = Monitor.Parts(
            control: inside.address,
            keys: ring,
            source: Source(service: "health-monitor", instance: "m", boot: "bm")
        )
        parts.pace = pace
        parts.seed = runSeed
        parts.context = context
        let monitor = Monitor(parts, probe: probe, tap: nil)
        inside.monitor = monitor
        try monitor.start()
    }

    @BusLoop
    private func take(_ message: Message, _ peer: Peer, _ server: Server) {
        let question = message.header.id
        if let request = try? message.body(HealthRequest.self) {
            told.withLock { $0.requests += 1 }
            let secret = Array(#"{"api_key":"key-\#(request.connector)"}"#.utf8)
            let credential = HealthCredential(
                connector: request.connector,
                type: "openai_compatible",
                baseURL: baseURL,
                credential: (try? SealedBox.seal(secret, to: inside.sealingKey)).map { Base64.encode($0) },
                revision: inside.revisions[request.connector] ?? 1
            )
            server.send(credential, to: peer) { $0.replyTo = question }
        } else if let status = try? message.body(HealthStatus.self) {
            let isRefused = refusals.withLock { left in
                defer { left = max(0, left - 1) }
                return left > 0
            }
            told.withLock { $0.statuses.append(status) }
            if !isRefused { server.send(HealthNoted(connector: status.connector), to: peer) { $0.replyTo = question } }
        }
    }

    // MARK: What tests do

    private func item(_ id: String, _ interval: Int, _ type: String) -> ConnectorItem {
        ConnectorItem(id: id, type: type, baseURL: baseURL, intervalS: interval, revision: 1, status: "active")
    }

    /// Tells the whole list.
    @BusLoop
    func list(_ ids: [String], interval: Int = 1, type: String = "openai_compatible") {
        inside.revision += 1
        inside.items = ids.map { item($0, interval, type) }
        let snapshot = ConnectorSnapshot(revision: inside.revision, part: 1, parts: 1, connectors: inside.items)
        for peer in inside.server?.peers ?? [] { inside.server?.send(snapshot, to: peer) }
    }

    /// Tells a change, or one that skips a revision.
    @BusLoop
    func add(_ id: String, interval: Int = 1, skipping: UInt64 = 0) {
        inside.items.append(item(id, interval, "openai_compatible"))
        inside.revision += 1 + skipping
        let change = ConnectorChanged(revision: inside.revision, connectors: inside.items.suffix(1))
        for peer in inside.server?.peers ?? [] { inside.server?.send(change, to: peer) }
    }

    /// Gives a connector other credentials.
    @BusLoop
    func rotate(_ id: String, interval: Int = 3_600) {
        inside.revisions[id, default: 1] += 1
        var item = item(id, interval, "openai_compatible")
        item.revision = inside.revisions[id] ?? 1
        inside.items = inside.items.map { $0.id == id ? item : $0 }
        inside.revision += 1
        let change = ConnectorChanged(revision: inside.revision, connectors: [item])
        for peer in inside.server?.peers ?? [] { inside.server?.send(change, to: peer) }
    }

    @BusLoop
    func ping(_ id: String) async throws -> HealthStatus {
        guard let server = inside.server, let peer = server.peers.first else {
            throw BusError(.down, "no monitor")
        }
        let answer = try await server.ask(HealthPing(connector: id), of: peer, timeout: .seconds(10))
        return try answer.body(HealthStatus.self)
    }

    @BusLoop
    func signal(_ id: String, succeeded: Int, failed: Int, code: String? = nil, windowMs: Int = 1_000) {
        let signal = HealthSignal(
            connector: id,
            succeeded: succeeded,
            failed: failed,
            code: code,
            windowMs: windowMs
        )
        for peer in inside.server?.peers ?? [] { inside.server?.send(signal, to: peer) }
    }

    var isUp: Bool { get async { await inside.monitor?.link.isUp == true } }

    func statuses(of id: String) -> [HealthStatus] {
        told.withLock { $0.statuses.filter { $0.connector == id } }
    }

    func stop() async {
        await inside.monitor?.drain(within: .seconds(3))
        await stopBus()
        await provider.stop()
    }

    @BusLoop
    private func stopBus() {
        inside.monitor?.stop()
        inside.server?.close()
    }
}

extension Pace {
    /// The real rules at a speed for tests.
    static var brisk: Pace {
        var pace = Pace()
        pace.newcomerSpread = .milliseconds(100)
        pace.overdueSpread = .milliseconds(100)
        pace.pause = .milliseconds(50)
        pace.confirmation = .milliseconds(100)...(.milliseconds(200))
        pace.setback = .milliseconds(200)
        pace.restraint = .milliseconds(100)
        pace.answer = .seconds(1)
        return pace
    }
}
