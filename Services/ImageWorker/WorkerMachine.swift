import Loop
import Wire

/// What a worker says to the gateway, and when: sessions, credit, leases, checkpoints, results, drain.
///
/// Pure: events and `now` in, actions out. Intuition: the gateway decides who owns an image; the worker makes the
/// picture, tells how far it is, and keeps what it made until the gateway says that it has it too. Whatever was said
/// over a connection that broke is said again after the next welcome, so a lost message costs time and never a picture.
///
/// A job is in one of these stages; each leaves it by an event or by time:
/// | stage | meaning | leaves it by |
/// |---|---|---|
/// | preparing | accepted, nothing asked of anybody | `wantsToSubmit` |
/// | asking | the gateway commits "about to submit" | `job.checkpointed` |
/// | calling | the provider has the request | `answered`, `finished` |
/// | answered | the answer is here: paid for | `finished` |
/// | finished | the result waits in the spool | `job.settled`, or drop by a welcome |
struct WorkerMachine: Sendable {
    /// The numbers behind it.
    struct Limits: Sendable {
        /// Jobs at a time.
        var slots = 1
        /// How soon an unanswered checkpoint is sent again.
        var checkpointAgain: Duration = .seconds(5)
        /// How soon an unsettled result is sent again; doubles up to the second number.
        var resultAgain: Duration = .seconds(10)
        var resultAtMost: Duration = .seconds(120)
        /// Progress of one job is sent this often at most.
        var stepEvery: Duration = .milliseconds(250)
        /// A job that waits for the gateway's leave to submit gives up after this long.
        var patience: Duration = .seconds(600)
        /// Lifecycle frames of one job that wait for the session; past it the job is in trouble anyway.
        var frames = 64
        /// The tick that ``WorkerMachine/tick(_:)`` gets at least this often.
        var tick: Duration = .milliseconds(250)
        /// Cancelled jobs whose answer is remembered.
        var answers = 64
    }

    /// What the worker has to do.
    enum Action: Sendable, Equatable {
        case credit(UInt64)
        case accept(JobKey)
        case reject(JobKey, reason: String, retryAfterMs: Int)
        /// Begin the work.
        case start(JobKey)
        case checkpoint(JobKey, JobCheckpoint)
        /// The gateway knows that money is about to be spent: go on.
        case proceed(JobKey)
        case renew(JobKey, JobPhase)
        case step(JobKey, JobStep)
        /// Send what the spool holds.
        case sendResult(JobKey)
        /// End the work at once; nothing of it counts any more.
        case stop(JobKey)
        case cancelled(JobKey, JobCancelled)
        case release(JobKey, reason: String)
        /// Delete it from the spool.
        case forget(JobKey)
        /// Tell the gateway that nothing new is taken.
        case announceDrain
        /// Nothing runs any more.
        case drained
    }

    enum Stage: Sendable, Equatable {
        case preparing
        case asking(since: Moment, again: Moment)
        case calling(since: Moment)
        case answered
        case finished(next: Moment, pause: Duration)

        var isRunning: Bool { if case .finished = self { false } else { true } }
    }

    struct Entry: Sendable {
        let key: JobKey
        var stage: Stage
        var phase: JobPhase
        var lease: Duration
        var renewAt: Moment
        var leaseEnds: Moment
        /// This process stood still for longer than the lease: say nothing final until the gateway has answered.
        var isDoubtful = false
        /// The lease is another's; a finished result is offered all the same.
        var isLost = false
        var spent: Spent?
        var frames: [JobStep] = []
        var latest: JobStep?
        var stepAllowed: Moment
    }

    let limits: Limits
    var entries: [JobKey: Entry] = [:]
    /// Keys in the order of arrival, so that actions come in the same order on every run.
    var order: [JobKey] = []
    var isUp = false
    var isDraining = false
    var hasDrained = false
    var isSpoolFull = false
    /// A thread that the work needs hangs: nothing is renewed and nothing taken, so that others get what is in hand.
    var isStuck = false
    var taken: UInt64 = 0
    var granted: UInt64?
    var lastTick: Moment
    var answers: [(job: JobKey, answer: JobCancelled)] = []

    init(_ limits: Limits = Limits(), now: Moment) {
        self.limits = limits
        lastTick = now
    }

    /// Jobs that are worked on.
    var running: Int { entries.values.count { $0.stage.isRunning } }
    /// Results that the gateway does not have yet.
    var unsettled: Int { entries.count - running }
    /// Nothing runs and nothing waits.
    var isEmpty: Bool { entries.isEmpty }

    func entry(_ key: JobKey) -> Entry? { entries[key] }

    /// What a hello says is in hand; finished ones first, since they cost the most.
    var holding: [Holding] {
        let held = order.compactMap { entries[$0] }.map { entry in
            Holding(
                job: entry.key.job,
                attempt: entry.key.attempt,
                lease: entry.key.lease,
                phase: entry.stage.isRunning ? entry.phase.rawValue : Holding.finished
            )
        }
        return Array((held.filter(\.isFinished) + held.filter { !$0.isFinished }).prefix(1_024))
    }

    mutating func add(_ entry: Entry) {
        entries[entry.key] = entry
        order.append(entry.key)
    }

    mutating func remove(_ key: JobKey) {
        entries[key] = nil
        order.removeAll { $0 == key }
    }

    /// Credit as an absolute total of the session; said only when it grew.
    mutating func grant() -> [Action] {
        guard isUp, !isDraining, !isSpoolFull, !isStuck else { return [] }
        let total = taken + UInt64(max(0, limits.slots - running))
        guard granted == nil || total > granted ?? 0 else { return [] }
        granted = total
        return [.credit(total)]
    }
}
