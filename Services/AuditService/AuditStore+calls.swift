import Audit
import JSON
import Loop
import SQLite
import Telemetry
import Wire

extension AuditStore {
    private static let dayMicroseconds: Int64 = 86_400_000_000

    /// Keeps the rows of the call log that an event carries, and says how many.
    func keepCalls(_ event: AuditEvent, in db: Connection) throws -> Int {
        guard event.eventType == OutboxEvent.calls else {
            try keepCall(event.data ?? .object([]), at: event.at, by: event.actor, in: db)
            return 1
        }
        let rows = event.data?["rows"]?.array ?? []
        for row in rows {
            let call = row["call"] ?? .object([])
            try keepCall(call, at: row["at"]?.int ?? event.at, by: row["actor"]?.string ?? event.actor, in: db)
        }
        return rows.count
    }

    /// Keeps a row in its day's table, and adds it to the month's usage, which outlives the row.
    private func keepCall(_ row: JSONValue, at claimed: Int64, by actor: String, in db: Connection) throws {
        let at = plausible(claimed)
        let day = Timestamp.day(microseconds: at)
        try db.run(AuditSchema.callTable(day: day))
        let connector = row["connector_id"]?.string ?? ""
        try db.run(
            "INSERT INTO calls_\(day)(at, actor, connector_id, outcome, body) VALUES(?, ?, ?, ?, ?)",
            at,
            actor,
            connector,
            row["outcome"]?.string ?? "",
            JSONWriter.bytes(of: row)
        )
        let cost = row["cost_usd"]?.double.flatMap { (0..<1e6).contains($0) ? $0 : nil }
        try db.run(
            """
            INSERT INTO usage VALUES(?, ?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                calls = calls + 1, tokens_in = tokens_in + excluded.tokens_in,
                tokens_out = tokens_out + excluded.tokens_out, cost_usd = cost_usd + excluded.cost_usd,
                unpriced = unpriced + excluded.unpriced
            """,
            day / 100,
            actor,
            connector,
            row["model"]?.string ?? "",
            Self.count(row["tokens_in"]),
            Self.count(row["tokens_out"]),
            cost ?? 0,
            cost == nil
        )
    }

    /// A call's tokens; an absurd number would spoil the month's sum for good.
    private static func count(_ value: JSONValue?) -> Int64 {
        value?.int.flatMap { (0..<1 << 40).contains($0) ? $0 : nil } ?? 0
    }

    /// A sender's clock that is far off must not make tables for days that never were.
    private func plausible(_ at: Int64) -> Int64 {
        let now = clock()
        return (now - 400 * Self.dayMicroseconds...now + 2 * Self.dayMicroseconds).contains(at) ? at : now
    }

    /// A change of the admin's policy reaches the call log through the trail itself.
    func followPolicy(_ event: AuditEvent, in db: Connection) throws {
        guard event.eventType.hasPrefix("policy."), let days = event.data?["llm_call_log_retention_days"]?.int else {
            return
        }
        let kept = min(max(Int(clamping: days), Retention.days.lowerBound), Retention.days.upperBound)
        try db.run("UPDATE setting SET value = ? WHERE name = 'retention_days'", kept)
    }

    /// Has pages that become free given back, step by step. A file of before that is written anew once; when there is no
    /// room for that, it serves as it is.
    @StoreLoop
    static func prepareToShrink(_ db: Connection) throws {
        let incremental = 2
        guard try db.int("PRAGMA auto_vacuum") != incremental else { return }
        try db.execute("PRAGMA auto_vacuum=INCREMENTAL")
        do throws(SQLiteError) {
            try db.execute("VACUUM")
        } catch {
            guard error.isFull else { throw error }
            Log.warning("no room to write the audit file anew; it keeps the space of dropped days")
        }
    }

    /// Drops the days that are older than the policy's retention, and says how many. Their space goes back to the disk.
    func dropOldCalls() async throws -> Int {
        let days = try await dropDays()
        guard days > 0 else { return 0 }
        // Others get their turn between two steps.
        var free = Int.max
        while free > 0 { free = try await store.write { db in try Self.giveBack(Self.pagesPerStep, in: db) } }
        _ = try await store.read { try $0.checkpoint() }
        return days
    }

    private static let pagesPerStep = 2_000

    /// Cuts up to that many free pages off the file, and says how many are left; 0 too when none can be.
    private static func giveBack(_ pages: Int, in db: Connection) throws -> Int {
        let before = try db.int("PRAGMA freelist_count") ?? 0
        guard before > 0 else { return 0 }
        try db.execute("PRAGMA incremental_vacuum(\(pages))")
        let after = try db.int("PRAGMA freelist_count") ?? 0
        return after < before ? after : 0
    }

    private func dropDays() async throws -> Int {
        try await store.write { db in
            let kept = try db.int("SELECT value FROM setting WHERE name = 'retention_days'") ?? Retention.standardDays
            let oldest = Timestamp.day(microseconds: clock() - Int64(kept) * Self.dayMicroseconds)
            let days = try AuditSchema.days(in: db).filter { $0 < oldest }
            for day in days { try db.execute("DROP TABLE calls_\(day)") }
            return days.count
        }
    }
}

extension JSONWriter {
    /// A tree's bytes.
    static func bytes(of value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(value)
        return writer.bytes
    }
}
