import Loop
import Telemetry

/// Who waits, who is next, who has it, what was lost.
///
/// Think of a hotel's key board. Every image that was accepted hangs on it until it has ended exactly once. A
/// worker takes an image by *lease*: for a limited time, with a token that nobody else has (the fence). It renews
/// the lease while it works. When it dies, is silent for too long or gives the image back, the image hangs on the
/// board again and the next lease has another token, so that a ghost can't answer for the living.
///
/// The board decides and remembers, nothing else: events and `now` in, ``Action``s out. What must survive a
/// restart leaves as ``Action/commit(_:)``; nobody is told of it before ``committed(_:now:)`` came back, so a
/// promise is never made before it is on disk. One image is one unit; a job is a batch of them.
///
/// Fairness: owners take turns, an owner's jobs go in order, and within a job at most `concurrency` images run at
/// once (what its connector's provider tolerates). Source: messaging.md 1.2 and 1.3.
struct JobBoard {
    /// How patient the board is. All of them are lengths of time or counts per image.
    struct Limits: Sendable {
        /// How long a lease lasts without being renewed.
        var lease: Duration = .seconds(30)
        /// How soon a worker must accept an offer; past it the image is offered elsewhere and no attempt is counted.
        var accept: Duration = .seconds(2)
        /// How long a worker whose connection broke may take to come back before its images are given to others.
        var grace: Duration = .seconds(5)
        /// Attempts at one image before it fails for good.
        var attempts = 5
        /// Deaths of workers with the same image in hand before the image is taken to be their cause.
        var crashes = 3

        static let standard = Limits()
    }

    /// Where an image stands. What has ended is no longer on the board.
    enum State: Equatable, Sendable {
        case queued
        case retryWait(until: Moment)
        /// The lease is being written; the offer goes out when it is on disk.
        case leasing
        case offered(until: Moment)
        case leased(until: Moment)
        /// An end is being written.
        case settling
    }

    /// One image on the board.
    struct Unit: Sendable {
        let id: String
        let job: String
        let owner: String
        let connector: String
        /// Images of this job that may run at once.
        let concurrency: Int
        var state: State = .queued
        var attempt = 0
        var crashes = 0
        var crashedOn: Set<String> = []
        var lease: String?
        var worker: WorkerID?
        /// The last checkpoint that was committed in this attempt.
        var checkpoint: Checkpoint?
        var cancelRequested = false
        /// When it came to this board: at its submission, or at the gateway's start.
        var arrived: Moment?
        /// The request that handed it in, for messages; nothing is decided by it.
        var trace: Trace?

        /// Until when it is a worker's, who has the offer or the lease.
        var leaseEnd: Moment? {
            switch state {
            case .offered(let until), .leased(let until): until
            case .queued, .retryWait, .leasing, .settling: nil
            }
        }
    }

    private(set) var units: [String: Unit] = [:]
    private(set) var workers: [WorkerID: WorkerState] = [:]
    /// The units whose state ends by itself, so that a tick needn't look at a long line.
    private(set) var timed: Set<String> = []
    /// The open units of which one more crash would be the last.
    private(set) var suspects: Set<String> = []
    var line = WaitingLine()
    let limits: Limits
    var tokens: LeaseTokens

    init(limits: Limits = .standard, seed: UInt64) {
        self.limits = limits
        tokens = LeaseTokens(seed: seed)
    }

    // MARK: Images come

    /// Images whose rows are committed take their place in the line.
    mutating func submitted(_ arrivals: [Unit], now: Moment) -> [Action] {
        for var unit in arrivals {
            unit.arrived = now
            update(unit)
            line.join(unit)
        }
        return dispatch(now: now)
    }

    /// What the store had at start. Leases of the former life get one fresh term and wait for their workers to
    /// come back: a restart by itself never makes anybody render twice.
    mutating func restored(_ arrivals: [Unit], now: Moment) -> [Action] {
        for var unit in arrivals {
            unit.arrived = now
            if unit.lease != nil {
                unit.state = .leased(until: now + limits.lease)
                line.started(unit)
            } else {
                unit.state = .queued
                line.join(unit)
            }
            update(unit)
        }
        return dispatch(now: now)
    }

    // MARK: The store answers

    /// A change is on disk: now it may be told.
    mutating func committed(_ change: Change, now: Moment) -> [Action] {
        switch change.kind {
        case .leased:
            return leaseCommitted(change, now: now)
        case .checkpoint(let checkpoint):
            guard let worker = change.worker, let lease = change.lease else { return [] }
            guard var unit = units[change.unit], unit.lease == lease else {
                return [.lost(unit: change.unit, lease: lease, to: worker)]
            }
            unit.checkpoint = checkpoint
            update(unit)
            return [.checkpointed(unit: change.unit, lease: lease, to: worker)]
        case .done, .failed, .cancelled:
            return ended(change, now: now)
        case .requeued, .cancelRequested:
            return []
        }
    }

    /// A change could not be written, for want of disk for instance. Nothing was promised; the image goes back to
    /// where it was and is tried again later.
    mutating func commitFailed(_ change: Change, now: Moment) -> [Action] {
        guard var unit = units[change.unit] else { return [] }
        switch change.kind {
        case .leased:
            unit.attempt -= 1
            neverSent(to: unit.worker)
            requeue(&unit, after: .seconds(1), now: now)
            return []
        case .done, .failed, .cancelled:
            guard unit.state == .settling else { return [] }
            if unit.lease != nil {
                unit.state = .leased(until: now + limits.lease)
                update(unit)
            } else {
                requeue(&unit, after: .seconds(1), now: now)
            }
            return []
        case .checkpoint, .requeued, .cancelRequested:
            return []
        }
    }

