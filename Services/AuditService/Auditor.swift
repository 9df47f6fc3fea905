import Audit
import Bus
import Crypto
import Loop
import SQLite
import Service
import Telemetry
import Wire

/// Takes events and questions from the bus, and answers each once the store has.
///
/// An event is acknowledged after its commit, never before; a sender that hears nothing sends again and the store
/// knows doubles. At most 64 batches and 32 questions are under way; more get `service.error`, retryable.
@BusLoop
final class Auditor {
    private static let appendLimit = 64
    private static let queryLimit = 32

    private let server: Server
    private let store: AuditStore
    private var appends = 0
    private var queries = 0
    /// Peers that keep checkpoints.
    private var witnesses: Set<Peer> = []
    /// The latest checkpoint told to anyone: nobody hears of an older one behind it.
    private var toldUpto: UInt64 = 0
    /// Events in the chain after the last batch.
    private var chained: UInt64 = 0
    private var lastCheckpoint: (count: UInt64, at: Int64)?
    private var isDraining = false
    private var onIdle: [() -> Void] = []
    private var timer: Loop.Timer?
    /// Why nothing is stored at the moment; nil when the last events were.
    private(set) var complaint: String?

    init(_ server: Server, _ store: AuditStore) {
        self.server = server
        self.store = store
    }

    /// Begins to listen.
    func start() async throws {
        server.onMessage = { [weak self] peer, message in self?.take(message, from: peer) }
        server.onHello = { [weak self] peer, hello in
            if hello.capabilities.contains(AuditCheckpoint.capability) { self?.witnesses.insert(peer) }
            return WelcomeFields()
        }
        server.onWelcomed = { [weak self] peer in self?.tellLatest(peer) }
        server.onGone = { [weak self] peer, _ in self?.witnesses.remove(peer) }
        server.load = { [weak self] in
            guard let self else { return Load() }
            return Load(busy: Double(appends) / Double(Self.appendLimit), queue: appends, facts: facts)
        }
        try await server.start()
        keepHouse()
    }

    /// Takes nothing new, and waits for what is under way.
    func drain(within limit: Duration) async {
        isDraining = true
        server.drain()
        guard appends > 0 else { return }
        await withCheckedContinuation { continuation in
            var isOpen = true
            let end = {
                guard isOpen else { return }
                isOpen = false
                continuation.resume()
            }
            onIdle.append(end)
            BusLoop.after(limit) { end() }
        }
    }

    /// Puts the stop on record, before the last checkpoint.
    func end(_ life: Life) async { await store.end(life) }

    /// Signs what is not signed yet and closes the socket.
    func stop() async {
        if let timer { BusLoop.loop.cancel(timer) }
        await sign()
        server.close()
    }

    /// What heartbeats tell beside the load; nothing of the chain before this process has added to it.
    private var facts: [Heartbeat.Fact] {
        var facts: [Heartbeat.Fact] = []
        if chained > 0 { facts.append(.init("events", Int64(clamping: chained))) }
        if let lastCheckpoint {
            facts.append(.init("checkpoint_count", Int64(clamping: lastCheckpoint.count)))
            facts.append(.init("checkpoint_at", lastCheckpoint.at))
        }
        return facts
    }

    // MARK: Messages

    private func take(_ message: Message, from peer: Peer) {
        switch message.header.kind {
        case .auditAppend: read(message, peer, append)
        case .auditGap: read(message, peer, recordGap)
        case .auditQuery: read(message, peer, answer)
        default: refuse(message, peer, "unexpected", "the audit service doesn't take this kind", retryable: false)
        }
    }

    private func read<B: Body>(_ message: Message, _ peer: Peer, _ then: (B, Message, Peer) -> Void) {
        do {
            then(try message.body(B.self), message, peer)
        } catch {
            refuse(message, peer, error.code.rawValue, "the payload can't be read", retryable: false)
        }
    }

    private func append(_ batch: AuditAppend, _ message: Message, _ peer: Peer) {
        commit(message, peer) { store in try await store.append(batch, from: peer.role) }
    }

    private func recordGap(_ gap: AuditGap, _ message: Message, _ peer: Peer) {
        Log.warning("a sender lost events", ["stream": gap.stream, "from": gap.from, "to": gap.to])
        commit(message, peer) { store in try await store.record(gap, from: peer.role) }
    }

