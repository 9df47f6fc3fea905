import CLinux
import Glibc
import Synchronization

/// One thread that owns a C library's objects and runs the actors and tasks pinned to it.
///
/// It is both a `SerialExecutor` (actors pinned to it run here) and a `TaskExecutor`: a task started with it as
/// executor preference comes back here after every suspension, also from nonisolated code and default actors.
/// Without the preference each such hop costs 10 to 20 µs on the global pool; with it, well under one.
///
/// A turn is: take what other threads enqueued, run the jobs, sleep in the reactor until the next deadline, fire
/// what is due. Jobs enqueued from the loop itself cost no lock and no system call; jobs from other threads ring
/// the bell once per batch. Nothing that runs here may block.
public final class Loop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    // @unchecked: `local`, `timers` and `statistics` are touched by the loop's thread alone (`precondition(isCurrent)`
    // guards the doors); everything else is immutable, atomic or behind `remote`'s lock.

    /// The thread's name, as `top -H` shows it; at most 15 bytes.
    public let name: String

    /// What this loop has done so far.
    public struct Statistics: Sendable {
        /// Turns of the reactor.
        public var turns: UInt64 = 0
        /// Batches of work that came from other threads.
        public var wakes: UInt64 = 0
        /// Jobs run.
        public var jobs: UInt64 = 0
    }

    private struct Inbox {
        var jobs: [UnownedJob] = []
        var stopping = false
    }

    private let reactor: any Reactor
    private let remote = Mutex(Inbox())
    private let threadID = Atomic<UInt>(0)
    private var local: [UnownedJob] = []
    private var timers = Timers()
    private var counters = Statistics()

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - name: what the thread is called.
    ///   - reactor: what it sleeps in.
    public init(name: String, reactor: any Reactor) {
        self.name = name
        self.reactor = reactor
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(&thread, nil, loopThreadMain, context)
        precondition(status == 0, "no thread for loop \(name): errno \(status)")
        pthread_detach(thread)
    }

    /// Whether the caller is on this loop's thread.
    public var isCurrent: Bool {
        threadID.load(ordering: .relaxed) == UInt(pthread_self())
    }

    /// What the loop has done so far. Loop thread only.
    public var statistics: Statistics {
        precondition(isCurrent, "statistics of loop \(name) read from another thread")
        return counters
    }

    /// Ends the thread once the jobs that it has are done; timers that are not due are dropped. Any thread.
    public func stop() {
        remote.withLock { $0.stopping = true }
        reactor.wake()
    }

    // MARK: Executor

    /// Takes a job; from the loop's own thread without a lock.
    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        if isCurrent {
            local.append(unowned)
            return
        }
        let first = remote.withLock { inbox in
            inbox.jobs.append(unowned)
            return inbox.jobs.count == 1
        }
        if first { reactor.wake() }
    }

    /// Lets `assumeIsolated` work in a C callback on this thread.
    public func checkIsolated() {
        precondition(isCurrent, "not on loop \(name)")
    }

    /// Answers the runtime's question without a trap.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Names both of the protocols that offer one.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    // MARK: Timers

    /// An action that waits for its moment; cancel it on the loop's thread.
    public struct Timer: Hashable, Sendable {
        fileprivate let id: Timers.ID
    }

    /// Runs `action` on the loop once that much time has passed. Loop thread only.
    public func schedule(after delay: Duration, _ action: @escaping () -> Void) -> Timer {
        precondition(isCurrent, "timer on loop \(name) set from another thread")
        return Timer(id: timers.schedule(at: .now + delay, action))
    }

    /// Takes back an action; one that has run already is ignored. Loop thread only.
    public func cancel(_ timer: Timer) {
        precondition(isCurrent, "timer on loop \(name) cancelled from another thread")
        timers.cancel(timer.id)
    }

    // MARK: The thread

    /// Jobs per turn before the reactor gets a look at its sockets again.
    private static let jobsPerTurn = 1_024

    fileprivate func run() {
        threadID.store(UInt(pthread_self()), ordering: .relaxed)
        _ = name.withCString { martlet_thread_name($0) }
        var batch: [UnownedJob] = []
        while true {
            let stopping = takeRemote()
            runJobs(&batch)
            fireTimers()
            reactor.prepare()
            if stopping, local.isEmpty { break }
            counters.turns += 1
            reactor.turn(timeout: local.isEmpty ? timeToNextDeadline() : .zero)
        }
    }

    private func takeRemote() -> Bool {
        remote.withLock { inbox in
            if !inbox.jobs.isEmpty {
                counters.wakes += 1
                local.append(contentsOf: inbox.jobs)
                inbox.jobs.removeAll(keepingCapacity: true)
            }
            return inbox.stopping
        }
    }

    private func runJobs(_ batch: inout [UnownedJob]) {
        var budget = Self.jobsPerTurn
        while !local.isEmpty, budget > 0 {
            swap(&local, &batch)
            for job in batch {
                job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(),
                    taskExecutor: asUnownedTaskExecutor()
                )
            }
            counters.jobs += UInt64(batch.count)
            budget -= batch.count
            batch.removeAll(keepingCapacity: true)
        }
    }

    private func fireTimers() {
        guard timers.count > 0 else { return }
        let now = Moment.now
        while let action = timers.popDue(now: now) { action() }
    }

    private func timeToNextDeadline() -> Duration? {
        guard let deadline = timers.nextDeadline else { return nil }
        return max(.zero, deadline - .now)
    }
}

private func loopThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<Loop>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}
