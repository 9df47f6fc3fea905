import HTTP
import SQLite

/// The event streams of image jobs, see ``JobEventStream``.
@NetLoop
final class JobEventsHandler {
    /// Open jobs that a stream over all of them begins with.
    private static let openJobs = 100

    private let images: ImageHandler
    private let commit: GroupCommit
    private let feed: JobFeed
    private let stream: JobEventStream

    init(images: ImageHandler, commit: GroupCommit, feed: JobFeed, keepAlive: Duration) {
        self.images = images
        self.commit = commit
        self.feed = feed
        stream = JobEventStream(commit: commit, feed: feed, keepAlive: keepAlive)
    }

    /// `GET /api/images/jobs/{id}/events`: a job's life, numbered from 1.
    func follow(_ call: Call) async throws {
        let job = try await images.job(call.parameters[0], of: call.caller)
        let id = job.id
        let source = JobEventStream.Source(topic: .job(id), number: { $0.number }) { after, limit, db in
            try JobStore.events(of: id, after: after, limit: limit, in: db)
        }
        try await stream.run(source, to: call.exchange, after: call.lastEventID ?? 0, isOver: job.isFinished)
    }

    /// `GET /api/progress/stream?job_id=…`: the events of all jobs of the caller, or of one. The numbers count a user's
    /// events over all jobs, so that one stream can be left for the other.
    ///
    /// Over all jobs it begins with the present: the progress of those that are open. With `Last-Event-ID` nothing is
    /// missed in between; 0 is the beginning.
    func followAll(_ call: Call) async throws {
        if let id = call.request.queryValue("job_id") { return try await followOne(id, call) }
        let owner = call.caller.userID
        let source = JobEventStream.Source(
            topic: .owner(owner),
            number: { $0.place },
            past: { after, limit, db in try JobStore.events(ofOwner: owner, after: after, limit: limit, in: db) },
            endsWithJob: false
        )
        let newest = try await commit.read { try JobStore.lastPlace(ofOwner: owner, in: $0) }
        // A number from before a backup was brought back would hide what happens now.
        let last = min(call.lastEventID ?? newest, newest)
        try await stream.run(source, to: call.exchange, after: last) { [feed] stream in
            // An event without data is none, but its id is where a client that loses the stream goes on.
            stream.mark(id: String(last))
            for event in feed.progress(of: owner, limit: Self.openJobs) {
                try await stream.send(name: event.name, data: event.data)
            }
        }
    }

    private func followOne(_ id: String, _ call: Call) async throws {
        let job = try await images.job(id, of: call.caller)
        let source = JobEventStream.Source(topic: .job(id), number: { $0.place }) { after, limit, db in
            try JobStore.events(of: id, afterPlace: after, limit: limit, in: db)
        }
        try await stream.run(source, to: call.exchange, after: call.lastEventID ?? 0, isOver: job.isFinished)
    }
}

extension Call {
    /// What the client has seen last; nil when it says nothing that could be a number of ours.
    fileprivate var lastEventID: Int? {
        request.headers["last-event-id"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}
