import Loop

/// Tasks that wait on the loop for a condition to change. A waiter looks again after each return: it is woken by
/// ``wake()``, and by the cancellation of its task.
@NetLoop
final class Waiters {
    private var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var lastID: UInt64 = 0

    init() {}

    /// Waits for the next ``wake()``.
    func wait() async {
        lastID += 1
        let id = lastID
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { return continuation.resume() }
                waiting[id] = continuation
            }
        } onCancel: {
            NetLoop.run { self.waiting.removeValue(forKey: id)?.resume() }
        }
    }

    /// Has every waiter look again.
    func wake() {
        guard !waiting.isEmpty else { return }
        let woken = waiting
        waiting = [:]
        for continuation in woken.values { continuation.resume() }
    }
}

extension NetLoop {
    /// Runs `body` on the loop: at once when called there, otherwise soon.
    nonisolated static func run(_ body: @escaping @NetLoop () -> Void) {
        if loop.isCurrent { return assumeIsolated(body) }
        Task(executorPreference: loop) { @NetLoop in body() }
    }
}
