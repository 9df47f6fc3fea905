import Audit
import JSON
import Loop
import SQLite
import Service
import Synchronization
import Wire

/// Writes who did what into the outbox, in the transaction of what was done: either both are on disk or neither.
struct AuditTrail: Sendable {
    /// Puts an event into the outbox; inside a transaction.
    let append: @Sendable (OutboxEvent, Connection) throws -> Outbox.Place?

    /// What an event is about.
    struct Subject: Sendable {
        let type: String
        let id: String
        let name: String
    }

    /// Who does something, and where the receipts of what is recorded go.
    struct Actor: Sendable, ExpressibleByStringLiteral {
        let id: String
        var receipts: Receipts?

        init(_ id: String, receipts: Receipts? = nil) {
            self.id = id
            self.receipts = receipts
        }

        /// Someone who gets no answer: `gateway`, `operator`.
        init(stringLiteral id: String) { self.init(id) }
    }

    /// Records a security event; its receipt is the actor's.
    func record(
        _ eventType: String,
        by actor: Actor,
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
            actor: actor.id,
            targetType: subject.type,
            targetID: subject.id,
            targetName: String(subject.name.prefix(256)),
            notes: notes,
            data: data
        )
        let bytes = OutboxEvent(event)
        guard let place = try append(bytes, db) else { return }
        actor.receipts?.add(Receipt(stream: place.stream, seq: place.seq, body: bytes.bytes))
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
            _ = try append(event, db)
        }
    }
}

/// The receipts of one request: what it changed stands in the audit trail, and the answer's head says where.
///
/// Filled on the store loop inside a transaction, read on the net loop once that is committed.
final class Receipts: Sendable {
    /// The answer's header: receipts, separated by commas.
    static let header = "x-martlet-receipt"
    /// More than these of one request are not told.
    private static let limit = 8

    private let receipts = Mutex<[Receipt]>([])

    func add(_ receipt: Receipt) {
        receipts.withLock { receipts in
            if receipts.count < Self.limit { receipts.append(receipt) }
        }
    }

    /// The header of an answer that says that something was done; nothing for an error.
    func headers(for status: Int) -> [(String, String)] {
        let all = receipts.withLock { $0 }
        guard status < 400, !all.isEmpty else { return [] }
        return [(Self.header, all.map(\.description).joined(separator: ", "))]
    }
}
