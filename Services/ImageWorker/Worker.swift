import Bus
import Crypto
import HTTP
import Loop
import Providers
import Telemetry
import Wire

/// The image worker: feeds ``WorkerMachine`` with what the gateway and the work say, and carries out what it decides.
///
/// The link and the machine live on the bus's thread; a job is a task that visits the net, pixel and store threads.
@BusLoop
final class Worker {
    /// What a worker is made with.
    struct Parts: Sendable {
        var jobs: String
        var keys: KeyRing
        var source: Source
        var spoolFolder: String
        var spoolBytes = 512 << 20
        var limits = WorkerMachine.Limits()
        var generate = Generate.Limits()
        var upstreams: [String: String] = [:]
        var prices = Prices.standard
        /// Whether providers are told the trace of a call.
        var tellsTrace = true
    }

    let link: Link
    let generate: Generate
    let spool: Spool
    let upstreams: [String: String]
    let sealing = BoxKeyPair.generate()
    var machine: WorkerMachine
    /// Offers that were accepted, until their work begins.
    var offers: [JobKey: (offer: JobOffer, header: Envelope)] = [:]
    var tasks: [JobKey: Task<Void, Never>] = [:]
    /// Jobs that wait for the gateway's leave to spend money.
    var gates: [JobKey: CheckedContinuation<Bool, Never>] = [:]
    /// Results that were made in this process, until they are settled or were sent once from memory.
    var fresh: [JobKey: Message] = [:]
    /// Results that the spool could not take: memory is their only place.
    var unspooled: Set<JobKey> = []
    /// The threads that the work needs besides the bus's.
    var lookouts = Lookout.all
    private var drainWaiters: [CheckedContinuation<Void, Never>] = []
    private var isDrained = false
    private var isClosed = false
    private let tap: TapPoint?

    /// Opens the spool and makes the link, which is not started yet.
    init(_ parts: Parts, tap: TapPoint? = nil, context: Context = .shared) async throws {
        spool = try await Spool(folder: parts.spoolFolder, boot: parts.source.boot, limit: parts.spoolBytes)
        generate = await Generate(
            client: Client(),
            prices: parts.prices,
            limits: parts.generate,
            tellsTrace: parts.tellsTrace
        )
        upstreams = parts.upstreams
        machine = WorkerMachine(parts.limits, now: .now)
        self.tap = tap
        let card = Card(source: parts.source, slots: parts.limits.slots, sealingKey: Base64.encode(sealing.publicKey))
        let held = HeldJobs()
        link = Link(
            name: "jobs",
            to: parts.jobs,
            serverRole: .gateway,
            keys: parts.keys,
            source: parts.source,
            tap: tap,
            context: context,
            hello: { card.hello(holding: held.read()) }
        )
        held.read = { [weak self] in self?.machine.holding ?? [] }
        try await adopt()
        listen()
    }

    /// Connects and begins to tick.
    func start() throws {
        try tap?.start()
        try link.start()
        tick()
    }

    private func listen() {
        link.onWelcome = { [weak self] welcome in
            guard let self else { return }
            let lease = Duration.milliseconds(max(100, welcome.leaseMs))
            perform(machine.welcomed(keep: welcome.keep, drop: welcome.drop, lease: lease, now: .now))
        }
        link.onDown = { [weak self] _ in
            guard let self else { return }
            perform(machine.wentDown())
        }
        link.onMessage = { [weak self] message in self?.heard(message) }
        link.load = { [weak self] in
            guard let self else { return Load() }
            let busy = Double(machine.running) / Double(max(1, machine.limits.slots))
            return Load(
                busy: busy,
                queue: machine.unsettled,
                facts: [
                    .init("slots", Int64(machine.limits.slots)), .init("busy", Int64(machine.running)),
                    .init("spool_full", machine.isSpoolFull ? 1 : 0),
                ]
            )
        }
    }

    /// What earlier processes left in the spool is this one's to deliver.
    private func adopt() async throws {
        for (key, spent) in await spool.leftovers() {
            machine.adopted(key, spent: spent, now: .now)
        }
        machine.isSpoolFull = await spool.isFull
        if machine.unsettled > 0 { Log.info("results adopted", ["count": machine.unsettled]) }
    }

    private func tick() {
        BusLoop.after(machine.limits.tick) { [weak self] in
            guard let self, !isClosed else { return }
            lookOut()
            perform(machine.tick(.now))
            tick()
        }
    }

    /// Why no image can be made now.
    var shortcomings: [String] {
        (machine.isStuck ? ["a thread hangs"] : []) + (link.isUp ? [] : ["the gateway is not connected"])
            + (machine.isSpoolFull ? ["the spool is full"] : [])
    }

    // MARK: Leaving

    /// Takes nothing new and lets what runs end; hands the rest back when the time is up.
    func drain(within limit: Duration) async {
        perform(machine.drain())
        guard !isDrained else { return }
        BusLoop.after(limit) { [weak self] in
            guard let self, !isDrained else { return }
            perform(machine.releaseRest())
        }
        await withCheckedContinuation { drainWaiters.append($0) }
    }

    func drained() {
        isDrained = true
        for waiter in drainWaiters { waiter.resume() }
        drainWaiters = []
    }

    /// Says goodbye; what is not settled stays in the spool.
    func close() async {
        isClosed = true
        for task in tasks.values { task.cancel() }
        for gate in gates.values { gate.resume(returning: false) }
        gates = [:]
        link.close()
        tap?.close()
        await spool.close()
    }
}

/// What every hello of a worker says.
private struct Card: Sendable {
    let source: Source
    let slots: Int
    let sealingKey: String

    func hello(holding: [Holding]) -> Hello {
        Hello(
            instance: source.instance,
            boot: source.boot,
            role: .imageWorker,
            version: Release.version,
            minor: Envelope.currentMinor,
            slots: slots,
            holding: holding,
            sealingKey: sealingKey
        )
    }
}

/// Lets the link, which is made first, ask the worker what it holds.
@BusLoop
private final class HeldJobs {
    var read: @BusLoop () -> [Holding] = { [] }
}
