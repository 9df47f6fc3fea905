import HTTP
import JSON
import SQLite

/// `GET /api/images/jobs/{id}/events`: a job's life as server-sent events.
///
/// What is in the store has an `id:` and comes again after a reconnect with `Last-Event-ID`, also across a restart of
/// the gateway; steps in between have none. A client that reads too slowly first misses steps, and is cut when even
/// the lasting events don't fit: it comes back and misses nothing.
@NetLoop
final class JobEventsHandler {
    private let images: ImageHandler
    private let commit: GroupCommit
    private let feed: JobFeed
    private let keepAlive: Duration

    init(images: ImageHandler, commit: GroupCommit, feed: JobFeed, keepAlive: Duration) {
        self.images = images
        self.commit = commit
        self.feed = feed
        self.keepAlive = keepAlive
    }

    func follow(_ call: Call) async throws {
        let job = try await images.job(call.parameters[0], of: call.caller)
        let last = Int(call.request.headers["last-event-id"] ?? "") ?? 0
        let queue = EventQueue()
        let subscription = feed.subscribe(job.id) { queue.put($0) }
        defer { feed.unsubscribe(subscription) }
        call.exchange.onLeave = { queue.close() }
        let past = try await commit.read { try JobStore.events(of: job.id, after: last, in: $0) }
        let stream = call.exchange.eventStream(keepAlive: keepAlive)
        var told = last
        for event in past {
            told = event.number ?? told
            stream.event(name: event.name, id: event.number.map(String.init), data: event.data)
        }
        if past.contains(where: { $0.name == "done" }) || job.isFinished { return stream.finish() }
        while let event = await queue.next() {
            if let number = event.number {
                guard number > told else { continue }
                told = number
            }
            stream.event(name: event.name, id: event.number.map(String.init), data: event.data)
            if event.name == "done" { break }
        }
        stream.finish()
    }
}

/// Events between the feed and one listener: bounded; steps give way, then the listener is cut.
@NetLoop
final class EventQueue {
    private static let limit = 256

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
            guard let step = events.firstIndex(where: { $0.number == nil }) else { return close() }
            events.remove(at: step)
        }
        events.append(event)
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
