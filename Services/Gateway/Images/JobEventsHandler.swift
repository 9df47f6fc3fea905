import HTTP
import JSON
import SQLite

/// `GET /api/images/jobs/{id}/events`: a job's life as server-sent events.
///
/// What is in the store has an `id:` and comes again after a reconnect with `Last-Event-ID`, also across a restart of
/// the gateway; steps in between have none. A client that reads too slowly first misses steps, and is cut when even
/// the lasting events don't fit: it comes back and misses nothing. What waits for one client is bounded by the mark of
/// its stream, a page of the past and an ``EventQueue``.
@NetLoop
final class JobEventsHandler {
    /// Unsent bytes of one client past which its events wait.
    private static let mark = 32 << 10
    /// Events that are read from the store at a time.
    private nonisolated static let page = 64

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
        let stream = call.exchange.eventStream(keepAlive: keepAlive)
        stream.stream.mark = Self.mark
        queue.onOverflow = { stream.stream.abort() }
        defer { queue.onOverflow = {} }
        guard let told = try await replay(job.id, after: last, to: stream), !job.isFinished else {
            return stream.finish()
        }
        try await goOn(queue, after: told, to: stream)
        stream.finish()
    }

    /// Writes what is in the store; the number of the last event, or nil when that ends the job.
    private func replay(_ job: String, after last: Int, to stream: EventStream) async throws -> Int? {
        var told = last
        while true {
            let events = try await commit.read { [told] in
                try JobStore.events(of: job, after: told, limit: Self.page, in: $0)
            }
            for event in events {
                told = event.number ?? told
                try await write(event, to: stream)
                if event.name == "done" { return nil }
            }
            if events.count < Self.page || stream.isClosed { return told }
        }
    }

    /// Writes what happens from now on, until the job or the queue ends.
    private func goOn(_ queue: EventQueue, after last: Int, to stream: EventStream) async throws {
        var told = last
        while let event = await queue.next() {
            if let number = event.number {
                guard number > told else { continue }
                told = number
            }
            try await write(event, to: stream)
            if event.name == "done" { return }
        }
    }

    private func write(_ event: JobEvent, to stream: EventStream) async throws {
        try await stream.send(name: event.name, id: event.number.map(String.init), data: event.data)
    }
}

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
