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
    @discardableResult
    func record(
        _ eventType: String,
        by actor: Actor,
        on subject: Subject,
        notes: String = "",
        auditClass: AuditClass = .security,
        data: JSONValue? = nil,
        in db: Connection
    ) throws -> Receipt? {
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
        guard let place = try append(bytes, db) else { return nil }
        let receipt = Receipt(stream: place.stream, seq: place.seq, body: bytes.bytes)
        actor.receipts?.add(receipt)
        return receipt
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

extension GroupCommit {
    /// As `write`; what was recorded in the actor's name is told in their answer once it is committed.
    func write<T: Sendable>(
        by actor: AuditTrail.Actor,
        _ body: @escaping @Sendable (Connection) throws -> T
    ) async throws -> T {
        let result = try await write(body)
        actor.receipts?.confirm()
        return result
    }
}

/// The receipts of one request: what it changed stands in the audit trail, and the answer's head says where.
///
/// Filled on the store loop inside a transaction, read on the net loop once that is committed. An answer that says that
/// something failed has those of what was done before.
final class Receipts: Sendable {
    /// The answer's header: receipts, separated by commas.
    static let header = "x-martlet-receipt"
    /// More than these of one request are not told.
    private static let limit = 8

    private struct State {
        var open: [Receipt] = []
        var committed: [Receipt] = []
    }

    private let state = Mutex(State())

    /// Of a transaction that is not committed yet.
    func add(_ receipt: Receipt) {
        state.withLock { state in
            if state.open.count < Self.limit { state.open.append(receipt) }
        }
    }

    /// What was added is on disk.
    func confirm() {
        state.withLock { state in
            state.committed += state.open.prefix(Self.limit - state.committed.count)
            state.open = []
        }
    }

    /// The answer's header; nothing when nothing was done.
    var headers: [(String, String)] {
        let all = state.withLock { $0.committed }
        return all.isEmpty ? [] : [(Self.header, all.map(\.description).joined(separator: ", "))]
    }
}