    private mutating func leaseCommitted(_ change: Change, now: Moment) -> [Action] {
        guard var unit = units[change.unit], unit.state == .leasing, unit.lease == change.lease,
            let worker = unit.worker, let lease = unit.lease
        else {
            // An older attempt's picture came first; this lease is never offered.
            neverSent(to: change.worker)
            return []
        }
        if unit.cancelRequested {
            neverSent(to: worker)
            return settle(&unit, .cancelled)
        }
        guard workers[worker]?.isConnected == true else {
            unit.attempt -= 1
            neverSent(to: worker)
            return putBack(&unit, why: .workerLeft, now: now) + dispatch(now: now)
        }
        unit.state = .offered(until: now + limits.accept)
        update(unit)
        return [.offer(unit: unit.id, lease: lease, attempt: unit.attempt, to: worker)]
    }

    private mutating func ended(_ change: Change, now: Moment) -> [Action] {
        guard let unit = units.removeValue(forKey: change.unit) else { return [] }
        timed.remove(unit.id)
        suspects.remove(unit.id)
        line.stopped(unit)
        line.leave(unit)
        var actions: [Action] = [.ended(unit: unit.id, job: unit.job)]
        if let worker = change.worker, let lease = change.lease {
            actions.append(.settled(unit: unit.id, lease: lease, to: worker))
        }
        // The result of an older attempt won: whoever has the image now may stop.
        if let holder = unit.worker, let lease = unit.lease, lease != change.lease {
            actions.append(.cancel(unit: unit.id, lease: lease, why: .superseded, to: holder))
        }
        return actions + dispatch(now: now)
    }

    // MARK: Time

    /// Looks for what is overdue.
    mutating func tick(now: Moment) -> [Action] {
        var actions: [Action] = []
        for (id, worker) in workers {
            if let until = worker.goneUntil, until <= now { actions += workerLost(id, now: now) }
        }
        for name in timed {
            guard var unit = units[name] else { continue }
            switch unit.state {
            case .retryWait(let until) where until <= now:
                unit.state = .queued
                update(unit)
                line.rejoin(unit)
            case .offered(let until) where until <= now:
                unit.attempt -= 1
                neverSent(to: unit.worker)
                actions += putBack(&unit, why: .offerLapsed, now: now)
            case .leased(let until) where until <= now:
                actions += crashed(&unit, now: now)
            default:
                continue
            }
        }
        return actions + dispatch(now: now)
    }

    /// This process itself stood still that long (stopped, disk hung, machine paused): nobody else was late.
    mutating func stalled(for gap: Duration) {
        guard gap > .zero else { return }
        for name in timed {
            guard var unit = units[name] else { continue }
            switch unit.state {
            case .offered(let until): unit.state = .offered(until: until + gap)
            case .leased(let until): unit.state = .leased(until: until + gap)
            default: continue
            }
            update(unit)
        }
        for (id, worker) in workers {
            if let until = worker.goneUntil { workers[id]?.goneUntil = until + gap }
        }
    }

    // MARK: Pieces shared by the aspects

    mutating func update(_ unit: Unit) {
        units[unit.id] = unit
        if unit.crashes > 0, unit.crashes == limits.crashes - 1 { suspects.insert(unit.id) }
        switch unit.state {
        case .retryWait, .offered, .leased: timed.insert(unit.id)
        case .queued, .leasing, .settling: timed.remove(unit.id)
        }
    }

    mutating func countSent(to worker: WorkerID) { workers[worker]?.sent += 1 }

    /// What a worker was counted as sent and never got; its credit is good again.
    mutating func neverSent(to worker: WorkerID?) {
        guard let worker, let sent = workers[worker]?.sent else { return }
        workers[worker]?.sent = max(0, sent - 1)
    }

    mutating func setWorker(_ id: WorkerID, _ state: WorkerState?) { workers[id] = state }

    /// Begins an end; it is told when it is committed.
    mutating func settle(_ unit: inout Unit, _ kind: Change.Kind, by worker: WorkerID? = nil, lease: String? = nil)
        -> [Action]
    {
        line.leave(unit)
        unit.state = .settling
        update(unit)
        return [.commit(Change(unit: unit.id, job: unit.job, kind: kind, worker: worker, lease: lease))]
    }

    /// Back on the board, in front of its job's line.
    mutating func requeue(_ unit: inout Unit, after delay: Duration, now: Moment) {
        line.stopped(unit)
        unit.lease = nil
        unit.worker = nil
        unit.checkpoint = nil
        if delay > .zero {
            unit.state = .retryWait(until: now + delay)
        } else {
            unit.state = .queued
            line.rejoin(unit)
        }
        update(unit)
    }

    mutating func putBack(_ unit: inout Unit, why: RequeueReason, after delay: Duration = .zero, now: Moment)
        -> [Action]
    {
        if unit.cancelRequested { return settle(&unit, .cancelled) }
        requeue(&unit, after: delay, now: now)
        let kind = Change.Kind.requeued(why, attempt: unit.attempt, crashes: unit.crashes)
        return [.commit(Change(unit: unit.id, job: unit.job, kind: kind))]
    }

    /// The lease ended without a word: its worker died, hangs, or is cut off.
    mutating func crashed(_ unit: inout Unit, now: Moment) -> [Action] {
        unit.crashes += 1
        if let worker = unit.worker { unit.crashedOn.insert(worker.instance) }
        if unit.cancelRequested { return settle(&unit, .cancelled) }
        if unit.crashes >= limits.crashes {
            return settle(&unit, .failed(.poison(crashes: unit.crashes, workers: unit.crashedOn.count)))
        }
        let why: RequeueReason = unit.checkpoint == nil ? .workerLost : .inDoubt
        return putBack(&unit, why: why, now: now)
    }
}
