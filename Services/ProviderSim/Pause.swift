import HTTP
import Loop

/// A wait on the net loop that a cancelled task leaves at once.
@NetLoop
final class Pause {
    private var waiter: CheckedContinuation<Void, Never>?
    private var timer: Loop.Timer?

    private init() {}

    /// Waits that long; throws `cancelled` when the task is cancelled before.
    static func wait(_ time: Duration) async throws(HTTPError) {
        if time > .zero, !Task.isCancelled {
            let pause = Pause()
            await withTaskCancellationHandler {
                await withCheckedContinuation { pause.begin($0, time) }
            } onCancel: {
                Task(executorPreference: NetLoop.loop) { @NetLoop in pause.end() }
            }
        }
        if Task.isCancelled { throw HTTPError(.cancelled, "The caller left.") }
    }

    private func begin(_ waiter: CheckedContinuation<Void, Never>, _ time: Duration) {
        self.waiter = waiter
        timer = NetLoop.after(time) { [weak self] in self?.end() }
    }

    private func end() {
        if let timer { NetLoop.cancel(timer) }
        timer = nil
        waiter?.resume()
        waiter = nil
    }
}
