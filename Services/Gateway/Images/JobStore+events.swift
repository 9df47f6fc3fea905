import JSON
import SQLite
import Wire

/// What event streams tell, kept for those who come back.
extension JobStore {
    /// Writes an event under the job's next number, and its owner's.
    func event(
        _ name: String,
        job: String,
        _ change: JobEvent.Change = .none,
        in db: Connection,
        _ members: (inout JSONWriter) -> Void
    ) throws -> JobEvent {
        let number = (try db.int("SELECT max(seq) FROM job_events WHERE job = ?", job) ?? 0) + 1
        let owner = try db.text("SELECT owner FROM image_jobs WHERE id = ?", job) ?? ""
        let place = try Self.lastPlace(ofOwner: owner, in: db) + 1
        let data = JSONWriter.object { writer in
            writer.field("job_id", job)
            members(&writer)
        }
        _ = try db.run(
            "INSERT INTO job_events (job, seq, name, data, owner, place) VALUES (?, ?, ?, ?, ?, ?)",
            job,
            number,
            name,
            data,
            owner,
            place
        )
        return JobEvent(job: job, owner: owner, number: number, place: place, name: name, data: data, change: change)
    }

    /// That an image is left out is a step which lasts.
    func skipped(_ skip: ImageBrief.Skipped, job: String, in db: Connection) throws -> JobEvent {
        try event("step", job: job, in: db) { writer in
            writer.field("phase", JobPhase.initialise.rawValue)
            writer.field("step", "skipped")
            skip.write(&writer)
        }
    }

    // MARK: Reading

    /// The numbered events after one, so many at most.
    static func events(of job: String, after number: Int, limit: Int = .max, in db: Connection) throws -> [JobEvent] {
        try db.query("\(columns) WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?", job, number, limit, row: row(of:))
    }

    /// The same, after a number that counts the owner's events.
    static func events(of job: String, afterPlace place: Int, limit: Int, in db: Connection) throws -> [JobEvent] {
        let sql = "\(columns) WHERE job = ? AND ifnull(place, 0) > ? ORDER BY seq LIMIT ?"
        return try db.query(sql, job, place, limit, row: row(of:))
    }

    /// The events of all jobs of a user after a number, so many at most.
    static func events(ofOwner owner: String, after place: Int, limit: Int, in db: Connection) throws -> [JobEvent] {
        let sql = "\(columns) WHERE owner = ? AND place > ? ORDER BY place LIMIT ?"
        return try db.query(sql, owner, place, limit, row: row(of:))
    }

    /// The number of a user's newest event; 0 when there is none.
    static func lastPlace(ofOwner owner: String, in db: Connection) throws -> Int {
        try db.int("SELECT max(place) FROM job_events WHERE owner = ?", owner) ?? 0
    }

    private static let columns = "SELECT job, ifnull(owner, ''), seq, place, name, data FROM job_events"

    private static func row(of row: borrowing Row) throws -> JobEvent {
        JobEvent(
            job: row.text(0),
            owner: row.text(1),
            number: row.int(2),
            place: row.optionalInt(3),
            name: row.text(4),
            data: row.blob(5)
        )
    }

    /// How far the jobs are that haven't ended.
    static func standings(in db: Connection) throws -> [String: BatchStanding] {
        let rows = try db.query(
            """
            SELECT j.id, j.owner, count(*), sum(i.state = 'done'), sum(i.state IN ('failed', 'cancelled'))
            FROM image_jobs j JOIN images i ON i.job = j.id
            WHERE j.id IN (SELECT job FROM images WHERE state IN ('queued', 'leased')) GROUP BY j.id
            """
        ) { row in
            (
                row.text(0),
                BatchStanding(owner: row.text(1), total: row.int(2), generated: row.int(3), failed: row.int(4))
            )
        }
        return Dictionary(rows) { first, _ in first }
    }

    // MARK: Schema

    /// Events counted over all jobs of a user; earlier ones in the order of their jobs.
    static let placesSchema = """
        ALTER TABLE job_events ADD COLUMN owner TEXT;
        ALTER TABLE job_events ADD COLUMN place INTEGER;
        UPDATE job_events SET owner = earlier.owner, place = earlier.place
        FROM (
            SELECT e.job, e.seq, j.owner, row_number() OVER (PARTITION BY j.owner ORDER BY e.job, e.seq) AS place
            FROM job_events e JOIN image_jobs j ON j.id = e.job
        ) AS earlier
        WHERE job_events.job = earlier.job AND job_events.seq = earlier.seq;
        CREATE INDEX job_events_by_owner ON job_events (owner, place);
        """
}
