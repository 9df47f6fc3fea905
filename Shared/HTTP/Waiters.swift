import Loop

/// Tasks that wait on the loop for a condition to change. A waiter looks again after each return: it is woken by
/// ``wake()``, and by the cancellation of its task.
///
/// There is nearly always one waiter at most, which costs no allocation. The continuations are unsafe ones, since each
/// is resumed where it is taken out.
@NetLoop
final class Waiters {
    private var first: (id: UInt64, continuation: UnsafeContinuation<Void, Never>)?
    private var others: [UInt64: UnsafeContinuation<Void, Never>] = [:]
    private var lastID: UInt64 = 0

    init() {}

    /// Waits for the next ``wake()``.
    func wait() async {
        lastID += 1
        let id = lastID
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if Task.isCancelled { return continuation.resume() }
                if first == nil { first = (id, continuation) } else { others[id] = continuation }
            }
        } onCancel: {
            NetLoop.run { self.wake(id) }
        }
    }

    private func wake(_ id: UInt64) {
        if let first, first.id == id {
            self.first = nil
            first.continuation.resume()
        } else {
            others.removeValue(forKey: id)?.resume()
        }
    }

    /// Has every waiter look again.
    func wake() {
        if let first {
            self.first = nil
            first.continuation.resume()
        }
        guard !others.isEmpty else { return }
        let woken = others
        others = [:]
        for continuation in woken.values { continuation.resume() }
    }
}

extension NetLoop {
    /// Runs `body` on the loop: at once when called there, otherwise soon.
    nonisolated static func run(_ body: @escaping @NetLoop () -> Void) {
        if loop.isCurrent { return assumeIsolated(body) }
        Task(executorPreference: loop) { @Sendable @NetLoop in body() }
    }
}
