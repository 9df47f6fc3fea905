public import Loop
import Synchronization

/// Writers from any loop share transactions, and each gets its answer once its transaction is on the disk.
///
/// A commit costs an fsync, whose price hardly grows with what it carries. So whatever waits when the store loop turns
/// to it goes into one transaction, a savepoint each: one writer's error leaves the others' work. Nothing runs twice.
/// When space runs out SQLite may roll the whole transaction back; then all writers in it get `.full`, and the next
/// batch finds a connection in order.
@StoreLoop
public final class GroupCommit {
    /// How one batch went.
    public struct Batch: Sendable {
        /// How many writers shared it.
        public let writers: Int
        /// From its first statement to the end of its commit.
        public let duration: Duration
        /// Whether it was committed.
        public let isCommitted: Bool
        /// Whether a writer, or the commit, found no room on the disk.
        public let foundNoRoom: Bool
    }

    /// How many callers may wait; one more gets `.busy`.
    public nonisolated static let queueLimit = 4_096
    /// How many writers share a transaction at most, so that readers get their turn between.
    public nonisolated static let batchLimit = 1_024

    private struct Queue {
        var writers: [Writer] = []
        var waiting = 0
        var isScheduled = false
    }

    private let connection: Connection
    private nonisolated let queue = Mutex(Queue())
    private var observers: [@StoreLoop (Batch) -> Void] = []

    /// Takes over a connection that nobody else uses from now on.
    public init(_ connection: sending Connection) {
        self.connection = connection
    }

    /// Calls `body` on the store loop after each batch.
    public func onCommit(_ body: @escaping @StoreLoop (Batch) -> Void) {
        observers.append(body)
    }

    /// Runs `body` in a shared transaction and returns its result once that is committed. Any loop.
    ///
    /// `body` runs on the store loop, once at most, and must neither wait nor keep the connection. When it throws, what
    /// it wrote is undone and the error is the caller's. Not cancelled with the caller's task: a write that began may
    /// be committed anyway. Throws `.busy` when 4,096 callers wait.
    @discardableResult
    public nonisolated func write<T: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> T
    ) async throws -> T {
        try await withUnsafeThrowingContinuation { continuation in
            let writer = Writer(
                run: { connection in
                    do {
                        let value = try connection.transaction { try body(connection) }
                        return Ending(foundNoRoom: false) { failure in
                            if let failure {
                                continuation.resume(throwing: failure)
                            } else {
                                continuation.resume(returning: value)
                            }
                        }
                    } catch {
                        return Ending(foundNoRoom: (error as? SQLiteError)?.code == .full) { _ in
                            continuation.resume(throwing: error)
                        }
                    }
                },
                refuse: { continuation.resume(throwing: $0) }
            )
            enqueue(writer)
        }
    }

    /// Runs `body` between two batches, where it sees all that is committed. Any loop. It must not write.
    public nonisolated func read<T: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> T
    ) async throws -> T {
        let isAdmitted = queue.withLock { queue in
            guard queue.waiting < Self.queueLimit else { return false }
            queue.waiting += 1
            return true
        }
        guard isAdmitted else { throw Self.overload }
        defer { queue.withLock { $0.waiting -= 1 } }
        return try await onLoop(body)
    }

    private func onLoop<T: Sendable>(_ body: @Sendable (Connection) throws -> T) throws -> T {
        defer { assert(connection.busyStatements == 0, "a read left a statement open") }
        return try body(connection)
    }

    // MARK: Batches

    private nonisolated static let overload = SQLiteError(.busy, "\(queueLimit) callers wait for the store already")

    private nonisolated func enqueue(_ writer: Writer) {
        let (isAdmitted, isFirst) = queue.withLock { queue in
            guard queue.waiting < Self.queueLimit else { return (false, false) }
            queue.waiting += 1
            queue.writers.append(writer)
            defer { queue.isScheduled = true }
            return (true, !queue.isScheduled)
        }
        guard isAdmitted else { return writer.refuse(Self.overload) }
        if isFirst { schedule() }
    }

    private nonisolated func schedule() {
        Task(executorPreference: StoreLoop.loop) { @StoreLoop in self.commitWaiting() }
    }

    private func commitWaiting() {
        let batch = queue.withLock { queue in
            let batch = Array(queue.writers.prefix(Self.batchLimit))
            queue.writers.removeFirst(batch.count)
            queue.waiting -= batch.count
            return batch
        }
        if !batch.isEmpty { commit(batch) }
        let isMore = queue.withLock { queue in
            queue.isScheduled = !queue.writers.isEmpty
            return queue.isScheduled
        }
        if isMore { schedule() }
    }

    private func commit(_ batch: [Writer]) {
        let start = Moment.now
        var endings: [Ending] = []
        var failure: SQLiteError?
        do {
            try connection.transaction {
                for writer in batch {
                    endings.append(writer.run(connection))
                    guard connection.isInTransaction else { throw Connection.rolledBack }
                }
            }
        } catch {
            failure = error as? SQLiteError ?? Connection.rolledBack
        }
        assert(connection.busyStatements == 0, "a write left a statement open")
        for ending in endings { ending.resolve(failure) }
        for writer in batch.dropFirst(endings.count) { writer.refuse(failure ?? Connection.rolledBack) }
        let report = Batch(
            writers: batch.count,
            duration: Moment.now - start,
            isCommitted: failure == nil,
            foundNoRoom: failure?.code == .full || endings.contains(where: \.foundNoRoom)
        )
        for observer in observers { observer(report) }
    }
}

/// One caller's write.
private struct Writer: Sendable {
    /// Does the work inside the open transaction, and says what to tell the caller once that has ended.
    let run: @Sendable (Connection) -> Ending
    /// Tells the caller that its work was not even begun.
    let refuse: @Sendable (SQLiteError) -> Void
}

/// What a caller is told when its transaction has ended: its own outcome, or what befell the transaction.
private struct Ending: Sendable {
    let foundNoRoom: Bool
    let resolve: @Sendable (SQLiteError?) -> Void
}
