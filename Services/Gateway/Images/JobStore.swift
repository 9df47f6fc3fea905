import Audit
import JSON
import Loop
import SQLite
import Telemetry
import Wire

/// Image jobs that survive a restart. Every function runs inside a transaction of the caller's; the events that a
/// change makes are written with it and returned, to be told once it is committed.
struct JobStore: Sendable {
    let audit: AuditTrail

    // MARK: Accepting

    /// What came of a submission.
    enum Acceptance: Sendable {
        case accepted([JobEvent])
        /// The same idempotency key and body came before: this is that job, and the receipt is that one's.
        case known(id: String)
        /// The same key came with another body.
        case mismatch
    }

    func insert(_ job: NewJob, by actor: AuditTrail.Actor? = nil, in db: Connection) throws -> Acceptance {
        if let key = job.idempotencyKey,
            let known = try db.first(
                "SELECT id, body_hash, receipt FROM image_jobs WHERE owner = ? AND idempotency_key = ?",
                job.owner,
                key,
                row: { row in (row.text(0), row.blob(1), row.optionalText(2)) }
            )
        {
            guard known.1 == job.bodyHash else { return .mismatch }
            if let receipt = known.2.flatMap({ Receipt($0) }) { actor?.receipts?.add(receipt) }
            return .known(id: known.0)
        }
        _ = try db.run(
            """
            INSERT INTO image_jobs (id, owner, idempotency_key, body_hash, connector, concurrency, skipped, created_at,
                trace, trace_state, warnings)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            job.id,
            job.owner,
            job.idempotencyKey,
            job.bodyHash,
            job.connector.id,
            job.connector.imageConcurrency,
            job.skipped.count,
            wallClockMicroseconds(),
            job.trace?.trace.header,
            job.trace?.state,
            job.warnings
        )
        var events: [JobEvent] = []
        for (position, image) in job.images.enumerated() {
            _ = try db.run(
                "INSERT INTO images (id, job, position, title, kind, spec, state) VALUES (?, ?, ?, ?, ?, ?, 'queued')",
                image.id,
                job.id,
                position,
                image.title,
                image.kind.rawValue,
                image.spec.json
            )
            events.append(
                try event("image_pending", job: job.id, .pending, in: db) { writer in
                    writer.field("image_id", image.id)
                    writer.field("index", position)
                    writer.field("title", image.title)
                }
            )
        }
        for skip in job.skipped { events.append(try skipped(skip, job: job.id, in: db)) }
        let receipt = try audit.record(
            "image_job.accepted",
            by: actor ?? AuditTrail.Actor(job.owner),
            on: .init(type: "image_job", id: job.id, name: ""),
            notes: "\(job.images.count) images",
            auditClass: .billing,
            in: db
        )
        _ = try db.run("UPDATE image_jobs SET receipt = ? WHERE id = ?", receipt?.description, job.id)
        return .accepted(events)
    }

    // MARK: Reading

    static func job(_ id: String, in db: Connection) throws -> JobRow? {
        guard
            let head = try db.first(
                "SELECT owner, skipped, created_at, warnings FROM image_jobs WHERE id = ?",
                id,
                row: { row in
                    (owner: row.text(0), skipped: row.int(1), createdAt: row.int64(2), warnings: row.optionalBlob(3))
                }
            )
        else { return nil }
        return JobRow(
            id: id,
            owner: head.owner,
            skipped: head.skipped,
            createdAt: head.createdAt,
            warnings: head.warnings,
            images: try db.query("\(imageColumns) WHERE job = ? ORDER BY position", id, row: row(of:))
        )
    }

    static func jobs(of owner: String, before cursor: String?, limit: Int, in db: Connection) throws -> [JobRow] {
        let ids = try db.query(
            "SELECT id FROM image_jobs WHERE owner = ? AND id < ? ORDER BY id DESC LIMIT ?",
            owner,
            cursor ?? "~",
            limit
        ) { row in row.text(0) }
        return try ids.compactMap { try job($0, in: db) }
    }

    /// An image and whose it is.
    static func image(_ id: String, in db: Connection) throws -> (row: ImageRow, owner: String)? {
        guard let row = try db.first("\(imageColumns) WHERE id = ?", id, row: row(of:)),
            let owner = try db.first("SELECT owner FROM image_jobs WHERE id = ?", row.job, row: { $0.text(0) })
        else { return nil }
        return (row, owner)
    }

    private static let imageColumns = """
        SELECT id, job, position, title, kind, state, sha256, type, width, height, bytes, thumb_sha256, thumb_type,
            cost_usd, error, spec FROM images
        """

    private static func row(of row: borrowing Row) throws -> ImageRow {
        let picture = row.optionalText(6).map { hash in
            (hash, row.optionalText(7), row.optionalInt(8), row.optionalInt(9), row.optionalInt(10))
        }
        return ImageRow(
            id: row.text(0),
            job: row.text(1),
            position: row.int(2),
            title: row.text(3),
            kind: row.text(4),
            state: ImageRow.State(rawValue: row.text(5)) ?? .failed,
            picture: picture.map {
                ImageRow.Picture(
                    sha256: $0.0,
                    type: $0.1 ?? "application/octet-stream",
                    width: $0.2 ?? 0,
                    height: $0.3 ?? 0,
                    bytes: $0.4 ?? 0,
                    thumbSha256: row.optionalText(11),
                    thumbType: row.optionalText(12)
                )
            },
            costUSD: row.optionalDouble(13),
            error: row.optionalBlob(14),
            model: (try? ImageSpec(stored: row.blob(15)).model) ?? ""
        )
    }
}
