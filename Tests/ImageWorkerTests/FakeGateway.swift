import Bus
import Crypto
import Loop
import Support
import Wire

@testable import ImageWorker

/// A gateway in this process: hands out images and answers as it is told.
@BusLoop
final class FakeGateway {
    /// What the worker said, in order.
    private(set) var heard: [Message] = []
    private(set) var hellos: [Hello] = []
    private(set) var peer: Peer?
    private(set) var credit: UInt64 = 0
    /// Answers to checkpoints, renewals and results.
    var commitsCheckpoints = true
    var settles = true
    var lease = Duration.seconds(15)
    var keeps: (Holding) -> Bool = { _ in true }
    let rings: [Role: KeyRing]
    private var server: Server?
    /// Of the tests that bind twice: no other connection's port is taken from here meanwhile.
    private(set) var address = "tcp://127.0.0.2:0"

    init() throws {
        rings = try KeyRing.inMemory()
    }

    /// Binds; a second time at the same address, as a restarted gateway does.
    func start(boot: String = "g1") async throws {
        try await retrying(while: { ($0 as? BusError)?.code == .address }) { try await open(boot) }
    }

    private func open(_ boot: String) async throws {
        guard let ring = rings[.gateway] else { return }
        let source = Source(service: "gateway", instance: "gateway", boot: boot)
        let server = Server(name: "jobs", address: address, keys: ring, source: source, admits: [.imageWorker])
        server.onHello = { [weak self] peer, hello in
            guard let self else { return WelcomeFields() }
            hellos.append(hello)
            self.peer = peer
            credit = 0
            return WelcomeFields(
                lease: lease,
                keep: hello.holding.filter(keeps).map(\.job),
                drop: hello.holding.filter { !keeps($0) }.map(\.job)
            )
        }
        server.onMessage = { [weak self] peer, message in self?.take(message, peer) }
        try await server.start()
        address = server.address
        self.server = server
    }

    func close() {
        server?.close()
        server = nil
        peer = nil
    }

    func count(_ kind: Kind) -> Int { heard.count { $0.header.kind == kind } }

    func first<B: Body>(_ type: B.Type) -> B? {
        heard.first { $0.header.kind == B.kind }.flatMap { try? $0.body(type) }
    }

    func offer(_ key: JobKey, _ spec: JobSpec, credentials: String? = #"{"api_key":"sk-0123456789abcdef"}"#) throws {
        guard let peer, let hello = hellos.last else { throw BusError(.down, "no worker") }
        let sealingKey = try Base64.decode(hello.sealingKey ?? "")
        let sealed = try credentials.map { try Base64.encode(SealedBox.seal($0.utf8, to: sealingKey)) }
        let offer = JobOffer(spec: spec, credential: sealed, leaseMs: Int(lease.milliseconds))
        say(offer, key, peer)
    }

    func cancel(_ key: JobKey) {
        if let peer { say(JobCancel(reason: "requested"), key, peer) }
    }

    private func say<B: Body>(_ body: B, _ key: JobKey, _ peer: Peer) {
        _ = server?.send(body, to: peer) { header in
            header.job = key.job
            header.lease = key.lease
            // As the real one: an answer names the token and leaves the number out.
            if B.kind == .jobOffer {
                header.attempt = key.attempt
                header.correlation = key.correlation
                if let offer = key.offer { header.id = offer }
            }
        }
    }

    private func take(_ message: Message, _ peer: Peer) {
        heard.append(message)
        if let body = try? message.body(JobCredit.self) { credit = max(credit, body.total) }
        guard let key = JobKey(message.header) else { return }
        switch message.header.kind {
        case .jobCheckpoint:
            if commitsCheckpoints { say(JobCheckpointed(), key, peer) }
        case .jobRenew: say(JobLease(leaseMs: Int(lease.milliseconds), cancel: false, lost: false), key, peer)
        case .jobDone, .jobFailed, .jobCancelled: if settles { say(JobSettled(), key, peer) }
        default: break
        }
    }
}

/// Waits on the bus's thread, which goes on working, until the condition holds.
@BusLoop
func untilBus(_ what: String, within limit: Duration = .seconds(30), _ condition: @BusLoop () -> Bool) async throws {
    let deadline = Moment.now + limit
    while !condition() {
        guard Moment.now < deadline else { throw BusError(.timeout, "not within \(limit): \(what)") }
        await withCheckedContinuation { continuation in BusLoop.after(.milliseconds(2)) { continuation.resume() } }
    }
}
