import Bus
import Crypto
import HTTP
import JSON
import Loop
import Providers
import SQLite
import Telemetry
import Wire

/// Carries out what the ``JobBoard`` decides: it hears the workers, writes to the store, and tells only what is
/// written. On the bus's thread.
@BusLoop
final class JobDesk {
    private nonisolated static let tickInterval = Duration.milliseconds(250)

    private(set) var board: JobBoard
    private let server: Server
    let commit: GroupCommit
    let store: JobStore
    private let files: ImageFiles
    let feed: JobFeed
    private let connectors: ConnectorRegister
    private let meters: JobMeters
    private var slots: [JobBoard.WorkerID: Int] = [:]
    private var peers: [JobBoard.WorkerID: Peer] = [:]
    private var sealingKeys: [JobBoard.WorkerID: [UInt8]] = [:]
    /// The image whose change was just committed: when that was its end, it has left the board and is still spoken of.
    private var ended: JobBoard.Unit?
    private var gaps = RecentMaximum()
    private var stall = StallGuard(heartbeat: JobDesk.tickInterval, now: .now)
    private var isOpen = true

    nonisolated init(
        server: Server,
        commit: GroupCommit,
        store: JobStore,
        files: ImageFiles,
        feed: JobFeed,
        connectors: ConnectorRegister,
        lease: Duration,
        prices: Prices
    ) {
        self.server = server
        self.commit = commit
        self.store = store
        self.files = files
        self.feed = feed
        self.connectors = connectors
        meters = JobMeters(prices: prices)
        var limits = JobBoard.Limits.standard
        limits.lease = lease
        board = JobBoard(limits: limits, seed: .random(in: .min ... .max))
    }

    /// Takes up what the store has, then hears workers.
    func start(_ watch: ServiceWatch) async throws {
        let (open, standings) = try await commit.read { (try JobStore.open(in: $0), try JobStore.standings(in: $0)) }
        await feed.restore(standings)
        perform(board.restored(open, now: .now))
        server.onHello = { [unowned self] peer, hello in welcome(peer, hello) }
        server.onMessage = { [unowned self] peer, message in take(message, from: peer) }
        server.onGone = { [unowned self] in gone($0, $1) }
        server.onNamesake = { [unowned self] in recordNamesake($0) }
        server.onDrain = { [unowned self] peer, _ in board.draining(Self.id(of: peer)) }
        watch.watch(server)
        try await server.start()
        stall = StallGuard(heartbeat: Self.tickInterval, now: .now)
        tick()
    }

    func stop() {
        isOpen = false
        server.close()
    }

    /// Images whose rows are committed.
    func submitted(_ job: NewJob) {
        let units = job.images.map { image in
            var unit = JobBoard.Unit(
                id: image.id,
                job: job.id,
                owner: job.owner,
                connector: job.connector.id,
                concurrency: job.connector.imageConcurrency
            )
            unit.trace = job.trace?.trace
            return unit
        }
        perform(board.submitted(units, now: .now))
    }

    func cancel(images: [String]) {
        for image in images { perform(board.cancelRequested(unit: image, now: .now)) }
    }

    func queuePosition(ofJob id: String) -> Int? { board.queuePosition(ofJob: id) }

    /// How many images stand where, how many workers are there, and how many images they make at a time.
    func census() -> (images: [String: Int], workers: Int, slots: Int) {
        (board.census(), board.workers.values.count(where: \.isConnected), slots.values.reduce(0, +))
    }

    /// The workers that are connected, as the status shows them.
    var workers: [ClusterStatus.Worker] {
        board.workers.filter(\.value.isConnected).map { id, worker in
            ClusterStatus.Worker(
                instance: id.instance,
                credit: max(0, worker.credit - worker.sent),
                images: board.units.values.count { $0.worker == id }
            )
        }
    }

    /// How long the image that waits longest for a worker has been here.
    var longestWait: Duration { board.longestWait(now: .now) }

    // MARK: Time

    /// The longest pause between two ticks of the last minute.
    var longestGap: Duration { gaps.value(at: .now) }

    private func tick() {
        guard isOpen else { return }
        let now = Moment.now
        board.stalled(for: stall.tick(now))
        gaps.note(stall.takeLongest(), at: now)
        perform(board.tick(now: now))
        BusLoop.after(Self.tickInterval) { [weak self] in self?.tick() }
    }

    // MARK: Workers

    private static func id(of peer: Peer) -> JobBoard.WorkerID {
        JobBoard.WorkerID(instance: peer.instance, boot: peer.boot)
    }

    private func welcome(_ peer: Peer, _ hello: Hello) -> WelcomeFields {
        let id = Self.id(of: peer)
        peers[id] = peer
        slots[id] = min(1_024, max(0, hello.slots))
        sealingKeys[id] = hello.sealingKey.flatMap { try? Base64.decode($0) }
        let holding = hello.holding.map {
            JobBoard.Holding(unit: $0.job, lease: $0.lease, isFinished: $0.isFinished)
        }
        let answer = board.workerJoined(id, holding: holding, now: .now)
        Log.info("worker joined", ["instance": peer.instance, "held": hello.holding.count, "kept": answer.keep.count])
        perform(answer.actions)
        return WelcomeFields(lease: board.limits.lease, keep: answer.keep, drop: answer.drop)
    }

