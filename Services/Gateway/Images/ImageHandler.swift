import Bus
import HTTP
import JSON
import SQLite
import Telemetry
import Wire

/// The native routes of image jobs: submit, state, list, cancel, pictures.
@NetLoop
final class ImageHandler {
    private let counter: ImageCounter
    private let commit: GroupCommit
    private let desk: JobDesk
    private let feed: JobFeed
    private let audit: AuditTrail

    init(counter: ImageCounter, commit: GroupCommit, desk: JobDesk, feed: JobFeed, audit: AuditTrail) {
        self.audit = audit
        self.counter = counter
        self.commit = commit
        self.desk = desk
        self.feed = feed
    }

    /// `POST /api/images/jobs`: 202 once the job is on disk.
    func submit(_ call: Call) async throws {
        let bytes = try await call.exchange.body(limit: 4 << 20)
        let request = try ImageRequest(native: try parseJSON(bytes))
        let receipt = try await counter.accept(
            request,
            from: call,
            idempotencyKey: try call.request.idempotencyKey,
            body: bytes
        )
        let skipped = receipt.skipped.isEmpty ? "" : ", \(receipt.skipped.count) skipped"
        call.answer(202, headers: [("location", "/api/images/jobs/\(receipt.jobID)")]) { writer in
            writer.field("success", true)
            writer.field("job_id", receipt.jobID)
            writer.field("status_url", "/api/images/jobs/\(receipt.jobID)")
            writer.field("events_url", "/api/images/jobs/\(receipt.jobID)/events")
            writer.field("message", "\(receipt.count) images accepted\(skipped).")
            writer.field(
                "warnings",
                array: { writer in
                    for skip in receipt.skipped { writer.object { skip.write(&$0) } }
                }
            )
        }
    }

    /// `GET /api/images/jobs/{id}`
    func state(_ call: Call) async throws {
        let job = try await job(call.parameters[0], of: call.caller)
        let position = await desk.queuePosition(ofJob: job.id)
        call.answer { writer in write(job, position, &writer) }
    }

    /// `GET /api/images/jobs`
    func list(_ call: Call) async throws {
        let limit = min(100, max(1, Int(call.request.queryValue("limit") ?? "") ?? 20))
        let cursor = call.request.queryValue("cursor")
        let owner = call.caller.userID
        let jobs = try await commit.read { try JobStore.jobs(of: owner, before: cursor, limit: limit, in: $0) }
        call.answer(
            items: jobs.map { job in { [self] writer in write(job, nil, &writer) } },
            nextCursor: jobs.count == limit ? jobs.last?.id : nil
        )
    }

    /// `DELETE /api/images/jobs/{id}`: what waits is cancelled at once, what runs is told to stop.
    func cancel(_ call: Call) async throws {
        let job = try await job(call.parameters[0], of: call.caller)
        try await recordCancel(job, by: call.actor)
        await desk.cancel(images: job.images.filter { !$0.state.isFinal }.map(\.id))
        let after = try await self.job(job.id, of: call.caller)
        call.answer(after.isFinished ? 200 : 202) { writer in write(after, nil, &writer) }
    }

    /// Who wanted it is on record before it happens; that an image was cancelled is recorded when it was.
    private func recordCancel(_ job: JobRow, by actor: AuditTrail.Actor) async throws {
        guard !job.isFinished else { return }
        try await commit.write(by: actor) { [audit] db in
            _ = try audit.record(
                "image_job.cancel_requested",
                by: actor,
                on: .init(type: "image_job", id: job.id, name: ""),
                auditClass: .billing,
                in: db
            )
        }
    }

    /// `GET /api/images/{id}`
    func image(_ call: Call) async throws {
        let id = call.parameters[0]
        let found = try await commit.read { try JobStore.image(id, in: $0) }
        guard let found, found.owner == call.caller.userID || call.caller.role == .admin else {
            throw GatewayError(.notFound, "There is no such image.")
        }
        call.answer { writer in write(found.row, &writer) }
    }

    /// A job that the caller may see.
    func job(_ id: String, of caller: Caller) async throws -> JobRow {
        let job = try await commit.read { try JobStore.job(id, in: $0) }
        guard let job, job.owner == caller.userID || caller.role == .admin else {
            throw GatewayError(.notFound, "There is no such image job.")
        }
        return job
    }

    // MARK: Shapes

    private func write(_ job: JobRow, _ position: Int?, _ writer: inout JSONWriter) {
        let leading = job.images.compactMap { feed.step(of: $0.id, job: job.id) }.max { $0.percent < $1.percent }
        writer.field("job_id", job.id)
        writer.field("status", job.status)
        writer.field("phase", job.isFinished ? "DONE" : leading?.phase.rawValue ?? "INIT")
        writer.field("percent", percent(of: job))
        writer.field("message", message(of: job, leading))
        writer.optional("queue_position", position)
        writer.field("generated", job.generated)
        writer.field("failed", job.failed)
        writer.field("skipped", job.skipped)
        writer.field("warnings", raw: job.warnings ?? Array("[]".utf8))
        writer.optional("cost_usd", job.costUSD)
        writer.field("created_at", Timestamp.text(microseconds: job.createdAt))
        writer.field(
            "images",
            array: { writer in
                for image in job.images { writer.object { writer in write(image, &writer) } }
            }
        )
    }

    private func percent(of job: JobRow) -> Int {
        guard !job.images.isEmpty else { return 100 }
        let sum = job.images.reduce(0.0) { $0 + percent(of: $1) }
        return Int(sum / Double(job.images.count))
    }

    private func percent(of image: ImageRow) -> Double {
        image.state.isFinal ? 100 : feed.step(of: image.id, job: image.job)?.percent ?? 0
    }

    private func message(of job: JobRow, _ leading: BatchStanding.Step?) -> String {
        guard job.isFinished else { return leading?.message ?? "Waiting for a worker" }
        return "\(job.generated) generated, \(job.failed) failed" + (job.skipped > 0 ? ", \(job.skipped) skipped" : "")
    }

    private func write(_ image: ImageRow, _ writer: inout JSONWriter) {
        writer.field("id", image.id)
        writer.field("index", image.position)
        writer.field("kind", image.kind)
        writer.field("title", image.title)
        writer.field("status", status(of: image))
        writer.field("percent", Int(percent(of: image)))
        if let picture = image.picture {
            writer.field("url", "/api/images/\(image.id)/content")
            writer.field("type", picture.type)
            writer.field("width", picture.width)
            writer.field("height", picture.height)
            writer.field("bytes", picture.bytes)
            writer.field("sha256", picture.sha256)
        }
        if let error = image.error { writer.field("error", raw: error) }
        writer.optional("cost_usd", image.costUSD)
    }

    private func status(of image: ImageRow) -> String {
        switch image.state {
        case .queued: "pending"
        case .leased: "generating"
        case .done: "generated"
        case .failed: "failed"
        case .cancelled: "cancelled"
        }
    }
}
