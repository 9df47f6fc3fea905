import Audit
import Crypto
import SQLite

extension AuditWitness {
    /// A trail that contradicts what is kept: cut off, rewritten, or brought back from a backup, which looks the same.
    struct Conflict: Sendable, Equatable {
        /// What the trail says now.
        let found: Checkpoint
        /// The smallest count that contradicted since the conflict began: what is kept up to there still holds.
        let lowest: UInt64
        let verdict: Verdict
    }

    /// The step in the migrations of `gateway.db`: the conflict outlives the process that saw it.
    nonisolated static let conflictSchema = Migrations.Step.sql(
        "audit conflict",
        """
        CREATE TABLE audit_conflict(
            id INTEGER PRIMARY KEY CHECK (id = 1), lowest INTEGER NOT NULL, verdict TEXT NOT NULL,
            count INTEGER NOT NULL, head BLOB NOT NULL, at INTEGER NOT NULL,
            previous BLOB NOT NULL, signature BLOB NOT NULL, key BLOB NOT NULL
        ) STRICT;
        """
    )

    /// What stands against the trail; nil when nothing does. Inside a transaction.
    nonisolated static func conflict(in db: Connection) throws -> Conflict? {
        try db.first("SELECT count, head, at, previous, signature, key, lowest, verdict FROM audit_conflict") { row in
            Conflict(
                found: Checkpoint(row),
                lowest: UInt64(clamping: row.int64(6)),
                verdict: Verdict(rawValue: row.text(7)) ?? .shortened
            )
        }
    }

    /// Notes a checkpoint that contradicts. One whose signature is wrong says nothing of the trail.
    nonisolated static func note(_ checkpoint: Checkpoint, _ verdict: Verdict, in db: Connection) throws {
        guard verdict.complaint != nil, verdict != .unsigned else { return }
        let count = Int64(checkpoint.count)
        _ = try db.run(
            """
            INSERT INTO audit_conflict VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET lowest = min(lowest, excluded.lowest), verdict = excluded.verdict,
                count = excluded.count, head = excluded.head, at = excluded.at, previous = excluded.previous,
                signature = excluded.signature, key = excluded.key
            """,
            count,
            verdict.rawValue,
            count,
            checkpoint.head,
            checkpoint.at,
            checkpoint.previous,
            checkpoint.signature,
            checkpoint.key
        )
    }

    /// The latest checkpoint that is kept.
    nonisolated static func latest(in db: Connection) throws -> Checkpoint? {
        try db.first(
            "SELECT count, head, at, previous, signature, key FROM audit_checkpoint ORDER BY count DESC LIMIT 1"
        ) { Checkpoint($0) }
    }

    /// An admin says that the trail was brought back from a backup: what is kept beyond it is given up, and who did that
    /// is on record with both heads. The head is the one that they looked at; when the trail has another by now, they
    /// look again. Throws `conflict`.
    func acceptRestore(head: String, by actor: AuditTrail.Actor) async throws {
        try await commit.write(by: actor) { [audit] db in
            guard let conflict = try Self.conflict(in: db) else {
                throw GatewayError(.conflict, "Nothing stands against the audit trail.")
            }
            let found = conflict.found
            guard Hex.encode(found.head) == head else {
                throw GatewayError(.conflict, "The audit trail has another head by now; look again.")
            }
            let kept = try Self.latest(in: db)
            let lowest = Int64(clamping: conflict.lowest)
            _ = try db.run(
                "DELETE FROM audit_checkpoint WHERE count > ? OR key <> ? OR (count = ? AND head <> ?)",
                lowest,
                found.key,
                Int64(found.count),
                found.head
            )
            if conflict.verdict == .rewritten {
                _ = try db.run("DELETE FROM audit_checkpoint WHERE count >= ?", lowest)
            }
            _ = try db.run(
                "INSERT OR IGNORE INTO audit_checkpoint VALUES(?, ?, ?, ?, ?, ?)",
                Int64(found.count),
                found.head,
                found.at,
                found.previous,
                found.signature,
                found.key
            )
            _ = try db.run("DELETE FROM audit_conflict")
            let before = kept.map { "\($0.count) events with head \(Hex.encode($0.head))" } ?? "nothing"
            try audit.record(
                "audit.restore_accepted",
                by: actor,
                on: .init(type: "audit_trail", id: "\(found.count)", name: conflict.verdict.rawValue),
                notes: "kept: \(before); now: \(found.count) events with head \(head)",
                in: db
            )
        }
        complaint = nil
    }
}
