import JSON
import Loop
import SQLite
import Telemetry
import Wire

/// What the board decided, written down.
extension JobStore {
    /// The picture that a worker delivered; its bytes are on disk already.
    struct Delivery: Sendable {
        let original: JobOutput
        let thumb: JobOutput?
        let costUSD: Double?
    }

    /// Writes a change with the events that it makes.
    func apply(_ change: JobBoard.Change, delivery: Delivery?, in db: Connection) throws -> [JobEvent] {
        switch change.kind {
        case .leased(let attempt):
            _ = try db.run(
                """
                UPDATE images SET state = 'leased', attempt = ?, lease = ?, worker = ?, boot = ?, checkpoint = NULL,
                    provider_reference = NULL WHERE id = ? AND state IN ('queued', 'leased')
                """,
                attempt,
                change.lease,
                change.worker?.instance,
                change.worker?.boot,
                change.unit
            )
            return []
        case .checkpoint(let checkpoint):
            return try reached(checkpoint, change, in: db)
        case .requeued(let why, let attempt, let crashes):
            return try requeued(change, why, attempt: attempt, crashes: crashes, in: db)
        case .cancelRequested:
            _ = try db.run("UPDATE images SET cancel_requested = 1 WHERE id = ?", change.unit)
            return []
        case .done:
            guard let delivery else { throw GatewayError(.unexpected, "a picture without its bytes") }
            return try done(change, delivery, in: db)
        case .failed(let failure):
            return try ended(change, "failed", error: failure, in: db)
        case .cancelled:
            return try ended(change, "cancelled", error: nil, in: db)
        }
    }

    private func reached(_ checkpoint: JobBoard.Checkpoint, _ change: JobBoard.Change, in db: Connection) throws
        -> [JobEvent]
    {
        guard case .submitting = checkpoint else {
            let reference: String? = if case .submitted(let reference) = checkpoint { reference } else { nil }
            _ = try db.run(
                "UPDATE images SET checkpoint = 'submitted', provider_reference = ? WHERE id = ? AND lease = ?",
                reference,
                change.unit,
                change.lease
            )
            return []
        }
        let isNew = try db.run(
            """
            UPDATE images SET checkpoint = 'submitting', submissions = submissions + 1
            WHERE id = ? AND lease = ? AND checkpoint IS NULL
            """,
            change.unit,
            change.lease
        )
        guard isNew == 1 else { return [] }
        guard
            let facts = try db.first(
                """
                SELECT position, attempt, spec, (SELECT count(*) FROM images s WHERE s.job = i.job)
                FROM images i WHERE id = ?
                """,
                change.unit,
                row: { row in (position: row.int(0), attempt: row.int(1), spec: row.blob(2), total: row.int(3)) }
            )
        else { return [] }
        return [
            try event("image_attempt", job: change.job, in: db) { writer in
                writer.field("image_id", change.unit)
                writer.field("model", (try? ImageSpec(stored: facts.spec).model) ?? "")
                writer.field("variant", String?.none)
                writer.field("index", facts.position)
                writer.field("total", facts.total)
                writer.field("attempt", facts.attempt)
            }
        ]
    }

    private func requeued(
        _ change: JobBoard.Change,
        _ why: JobBoard.RequeueReason,
        attempt: Int,
        crashes: Int,
        in db: Connection
    ) throws -> [JobEvent] {
        _ = try db.run(
            """
            UPDATE images SET state = 'queued', attempt = ?, crashes = ?, lease = NULL, worker = NULL, boot = NULL,
                checkpoint = NULL WHERE id = ? AND state = 'leased'
            """,
            attempt,
            crashes,
            change.unit
        )
        guard why == .inDoubt else { return [] }
        try audit.record(
            "image.possible_double_charge",
            by: "gateway",
            on: .init(type: "image", id: change.unit, name: change.job),
            notes: "A worker ended after the request had left; the image is made again.",
            auditClass: .billing,
            in: db
        )
        return []
    }

