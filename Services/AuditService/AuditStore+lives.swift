import JSON
import Loop
import SQLite
import Service
import Telemetry
import Wire

/// The audit service's own starts and ends. It ships to nobody: what it says of itself goes straight into the chain.
extension AuditStore {
    /// Its stream, among those of its own role.
    private static let ownStream = "own"

    /// Records that a run begins and, where the last one was not stopped, how that ended.
    func begin(_ life: Life) async throws {
        _ = try await store.write { db in
            let started = try Self.lastStart(in: db)
            if let started { try record(started.died(noticedBy: life), in: db) }
            try record(life.startedEvent, in: db)
        }
    }

    /// Records that it was stopped. Where that fails the log has it, and the next start reports a death.
    func end(_ life: Life) async {
        do {
            _ = try await store.write { db in try record(life.stoppedEvent, in: db) }
        } catch {
            Log.warning("the stop is not on record", ["error": "\(error)"])
        }
    }

    private func record(_ event: AuditEvent, in db: Connection) throws {
        let name = "\(Role.auditService.rawValue)/\(Self.ownStream)"
        let upto = try db.int("SELECT upto FROM stream WHERE name = ?", name) ?? 0
        let batch = AuditAppend(stream: Self.ownStream, first: UInt64(upto) + 1, events: [event])
        _ = try take(batch, Self.seal(batch), from: .auditService, in: db)
    }

    /// The run whose start is the last that this service said of itself; nil when it was stopped since.
    private static func lastStart(in db: Connection) throws -> Life? {
        let name = "\(Role.auditService.rawValue)/\(Self.ownStream)"
        let body = try db.first(
            """
            SELECT body FROM event JOIN stream ON stream.id = event.stream
            WHERE stream.name = ? ORDER BY stream_seq DESC LIMIT 1
            """,
            name
        ) { $0.blob(0) }
        guard let body, let event = try? AuditEvent(JSONValue(parsing: body)) else { return nil }
        return Life(startedBy: event)
    }
}