    private func commit(
        _ message: Message,
        _ peer: Peer,
        _ work: @escaping @Sendable (AuditStore) async throws -> AuditStore.Taken
    ) {
        guard appends < Self.appendLimit, !isDraining else {
            let detail = isDraining ? "the audit service is stopping" : "too many batches are under way"
            return refuse(message, peer, "busy", detail, retryable: true)
        }
        appends += 1
        let start = Moment.now
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            do {
                report(try await work(store), message, peer, since: start)
                complaint = nil
            } catch {
                Log.error("events can't be stored", ["error": "\(error)"])
                failed(error, message, peer)
            }
            appends -= 1
            settle()
        }
    }

    /// Nothing of it was acknowledged, so its sender still has it.
    private func failed(_ error: any Error, _ message: Message, _ peer: Peer) {
        let isFull = (error as? SQLiteError)?.isFull == true
        let sentence = isFull ? "the audit service's disk is full" : "the audit service can't store events"
        complaint = sentence
        refuse(message, peer, isFull ? "storage_full" : "store", sentence, retryable: true)
    }

    private func report(_ taken: AuditStore.Taken, _ message: Message, _ peer: Peer, since start: Moment) {
        chained = max(chained, taken.count)
        if let checkpoint = taken.checkpoint { tell(checkpoint, witnesses) }
        let id = message.header.id
        let body = AuditAppended(stream: taken.stream, upto: taken.upto, head: taken.head)
        server.send(body, to: peer) { $0.replyTo = id }
    }

    private func settle() {
        guard appends == 0 else { return }
        let waiting = onIdle
        onIdle = []
        for resume in waiting { resume() }
    }

    private func answer(_ query: AuditQuery, _ message: Message, _ peer: Peer) {
        guard queries < Self.queryLimit else {
            return refuse(message, peer, "busy", "too many questions are under way", retryable: true)
        }
        queries += 1
        let id = message.header.id
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            do {
                let page = try await store.page(query)
                server.send(page, to: peer) { header in
                    header.replyTo = id
                    header.trace = message.header.trace
                }
            } catch {
                Log.error("a question can't be answered", ["error": "\(error)"])
                refuse(message, peer, "store", "the trail can't be read now", retryable: true)
            }
            queries -= 1
        }
    }

    private func refuse(_ message: Message, _ peer: Peer, _ code: String, _ detail: String, retryable: Bool) {
        let id = message.header.id
        let error = ServiceError(
            code: code,
            detail: detail,
            retryable: retryable,
            retryAfterMs: retryable ? 1_000 : nil
        )
        server.send(error, to: peer) { $0.replyTo = id }
    }

    // MARK: Witnesses

    /// A witness that was away may have missed some: the latest covers them.
    private func tellLatest(_ peer: Peer) {
        guard witnesses.contains(peer) else { return }
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            do {
                if let checkpoint = try await store.latestCheckpoint() { tell(checkpoint, [peer]) }
            } catch {
                Log.error("the latest checkpoint can't be read", ["error": "\(error)"])
            }
        }
    }

    private func tell(_ checkpoint: Checkpoint, _ peers: Set<Peer>) {
        guard checkpoint.count >= toldUpto else { return }
        toldUpto = checkpoint.count
        lastCheckpoint = (checkpoint.count, checkpoint.at)
        let body = AuditCheckpoint(checkpoint)
        for peer in peers { server.send(body, to: peer) }
    }

    // MARK: Time

    /// Every minute a checkpoint when there is something to sign, and old days of the call log go.
    private func keepHouse() {
        timer = BusLoop.after(.seconds(60)) { [weak self] in
            guard let self else { return }
            Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
                await sign()
                await expire()
            }
            keepHouse()
        }
    }

    private func sign() async {
        do {
            if let checkpoint = try await store.signCheckpoint() { tell(checkpoint, witnesses) }
        } catch {
            Log.error("no checkpoint could be signed", ["error": "\(error)"])
        }
    }

    private func expire() async {
        do {
            let days = try await store.dropOldCalls()
            if days > 0 { Log.info("old days of the call log dropped", ["days": days]) }
        } catch {
            Log.error("the call log can't be shortened", ["error": "\(error)"])
        }
    }
}

extension AuditCheckpoint {
    /// A checkpoint as it travels.
    init(_ checkpoint: Checkpoint) {
        self.init(
            count: checkpoint.count,
            head: Hex.encode(checkpoint.head),
            at: checkpoint.at,
            previous: Hex.encode(checkpoint.previous),
            signature: Hex.encode(checkpoint.signature),
            key: Hex.encode(checkpoint.key)
        )
    }
}
