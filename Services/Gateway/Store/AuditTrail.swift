import JSON
import Loop
import SQLite
import Wire

/// Writes who did what into the outbox, in the transaction of what was done: either both are on disk or neither.
struct AuditTrail: Sendable {
    /// Puts an event into the outbox; inside a transaction.
    let append: @Sendable (OutboxEvent, Connection) throws -> Void

    /// What an event is about.
    struct Subject: Sendable {
        let type: String
        let id: String
        let name: String
    }

    /// Records a security event.
    func record(
        _ eventType: String,
        by actor: String,
        on subject: Subject,
        notes: String = "",
        auditClass: AuditClass = .security,
        data: JSONValue? = nil,
        in db: Connection
    ) throws {
        let event = AuditEvent(
            id: ULID.next().description,
            at: wallClockMicroseconds(),
            auditClass: auditClass,
            eventType: eventType,
            actor: actor,
            targetType: subject.type,
            targetID: subject.id,
            targetName: String(subject.name.prefix(256)),
            notes: notes,
            data: data
        )
        try append(OutboxEvent(event), db)
    }

    /// Records rows of the call log, as few events as they fit in.
    func record(_ rows: [CallRow], in db: Connection) throws {
        var rest = rows[...]
        while let first = rest.first {
            let event = OutboxEvent(callsSince: first.at) { writer in
                let start = writer.bytes.count
                var count = 0
                while writer.bytes.count - start < OutboxEvent.callBytes, let row = rest.popFirst() {
                    writer.object { row.write(&$0) }
                    count += 1
                }
                return count
            }
            try append(event, db)
        }
    }
}