    private func gone(_ peer: Peer, _ reason: GoneReason) {
        let id = Self.id(of: peer)
        guard peers[id] == peer else { return }
        peers[id] = nil
        slots[id] = nil
        board.workerLeft(id, isSilent: reason == .silent, now: .now)
    }

    private func take(_ message: Message, from peer: Peer) {
        let header = message.header
        let worker = Self.id(of: peer)
        do {
            if header.kind == .jobCredit {
                let total = Int(clamping: try message.body(JobCredit.self).total)
                return perform(board.creditGranted(worker, total: total, now: .now))
            }
            guard let unit = header.job, let lease = header.lease else { return }
            try take(message, unit: unit, lease: lease, from: worker)
        } catch {
            Log.warning("unreadable message", ["kind": header.kind.rawValue, "from": peer.instance])
        }
    }

    private func take(_ message: Message, unit: String, lease: String, from worker: JobBoard.WorkerID) throws {
        let now = Moment.now
        switch message.header.kind {
        case .jobAccept:
            perform(board.accepted(worker, unit: unit, lease: lease, now: now))
        case .jobReject:
            let delay = Duration.milliseconds(max(250, min(60_000, try message.body(JobReject.self).retryAfterMs)))
            perform(board.rejected(worker, unit: unit, lease: lease, retryAfter: delay, now: now))
        case .jobRelease:
            perform(board.released(worker, unit: unit, lease: lease, now: now))
        case .jobRenew:
            perform(board.renewed(worker, unit: unit, lease: lease, now: now))
        case .jobStep:
            tell(step: try message.body(), image: unit)
        case .jobCheckpoint:
            let body = try message.body(JobCheckpoint.self)
            recordCost(body.spent, of: unit, lease: lease)
            let checkpoint: JobBoard.Checkpoint =
                body.phase == .submitting ? .submitting : .submitted(reference: body.providerReference)
            perform(board.reached(checkpoint, worker, unit: unit, lease: lease, now: now))
        case .jobCancelled:
            recordCost(try message.body(JobCancelled.self).spent, of: unit, lease: lease)
            perform(board.cancelled(worker, unit: unit, lease: lease, now: now))
        case .jobFailed:
            let failure = Self.failure(try message.body())
            tell(failure, of: unit, lease: lease)
            perform(board.failed(worker, unit: unit, lease: lease, failure, now: now))
        case .jobDone:
            try delivered(message, unit: unit, lease: lease, from: worker)
        default:
            break
        }
    }

    private static func failure(_ body: JobFailed) -> JobBoard.Failure {
        var failure = JobBoard.Failure(code: body.code, message: body.message, isRetryable: body.retryable)
        if let code = body.providerCode { failure.details.append(.init(name: "provider_code", value: code)) }
        if let id = body.providerRequestID { failure.details.append(.init(name: "provider_request_id", value: id)) }
        failure.retryAfter = body.retryAfterMs.map { .milliseconds(min($0, 3_600_000)) }
        return failure
    }

    /// A picture came: its bytes must be what the message says and on disk before the board hears of it.
    private func delivered(_ message: Message, unit: String, lease: String, from worker: JobBoard.WorkerID) throws {
        let body = try message.body(JobDone.self)
        if board.units[unit] != nil { meters.delivered(unit) }
        guard let original = body.outputs.first, body.outputs.count == message.attachments.count else {
            return Log.warning("a result without its picture", ["image": unit])
        }
        for (output, bytes) in zip(body.outputs, message.attachments)
        where output.bytes != bytes.count || output.sha256 != Hex.encode(Digest.sha256(bytes)) {
            return Log.warning("a picture that isn't what its message says", ["image": unit])
        }
        let delivery = JobStore.Delivery(
            original: original,
            thumb: body.outputs.dropFirst().first { $0.name == "thumb" },
            costUSD: body.costUSD
        )
        guard board.units[unit] != nil else {
            Task(executorPreference: BusLoop.loop) {
                await self.discard(body.costUSD, unit: unit, lease: lease, from: worker)
            }
            return
        }
        Task(executorPreference: BusLoop.loop) {
            await self.keep(message, delivery, unit: unit, lease: lease, from: worker)
        }
    }

    /// A picture of an image that has ended: what it cost is written down before the worker may forget it.
    private func discard(_ cost: Double?, unit: String, lease: String, from worker: JobBoard.WorkerID) async {
        guard await writeCost(cost, of: unit, lease: lease) else { return }
        perform(board.finished(worker, unit: unit, lease: lease, now: .now))
    }

