import JSON
import Loop
import SQLite
import Wire

/// Writes who did what into the outbox, in the transaction of what was done: either both are on disk or neither.
struct AuditTrail: Sendable {
    /// Puts an event into the outbox; inside a transaction.
    let append: @Sendable (AuditEvent, Connection) throws -> Void

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
        try append(event, db)
    }

    /// Records rows of the call log.
    func record(_ rows: [CallRow], in db: Connection) throws {
        for row in rows {
            let event = AuditEvent(
                id: ULID.next().description,
                at: row.at,
                auditClass: .call,
                eventType: "call",
                actor: row.userID,
                targetType: "connector",
                targetID: row.connectorID,
                targetName: row.id,
                notes: "",
                data: row.json
            )
            try append(event, db)
        }
    }
}
