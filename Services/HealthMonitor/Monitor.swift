import Bus
import Crypto
import Loop
import Telemetry
import Wire

/// Checks connectors for the gateway: feeds the machines with what it says and what checks find, and carries out what
/// they decide.
///
/// Everything lives on the bus's thread; only the call to the provider runs on the net loop. The gateway may come and
/// go: without a session no check begins, since nobody lends a credential, and results wait until they are noted.
@BusLoop
final class Monitor {
    /// What a monitor is made of.
    struct Parts: Sendable {
        /// The gateway's control address.
        var control: String
        var keys: KeyRing
        var source: Source
        var pace = Pace()
        var seed = UInt64.random(in: .min ... .max)
        var context = Context.shared
    }

    let link: Link
    let probe: Probe
    let box = BoxKeyPair.generate()
    var schedule: Schedule
    var roster = Roster()
    var reports: Reports
    var detectors: [String: Detector] = [:]
    /// Who waits for a check on demand, by connector: the questions' headers.
    var askers: [String: [Envelope]] = [:]
    private var running = 0
    /// When a check ended last, microseconds of the wall clock.
    private var lastCheck: Int64?
    private var timer: Loop.Timer?
    private(set) var isDraining = false
    private var drained: CheckedContinuation<Void, Never>?

    private let patience: Duration

    init(_ parts: Parts, probe: Probe, tap: TapPoint?) {
        self.probe = probe
        schedule = Schedule(pace: parts.pace, seed: parts.seed)
        reports = Reports(again: parts.pace.answer)
        patience = parts.pace.answer
        let hello = Hello(
            instance: parts.source.instance,
            boot: parts.source.boot,
            role: .healthMonitor,
            version: Release.version,
            minor: Envelope.currentMinor,
            slots: 0,
            sealingKey: Base64.encode(box.publicKey)
        )
        link = Link(
            name: "control",
            to: parts.control,
            serverRole: .gateway,
            keys: parts.keys,
            source: parts.source,
            tap: tap,
            context: parts.context
        ) { hello }
    }

    /// Connects in the background, for as long as it takes. Errors: `.address`, `.keys`.
    func start() throws(BusError) {
        link.onWelcome = { [unowned self] _ in
            roster.begin()
            dropAskers()
            reports.hurry(now: .now)
            turn()
        }
        link.onMessage = { [unowned self] in take($0) }
        link.load = { [unowned self] in
            Load(
                queue: reports.count,
                facts: [
                    .init("connectors", Int64(schedule.count)), .init("overdue", Int64(schedule.overdue(now: .now))),
                    .init("checking", Int64(running)),
                ] + (lastCheck.map { [.init("last_check_at", $0)] } ?? [])
            )
        }
        try link.start()
    }

    /// Begins no further check; gives those under way and their results the time to arrive.
    func drain(within limit: Duration) async {
        isDraining = true
        guard !isIdle else { return }
        await withCheckedContinuation { continuation in
            drained = continuation
            BusLoop.after(limit) { [self] in endDrain() }
        }
    }

    /// Whether nothing is under way and nothing waits that could still be told.
    private var isIdle: Bool { running == 0 && (reports.count == 0 || !link.isUp) }

    private func endDrain() {
        drained?.resume()
        drained = nil
    }

    func stop() {
        isDraining = true
        endDrain()
        if let timer { BusLoop.loop.cancel(timer) }
        link.close()
    }

    // MARK: One turn

    /// Does what is due and sets the timer for what is next. Cheap to call once too often.
    func turn() {
        if let timer { BusLoop.loop.cancel(timer) }
        timer = nil
        if isIdle { endDrain() }
        guard link.isUp else { return }
        let now = Moment.now
        for sending in reports.next(now: now) { tell(sending) }
        if !isDraining {
            for demand in schedule.beginDemanded(now: now) { check(demand) }
            for target in schedule.begin(now: now) { check(target) }
        }
        let deadlines = [isDraining ? nil : schedule.nextDeadline, reports.nextDeadline]
        guard let next = deadlines.compactMap({ $0 }).min() else { return }
        timer = BusLoop.after(max(next - .now, .milliseconds(1))) { [weak self] in self?.turn() }
    }

    private func tell(_ sending: Reports.Sending) {
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            let answer = try? await link.ask(sending.status, timeout: patience)
            reports.ended(sending, noted: answer?.header.kind == .healthNoted, now: .now)
            turn()
        }
    }

    private func check(_ target: Schedule.Target) {
        running += 1
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            let sequel = sequel(of: await finding(target.id, of: Trace()), target.id)
            running -= 1
            schedule.finished(target.id, lane: target.lane, then: sequel, now: .now)
            turn()
        }
    }

    /// A person waits for this one: they hear at once what it came to, everybody else once it is sure.
    private func check(_ demand: Schedule.Demand) {
        running += 1
        let waiting = askers.removeValue(forKey: demand.id) ?? []
        // Who asked first has the check in their trace; the others share it.
        let trace = waiting.first?.trace.flatMap { Trace(header: $0) }?.child() ?? Trace()
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            let finding = await finding(demand.id, of: trace)
            let sequel = sequel(of: finding, demand.id)
            running -= 1
            answer(waiting, demand.id, finding)
            schedule.demandFinished(demand, then: sequel, now: .now)
            turn()
        }
    }

    /// Tells what is settled, and says what comes next.
    private func sequel(of finding: Probe.Finding?, _ id: String) -> Schedule.Sequel {
        guard let finding else { return .setback }
        // The connector may have gone in the meantime, or have other credentials.
        guard let detector = detectors[id] else { return .routine }
        if let revision = finding.revision, revision != detector.revision { return .setback }
        switch conclude(id, finding) {
        case .report(let standing):
            reports.put(status(id, finding, since: standing.since), now: .now)
            if let rest = finding.rest { return .rest(rest) }
            return Self.outages.contains(finding.outcome) ? .outage : .routine
        case .confirm:
            return .confirmation
        }
    }

    /// Outcomes that pass by themselves.
    private static let outages: Set<String> = ["provider_unavailable", "timeout", "malformed_response"]

    /// Borrows the credential and makes the check; nil when the gateway lent none.
    func finding(_ id: String, of trace: Trace) async -> Probe.Finding? {
        do throws(BusError) {
            let request = HealthRequest(connector: id)
            let message = try await link.ask(request, timeout: patience) { $0.trace = trace.child().header }
            guard let credential = try? message.body(HealthCredential.self) else { return nil }
            let finding = await probe.check(credential, opening: box, of: trace)
            lastCheck = wallClockMicroseconds()
            Log.debug(
                "connector checked",
                ["connector": id, "outcome": finding.outcome, "trace": trace.id, "span": trace.spanID]
            )
            return finding
        } catch {
            Log.debug("no credential for a check", ["connector": id, "reason": error.code.rawValue])
            return nil
        }
    }

    /// What the connector's detector makes of a finding.
    func conclude(_ id: String, _ finding: Probe.Finding) -> Detector.Decision {
        let decision = detectors[id, default: Detector()].observe(finding.outcome, at: wallClockMicroseconds())
        if case .report(let standing) = decision, standing.isChange {
            Log.info("a connector's health changed", ["connector": id, "outcome": standing.outcome])
        }
        return decision
    }

    func status(_ id: String, _ finding: Probe.Finding, since: Int64) -> HealthStatus {
        HealthStatus(
            connector: id,
            outcome: finding.outcome,
            latencyMs: Int(clamping: finding.latency.milliseconds),
            evidence: .active,
            since: since,
            message: finding.message,
            revision: finding.revision
        )
    }
}