    private func keep(
        _ message: Message,
        _ delivery: JobStore.Delivery,
        unit: String,
        lease: String,
        from worker: JobBoard.WorkerID
    ) async {
        let body = (try? message.body(JobDone.self))?.outputs ?? []
        do {
            for (output, bytes) in zip(body, message.attachments) {
                try await files.save(bytes, sha256: output.sha256)
            }
        } catch {
            return Log.error("a picture could not be kept", ["image": unit, "reason": "\(error)"])
        }
        perform(board.finished(worker, unit: unit, lease: lease, now: .now), delivery: delivery)
    }

    // MARK: Actions

    private func perform(_ actions: [JobBoard.Action], delivery: JobStore.Delivery? = nil) {
        for action in actions { perform(action, delivery) }
    }

    private func perform(_ action: JobBoard.Action, _ delivery: JobStore.Delivery?) {
        switch action {
        case .commit(let change):
            Task(executorPreference: BusLoop.loop) { await self.write(change, delivery) }
        case .offer(let unit, let lease, let attempt, let worker):
            Task(executorPreference: BusLoop.loop) {
                await self.offer(unit: unit, lease: lease, attempt: attempt, to: worker)
            }
        case .renewed(let unit, let lease, let cancel, let worker):
            say(JobLease(leaseMs: leaseMs, cancel: cancel, lost: false), unit, lease, to: worker)
        case .lost(let unit, let lease, let worker):
            say(JobLease(leaseMs: 0, cancel: false, lost: true), unit, lease, to: worker)
        case .checkpointed(let unit, let lease, let worker):
            say(JobCheckpointed(), unit, lease, to: worker)
        case .cancel(let unit, let lease, let why, let worker):
            say(JobCancel(reason: why.rawValue), unit, lease, to: worker)
        case .settled(let unit, let lease, let worker):
            say(JobSettled(), unit, lease, to: worker)
        case .ended: break
        }
    }

    private var leaseMs: Int { Int(board.limits.lease.milliseconds) }

    private func say(_ body: some Body, _ unit: String, _ lease: String, to worker: JobBoard.WorkerID) {
        guard let peer = peers[worker] else { return }
        let known = board.units[unit] ?? ended.flatMap { $0.id == unit ? $0 : nil }
        server.send(body, to: peer) { header in
            header.job = unit
            header.attempt = LeaseTokens.attempt(of: lease)
            header.lease = lease
            header.correlation = known?.job
            header.trace = known?.trace?.child().header
        }
    }

    private func write(_ change: JobBoard.Change, _ delivery: JobStore.Delivery?) async {
        do {
            let events = try await written(change, delivery)
            meters.committed(change, costUSD: delivery?.costUSD, arrived: board.units[change.unit]?.arrived)
            if !events.isEmpty { await feed.publish(events) }
            ended = board.units[change.unit]
            tell(change)
            perform(board.committed(change, now: .now))
            ended = nil
        } catch {
            Log.error("a job's change could not be written", ["image": change.unit, "reason": "\(error)"])
            perform(board.commitFailed(change, now: .now))
        }
    }

    /// What finds no room makes some, see ``Ballast``, and is written then: the image was accepted.
    private func written(_ change: JobBoard.Change, _ delivery: JobStore.Delivery?) async throws -> [JobEvent] {
        let body = { @Sendable [store] (db: SQLite.Connection) in try store.apply(change, delivery: delivery, in: db) }
        do {
            return try await commit.write(body)
        } catch let error as SQLiteError where error.isFull {
            return try await commit.write(body)
        }
    }

    private func offer(unit: String, lease: String, attempt: Int, to worker: JobBoard.WorkerID) async {
        guard let known = board.units[unit] else { return }
        let connector = await connectors.all[known.connector]
        let order = try? await commit.read { try JobStore.order(of: unit, in: $0) }
        guard let connector, connector.status == .active, let order, let peer = peers[worker] else {
            let failure = JobBoard.Failure(
                code: "config_error",
                message: "The image's connector is gone or not active."
            )
            return perform(board.failed(worker, unit: unit, lease: lease, failure, now: .now))
        }
        meters.offered(unit, type: connector.type, model: order.spec.model)
        tell(attempt, at: order, image: unit, job: known.job)
        let offer = JobOffer(
            spec: order.wire(unit: unit, job: known.job, connector),
            credential: seal(connector, for: worker),
            leaseMs: leaseMs,
            traceState: order.traceState
        )
        server.send(offer, to: peer) { header in
            header.job = unit
            header.attempt = attempt
            header.lease = lease
            header.correlation = known.job
            header.trace = known.trace?.child().header
        }
    }

    private func seal(_ connector: Connector, for worker: JobBoard.WorkerID) -> String? {
        guard !connector.config.credentials.isEmpty, let key = sealingKeys[worker] else { return nil }
        let plain = ConnectorStore.bytes(of: connector.config.credentials)
        return (try? SealedBox.seal(plain, to: key)).map { Base64.encode($0) }
    }
}
