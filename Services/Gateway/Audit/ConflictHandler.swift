import Audit
import Crypto
import HTTP
import JSON
import SQLite

/// `/api/admin/audit/conflict`: what stands against the audit trail, and an admin's word that it was brought back from a
/// backup.
@NetLoop
final class ConflictHandler {
    private let commit: GroupCommit
    private let accept: @Sendable (_ head: String, AuditTrail.Actor) async throws -> Void

    init(commit: GroupCommit, accept: @escaping @Sendable (String, AuditTrail.Actor) async throws -> Void) {
        self.commit = commit
        self.accept = accept
    }

    /// `GET /api/admin/audit/conflict`: `{"conflict": null}`, or what is kept and what the trail says now.
    func show(_ call: Call) async throws {
        let (conflict, kept) = try await commit.read { db in
            (try AuditWitness.conflict(in: db), try AuditWitness.latest(in: db))
        }
        call.answer { writer in
            guard let conflict else { return writer.field("conflict", String?.none) }
            writer.field(
                "conflict",
                object: { writer in
                    writer.field("verdict", conflict.verdict.rawValue)
                    writer.field("message", conflict.verdict.complaint)
                    writer.field("found", object: { Self.write(conflict.found.count, conflict.found.head, &$0) })
                    if let kept { writer.field("kept", object: { Self.write(kept.count, kept.head, &$0) }) }
                }
            )
        }
    }

    /// `POST /api/admin/audit/conflict/accept` with `{"head": …}`: the found one's.
    func accept(_ call: Call) async throws {
        let body = try await call.object(limit: 4 << 10)
        let head = try reading { () throws(JSONError) in try body.string("head") }
        try await accept(head, call.actor)
        call.answer { writer in writer.field("success", true) }
    }

    private static func write(_ count: UInt64, _ head: [UInt8], _ writer: inout JSONWriter) {
        writer.field("events", Int64(clamping: count))
        writer.field("head", Hex.encode(head))
    }
}