    private func done(_ change: JobBoard.Change, _ delivery: Delivery, in db: Connection) throws -> [JobEvent] {
        let changed = try db.run(
            """
            UPDATE images SET state = 'done', sha256 = ?, type = ?, width = ?, height = ?, bytes = ?, thumb_sha256 = ?,
                thumb_type = ?, lease = NULL, finished_at = ?
            WHERE id = ? AND state IN ('queued', 'leased')
            """,
            delivery.original.sha256,
            delivery.original.type,
            delivery.original.width,
            delivery.original.height,
            delivery.original.bytes,
            delivery.thumb?.sha256,
            delivery.thumb?.type,
            wallClockMicroseconds(),
            change.unit
        )
        guard changed == 1 else { return [] }
        if let cost = delivery.costUSD, let lease = change.lease {
            try paid(cost, for: change.unit, lease: lease, in: db)
        }
        try audit.record(
            "image.succeeded",
            by: "gateway",
            on: .init(type: "image", id: change.unit, name: change.job),
            notes: "sha256 \(delivery.original.sha256)",
            auditClass: .billing,
            in: db
        )
        let place = try place(of: change, in: db)
        let end = JobEvent.Change.ended(image: change.unit, index: place.index, total: place.total, error: nil)
        let image = try event("image", job: change.job, end, in: db) { writer in
            writer.field("image_id", change.unit)
            writer.field("index", place.index)
            writer.field("url", "/api/images/\(change.unit)/content")
            writer.field("type", delivery.original.type)
            writer.field("width", delivery.original.width)
            writer.field("height", delivery.original.height)
            writer.field("bytes", delivery.original.bytes)
            writer.field("sha256", delivery.original.sha256)
            writer.optional("cost_usd", delivery.costUSD)
        }
        return try [image] + closeJob(change.job, in: db)
    }

    /// An attempt's price, once for each lease however often it is told. A second one that the provider was paid for is
    /// on the trail.
    func paid(_ costUSD: Double, for image: String, lease: String, in db: Connection) throws {
        let isNew = try db.run(
            """
            INSERT OR IGNORE INTO image_costs (image, lease, cost_usd) SELECT id, ?, ? FROM images WHERE id = ?
            """,
            lease,
            costUSD,
            image
        )
        guard isNew == 1 else { return }
        _ = try db.run(
            "UPDATE images SET cost_usd = (SELECT sum(cost_usd) FROM image_costs WHERE image = ?) WHERE id = ?",
            image,
            image
        )
        let count = try db.int("SELECT count(*) FROM image_costs WHERE image = ?", image) ?? 0
        guard count > 1 else { return }
        try audit.record(
            "image.paid_again",
            by: "gateway",
            on: .init(type: "image", id: image, name: ""),
            notes: "\(costUSD) USD for attempt \(LeaseTokens.attempt(of: lease) ?? 0), paid \(count) times.",
            auditClass: .billing,
            in: db
        )
    }

    private func ended(
        _ change: JobBoard.Change,
        _ state: String,
        error: JobBoard.Failure?,
        in db: Connection
    ) throws -> [JobEvent] {
        let failure = error ?? JobBoard.Failure(code: "cancelled", message: "The image was cancelled.")
        let bytes = JSONWriter.object { writer in
            writer.field("code", failure.code)
            writer.field("message", failure.message)
            writer.field(
                "details",
                object: { writer in
                    for detail in failure.details { writer.field(detail.name, detail.value) }
                }
            )
        }
        let changed = try db.run(
            """
            UPDATE images SET state = ?, error = ?, lease = NULL, finished_at = ?
            WHERE id = ? AND state IN ('queued', 'leased')
            """,
            state,
            bytes,
            wallClockMicroseconds(),
            change.unit
        )
        guard changed == 1 else { return [] }
        try audit.record(
            "image.\(state)",
            by: "gateway",
            on: .init(type: "image", id: change.unit, name: change.job),
            notes: failure.code,
            auditClass: .billing,
            in: db
        )
        let place = try place(of: change, in: db)
        let end = JobEvent.Change.ended(
            image: change.unit,
            index: place.index,
            total: place.total,
            error: failure.message
        )
        let told = try event("image_failed", job: change.job, end, in: db) { writer in
            writer.field("image_id", change.unit)
            writer.field("index", place.index)
            writer.field("reason", failure.code == "config_error" ? "config_error" : "chain_exhausted")
            writer.field("error", raw: bytes)
        }
        return try [told] + closeJob(change.job, in: db)
    }

    /// Which image of how many it is about.
    private func place(of change: JobBoard.Change, in db: Connection) throws -> (index: Int, total: Int) {
        let sql = "SELECT position, (SELECT count(*) FROM images s WHERE s.job = i.job) FROM images i WHERE id = ?"
        return try db.first(sql, change.unit, row: { ($0.int(0), $0.int(1)) }) ?? (0, 1)
    }

    /// When the last image has ended, the job has.
    private func closeJob(_ id: String, in db: Connection) throws -> [JobEvent] {
        guard let job = try Self.job(id, in: db), job.isFinished else { return [] }
        _ = try db.run(
            "UPDATE image_jobs SET finished_at = ? WHERE id = ? AND finished_at IS NULL",
            wallClockMicroseconds(),
            id
        )
        return [
            try event("done", job: id, .over, in: db) { writer in
                writer.field("status", job.status)
                writer.field("generated", job.generated)
                writer.field("failed", job.failed)
                writer.field("skipped", job.skipped)
            }
        ]
    }
}
