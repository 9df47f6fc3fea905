import HTTP

/// Events between the feed and one listener: bounded; steps give way, then the listener is cut.
@NetLoop
final class EventQueue {
    private static let limit = 128

    /// Called once when a lasting event finds no room; nothing comes after it.
    var onOverflow: @NetLoop () -> Void = {}
    private var events: [JobEvent] = []
    private var waiter: CheckedContinuation<JobEvent?, Never>?
    private var isClosed = false

    func put(_ event: JobEvent) {
        guard !isClosed else { return }
        if let waiter {
            self.waiter = nil
            return waiter.resume(returning: event)
        }
        if events.count >= Self.limit {
            guard let step = events.firstIndex(where: { $0.number == nil }) else { return overflow() }
            events.remove(at: step)
        }
        events.append(event)
    }

    /// What waits would leave a hole behind it, so it goes too.
    private func overflow() {
        events = []
        close()
        onOverflow()
    }

    /// The next event, or nil once the queue is closed.
    func next() async -> JobEvent? {
        if !events.isEmpty { return events.removeFirst() }
        if isClosed { return nil }
        return await withCheckedContinuation { waiter = $0 }
    }

    func close() {
        isClosed = true
        waiter?.resume(returning: nil)
        waiter = nil
    }
}
