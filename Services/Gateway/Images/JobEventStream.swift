import HTTP
import SQLite

/// Brings events of jobs to one client as server-sent events: first what is in the store, then what happens.
///
/// What is in the store has an `id:` and comes again after a reconnect with `Last-Event-ID`, also across a restart of
/// the gateway; steps in between have none. A client that reads too slowly first misses steps, and is cut when even
/// the lasting events don't fit: it comes back and misses nothing. What waits for one client is bounded by the mark of
/// its stream, a page of the past and an ``EventQueue``.
@NetLoop
struct JobEventStream {
    /// Unsent bytes of one client past which its events wait.
    private static let mark = 32 << 10
    /// Events that are read from the store at a time.
    private nonisolated static let page = 64

    /// Which events, and how they are counted.
    struct Source {
        let topic: JobFeed.Topic
        /// The number that is an event's `id:`; nil for one that isn't in the store.
        let number: @Sendable (JobEvent) -> Int?
        /// The stored events behind a number, so many at most.
        let past: @Sendable (_ after: Int, _ limit: Int, Connection) throws -> [JobEvent]
        /// Whether `done` ends it; otherwise it goes on until the client leaves or the gateway stops.
        var endsWithJob = true
    }

    let commit: GroupCommit
    let feed: JobFeed
    let keepAlive: Duration

    /// - Parameters:
    ///   - last: the number of the last event that the client has.
    ///   - isOver: what the store holds is all there will be.
    ///   - opening: writes what is to come first.
    func run(
        _ source: Source,
        to exchange: Exchange,
        after last: Int,
        isOver: Bool = false,
        opening: (EventStream) async throws -> Void = { _ in }
    ) async throws {
        let queue = EventQueue()
        let subscription = feed.subscribe(to: source.topic) { queue.put($0) }
        defer { feed.unsubscribe(subscription) }
        exchange.onLeave = { queue.close() }
        if !source.endsWithJob { feed.onDrain(subscription) { queue.close() } }
        let stream = exchange.eventStream(keepAlive: keepAlive)
        stream.stream.mark = Self.mark
        queue.onOverflow = { stream.stream.abort() }
        defer { queue.onOverflow = {} }
        try await opening(stream)
        if let told = try await replay(source, after: last, to: stream), !isOver {
            try await goOn(source, queue, after: told, to: stream)
        }
        stream.finish()
    }

    /// Writes what is in the store; the number of the last event, or nil when that is the end.
    private func replay(_ source: Source, after last: Int, to stream: EventStream) async throws -> Int? {
        var told = last
        while true {
            let events = try await commit.read { [told, past = source.past] in try past(told, Self.page, $0) }
            for event in events {
                told = source.number(event) ?? told
                try await write(event, source, to: stream)
                if source.endsWithJob, event.name == "done" { return nil }
            }
            if events.count < Self.page || stream.isClosed { return told }
        }
    }

    /// Writes what happens from now on, until the job or the queue ends.
    private func goOn(_ source: Source, _ queue: EventQueue, after last: Int, to stream: EventStream) async throws {
        var told = last
        while let event = await queue.next() {
            if let number = source.number(event) {
                guard number > told else { continue }
                told = number
            }
            try await write(event, source, to: stream)
            if source.endsWithJob, event.name == "done" { return }
        }
    }

    private func write(_ event: JobEvent, _ source: Source, to stream: EventStream) async throws {
        try await stream.send(name: event.name, id: source.number(event).map(String.init), data: event.data)
    }
}
