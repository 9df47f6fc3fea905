import Bus
import HTTP
import Loop
import Providers
import SQLite
import Service
import Telemetry
import Wire

/// The gateway's side of the bus: the desks for workers and for the health monitor, the outbox to the audit service,
/// and the point where taps listen. On the bus's thread.
@BusLoop
final class Cluster {
    let desk: JobDesk
    let health: HealthDesk
    private let outbox: Outbox
    private let life: Life
    private var shipper: OutboxShipper?
    private let tap: TapPoint
    private let jobs: Server
    private let auditLink: Link
    let witness: AuditWitness
    private let watch = ServiceWatch()
    private let identity: Identity
    private let started = wallClockMicroseconds()

    init(
        context: LaunchContext,
        keys: KeyRing,
        store: Store,
        feed: JobFeed,
        ledger: HealthLedger,
        paidChecks: PaidChecks,
        prices: Prices
    ) {
        let settings = context.settings
        identity = context.identity
        let source = context.identity.source
        let tap = context.tapPoint(keys)
        self.tap = tap
        outbox = store.outbox
        life = Life(context.identity)
        jobs = Server(
            name: "jobs",
            address: settings.jobs,
            keys: keys,
            source: source,
            admits: [.imageWorker],
            sharesNames: true,
            tap: tap
        )
        let control = Server(
            name: "control",
            address: settings.control,
            keys: keys,
            source: source,
            admits: [.healthMonitor, .operator],
            tap: tap
        )
        auditLink = Link(
            name: "audit",
            to: settings.audit,
            serverRole: .auditService,
            keys: keys,
            source: source,
            tap: tap,
            hello: { context.identity.hello(.gateway, capabilities: [AuditCheckpoint.capability]) }
        )
        witness = AuditWitness(commit: store.commit, audit: store.audit)
        desk = JobDesk(
            server: jobs,
            commit: store.commit,
            store: JobStore(audit: store.audit),
            files: store.files,
            feed: feed,
            connectors: ledger.connectors,
            lease: settings.lease,
            prices: prices
        )
        health = HealthDesk(server: control, ledger: ledger, paidChecks: paidChecks)
    }

    /// Opens the sockets, each proven closed to strangers, and takes up what the store has.
    func start(_ store: Store) async throws {
        try tap.start()
        try await witness.resume()
        watch.watch(auditLink, to: ServiceWatch.auditService)
        witness.attach(to: auditLink)
        shipper = try await outbox.ship(over: auditLink)
        try await outbox.begin(life)
        try auditLink.start()
        try await desk.start(watch)
        try await health.start(watch)
    }

    /// What metrics tell.
    func facts() -> StatusHandler.Facts {
        let census = desk.census()
        return StatusHandler.Facts(
            workers: census.workers,
            slots: census.slots,
            images: census.images,
            longestWait: desk.longestWait,
            isAuditUp: auditLink.isUp,
            auditComplaint: witness.complaint,
            outboxStalled: shipper?.stalledFor ?? .zero,
            isTapWatched: tap.isWatched,
            services: members(census.images, now: wallClockMicroseconds()).filter(\.isPresent)
        )
    }

    /// What the status tells, as far as it is known here.
    func status() -> ClusterStatus {
        let now = wallClockMicroseconds()
        var status = ClusterStatus(at: now, started: started)
        let census = desk.census()
        status.images = census.images
        status.longestWait = desk.longestWait
        status.workers = desk.workers
        status.members = members(census.images, now: now)
        status.noWorkerSince = watch.register.downSince(ServiceWatch.imageWorker)
        status.monitorDownSince = watch.register.downSince(ServiceWatch.healthMonitor)
        status.auditDownSince = watch.register.downSince(ServiceWatch.auditService)
        status.outbox.events = Int(clamping: shipper?.depth ?? 0)
        status.trail.isUp = auditLink.isUp
        status.trail.head = shipper?.head ?? ""
        status.trail.complaint = witness.complaint
        status.trail.shippingComplaint = shipper?.complaint
        status.sharedNames = jobs.sharedNames
        status.tap = tap.standing
        return status
    }

    /// The same with what stands in the store. Neither is told when that can't be read, which shows by itself.
    func detailed(_ status: ClusterStatus) async -> ClusterStatus {
        var status = status
        if status.outbox.events > 0 { status.outbox.oldest = (try? await outbox.oldest()) ?? nil }
        status.trail.checkpoint = try? await witness.latest()
        return status
    }

    /// This process and those that it has seen.
    private func members(_ images: [String: Int], now: Int64) -> [ServiceRegister.Member] {
        var myself = myself(images, now: now)
        myself.note(desk.longestGap, at: .now)
        return [myself] + watch.register.members(now: now)
    }

    private func myself(_ images: [String: Int], now: Int64) -> ServiceRegister.Member {
        ServiceRegister.Member(
            service: identity.service,
            instance: identity.instance,
            boot: identity.boot,
            version: Release.version,
            minor: Envelope.currentMinor,
            state: .up,
            since: started,
            lastSeen: now,
            heartbeat: Heartbeat(
                load: 0,
                residentBytes: ProcessFigures.residentBytes,
                queue: images.values.reduce(0, +),
                tapDropped: tap.dropped,
                tickGapMs: 0
            )
        )
    }

    /// Asks the audit service for a page.
    func ask(_ query: AuditQuery, of trace: Trace) async throws -> AuditPage {
        do {
            let answer = try await auditLink.ask(query, timeout: .seconds(10)) { $0.trace = trace.child().header }
            return try answer.body(AuditPage.self)
        } catch {
            Log.warning(
                "the audit service didn't answer",
                ["error": "\(error)", "trace": trace.id, "span": trace.spanID]
            )
            var failure = GatewayError(.notReady, "The audit service doesn't answer now. Try again.")
            failure.retryAfter = .seconds(1)
            throw failure
        }
    }

    /// Gives the audit service a moment to take what is committed; what it doesn't take waits in the outbox.
    func drain() async {
        await outbox.end(life)
        _ = await shipper?.flush(within: .seconds(2))
    }

    func stop() {
        desk.stop()
        health.stop()
        auditLink.close()
        tap.close()
    }
}
