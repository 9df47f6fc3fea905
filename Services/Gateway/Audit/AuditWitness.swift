import Audit
import Bus
import Loop
import SQLite
import Telemetry
import Wire

/// Keeps the audit service's checkpoints in this service's own database. Whoever cuts off or rewrites the audit file
/// has to change both, on two machines; `martlet audit verify --against gateway.db` compares them.
@BusLoop
final class AuditWitness {
    /// What a checkpoint says beside those that are kept.
    enum Verdict: String, Sendable {
        /// It is new and goes on from the others.
        case kept
        /// It is there already.
        case known
        /// Its signature is wrong.
        case unsigned
        /// Another key than the others' signed it.
        case otherKey = "other_key"
        /// At this count the chain had another head.
        case rewritten
        /// The chain was longer before.
        case shortened

        /// What is wrong, for people; nil when nothing is.
        var complaint: String? {
            switch self {
            case .kept, .known: nil
            case .unsigned: "a checkpoint of the audit trail has a wrong signature"
            case .otherKey: "the audit trail is signed by another key than before"
            case .rewritten: "the audit trail was rewritten: an earlier checkpoint says otherwise"
            case .shortened: "the audit trail was cut off: an earlier checkpoint covers more"
            }
        }
    }

    /// Checkpoints that are kept; older ones follow from them.
    nonisolated static let limit = 10_000
    /// The table's step in the migrations of `gateway.db`.
    nonisolated static let schema = Migrations.Step.sql(
        "audit checkpoints",
        """
        CREATE TABLE audit_checkpoint(
            count INTEGER PRIMARY KEY, head BLOB NOT NULL, at INTEGER NOT NULL,
            previous BLOB NOT NULL, signature BLOB NOT NULL, key BLOB NOT NULL
        ) STRICT;
        """
    )
    private static let taken = Metrics.counters(.auditCheckpoints)
    private static let covered = Metrics.gauge(.auditHead)

    let commit: GroupCommit
    let audit: AuditTrail
    /// What is wrong with the trail, until an admin takes it; for readiness.
    var complaint: String?

    nonisolated init(commit: GroupCommit, audit: AuditTrail) {
        self.commit = commit
        self.audit = audit
    }

    /// Takes up what stood against the trail before this process.
    func resume() async throws {
        complaint = try await commit.read { try Self.conflict(in: $0)?.verdict.complaint }
    }

    /// Takes checkpoints from the link's messages.
    func attach(to link: Link) {
        let onMessage = link.onMessage
        link.onMessage = { [weak self] message in
            guard message.header.kind == .auditCheckpoint else { return onMessage(message) }
            self?.take(message)
        }
    }

    /// The latest that is kept: how many events it covers, and when it was signed.
    func latest() async throws -> (count: Int, at: Int64)? {
        try await commit.read { db in
            try db.first(
                "SELECT count, at FROM audit_checkpoint ORDER BY count DESC LIMIT 1",
                row: { row in (count: row.int(0), at: row.int64(1)) }
            )
        }
    }

    private func take(_ message: Message) {
        guard let body = try? message.body(AuditCheckpoint.self), let checkpoint = try? Checkpoint(body) else {
            return Log.warning("a checkpoint that can't be read")
        }
        Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [self] in
            do {
                try await keep(checkpoint)
            } catch {
                Log.error("a checkpoint can't be kept", ["error": "\(error)"])
            }
        }
    }

    /// Keeps it, or puts on record that it contradicts what is kept. Each contradiction once.
    func keep(_ checkpoint: Checkpoint) async throws {
        let told = complaint
        let verdict = try await commit.write { [audit] db in
            let verdict = try Self.judge(checkpoint, in: db)
            try Self.note(checkpoint, verdict, in: db)
            if let complaint = verdict.complaint, complaint != told {
                try audit.record(
                    "audit.conflict",
                    by: "gateway",
                    on: .init(type: "audit_trail", id: "\(checkpoint.count)", name: verdict.rawValue),
                    notes: complaint,
                    in: db
                )
            }
            return verdict
        }
        Self.taken.with(verdict.rawValue).add()
        if verdict == .kept || verdict == .known { Self.covered.set(Double(checkpoint.count)) }
        guard let sentence = verdict.complaint else { return }
        if sentence != complaint {
            Log.error(
                "the audit trail contradicts a checkpoint that is kept",
                ["verdict": verdict.rawValue, "count": checkpoint.count]
            )
        }
        complaint = sentence
    }

    /// Compares with what is kept, and keeps what goes on from it; inside a transaction.
    nonisolated static func judge(_ checkpoint: Checkpoint, in db: Connection) throws -> Verdict {
        guard checkpoint.isSigned, checkpoint.count >= 1, checkpoint.count <= UInt64(Int64.max) else {
            return .unsigned
        }
        let count = Int64(checkpoint.count)
        let columns = "SELECT count, head, at, previous, signature, key FROM audit_checkpoint"
        let latest = try db.first(columns + " ORDER BY count DESC LIMIT 1") { Checkpoint($0) }
        if let latest, latest.key != checkpoint.key { return .otherKey }
        if let same = try db.first(columns + " WHERE count = ?", count, row: { Checkpoint($0) }) {
            return same.head == checkpoint.head ? (same.count == latest?.count ? .known : .shortened) : .rewritten
        }
        if let latest, latest.count > checkpoint.count { return .shortened }
        try db.run(
            "INSERT INTO audit_checkpoint VALUES(?, ?, ?, ?, ?, ?)",
            count,
            checkpoint.head,
            checkpoint.at,
            checkpoint.previous,
            checkpoint.signature,
            checkpoint.key
        )
        try db.run(
            """
            DELETE FROM audit_checkpoint WHERE count <=
                (SELECT count FROM audit_checkpoint ORDER BY count DESC LIMIT 1 OFFSET ?)
            """,
            limit
        )
        return .kept
    }
}

extension Checkpoint {
    /// As it travels.
    init(_ body: AuditCheckpoint) throws {
        try self.init(
            count: body.count,
            head: body.head,
            at: body.at,
            previous: body.previous,
            signature: body.signature,
            key: body.key
        )
    }
}
