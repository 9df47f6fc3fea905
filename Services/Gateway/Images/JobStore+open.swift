import Providers
import SQLite
import Telemetry
import Wire

/// What is open, for the board and the workers.
extension JobStore {
    /// What the board had when the gateway ended.
    static func open(in db: Connection) throws -> [JobBoard.Unit] {
        try db.query(
            """
            SELECT i.id, i.job, j.owner, j.connector, j.concurrency, i.attempt, i.crashes, i.lease, i.worker, i.boot,
                i.checkpoint, i.provider_reference, i.cancel_requested, j.trace
            FROM images i JOIN image_jobs j ON j.id = i.job
            WHERE i.state IN ('queued', 'leased') ORDER BY j.id, i.position
            """
        ) { row in
            var unit = JobBoard.Unit(
                id: row.text(0),
                job: row.text(1),
                owner: row.text(2),
                connector: row.text(3),
                concurrency: row.int(4)
            )
            unit.attempt = row.int(5)
            unit.crashes = row.int(6)
            unit.lease = row.optionalText(7)
            if let instance = row.optionalText(8), let boot = row.optionalText(9) {
                unit.worker = JobBoard.WorkerID(instance: instance, boot: boot)
            }
            switch row.optionalText(10) {
            case "submitting": unit.checkpoint = .submitting
            case "submitted": unit.checkpoint = .submitted(reference: row.optionalText(11))
            default: break
            }
            unit.cancelRequested = row.bool(12)
            unit.trace = row.optionalText(13).flatMap { Trace(header: $0) }
            return unit
        }
    }

    /// What a worker needs to know of an image.
    static func order(of id: String, in db: Connection) throws -> Order? {
        try db.first(
            """
            SELECT i.spec, i.position, (SELECT count(*) FROM images s WHERE s.job = i.job), j.trace_state, i.kind
            FROM images i JOIN image_jobs j ON j.id = i.job WHERE i.id = ?
            """,
            id,
            row: { row in
                Order(
                    spec: try ImageSpec(stored: row.blob(0)),
                    position: row.int(1),
                    total: row.int(2),
                    traceState: row.optionalText(3),
                    kind: row.text(4)
                )
            }
        )
    }

    /// An image as it is offered.
    struct Order: Sendable {
        let spec: ImageSpec
        let position: Int
        /// Images in the job.
        let total: Int
        let traceState: String?
        /// What the picture is for.
        let kind: String
    }
}

extension JobStore.Order {
    /// As it travels to a worker.
    func wire(unit: String, job: String, _ connector: Connector) -> JobSpec {
        JobSpec(
            batch: job,
            index: position,
            total: total,
            connector: JobConnector(id: connector.id, type: connector.type, baseURL: connector.config.baseURL),
            model: spec.model,
            prompt: spec.prompt,
            negativePrompt: spec.negativePrompt,
            size: spec.size,
            quality: spec.quality,
            imageType: spec.imageType,
            kind: kind,
            format: spec.format,
            thumbnailPx: 256,
            idempotencyKey: unit
        )
    }
}
