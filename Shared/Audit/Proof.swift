import Crypto
public import SQLite

/// How a receipt's event is held by the chain: from a signed checkpoint before it to the one that covers it, every
/// hash computed anew.
public struct Proof: Sendable {
    /// The event's place in the chain.
    public let seq: UInt64
    /// The event in JSON, as it was hashed.
    public let body: [UInt8]
    /// The chain's hash at the event, hex.
    public let hash: String
    /// The signed checkpoint whose head follows from the event; nil while none was signed behind it.
    public let checkpoint: Checkpoint?
    /// Events whose hashes were computed for it.
    public let walked: UInt64

    /// Why a receipt isn't proven.
    public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        /// The audit file doesn't know the outbox, or nothing with that number has arrived.
        case notArrived
        /// The number stands for a row of the call log, or a recorded loss: nothing in the chain.
        case notChained
        /// Another event stands there.
        case otherEvent(seq: UInt64)
        /// The chain doesn't hold between the checkpoints around the event.
        case broken(AuditFault)

        /// A sentence for people.
        public var description: String {
            switch self {
            case .notArrived: "no such event has reached the audit trail"
            case .notChained: "the number stands for no event of the chain"
            case .otherEvent(let seq): "event \(seq) stands at this number, and its bytes are not the receipt's"
            case .broken(let fault): "the chain is broken: \(fault)"
            }
        }
    }

    /// Resolves a receipt that a role's outbox gave out.
    ///
    /// - Parameters:
    ///   - role: whose outbox; part of the stream's name in the file.
    ///   - key: the public key (hex) that must have signed, when it is known from elsewhere.
    public static func find(_ receipt: Receipt, role: String, key: String? = nil, in db: Connection) throws -> Proof {
        // One transaction: checkpoints and events are of the same moment.
        try db.execute("BEGIN")
        defer { try? db.execute("COMMIT") }
        let name = "\(role)/\(receipt.stream)"
        let sql = AuditSchema.events + " WHERE s.name = ? AND e.stream_seq = ?"
        guard let event = try db.first(sql, name, Int64(receipt.seq), row: { ChainedEvent($0) }) else {
            let upto = try db.int("SELECT upto FROM stream WHERE name = ?", name) ?? 0
            throw Int64(upto) >= Int64(receipt.seq) ? Failure.notChained : Failure.notArrived
        }
        guard Digest.sha256(event.body) == receipt.hash else { throw Failure.otherEvent(seq: event.seq) }
        let before = try checkpoint("count < ? ORDER BY count DESC", event.seq, key, in: db)
        let after = try checkpoint("count >= ? ORDER BY count", event.seq, key, in: db)
        var chain = before.map { Chain(count: $0.count, head: $0.head) } ?? Chain()
        var hash = ""
        let last = after?.count ?? event.seq
        let walk = AuditSchema.events + " WHERE e.seq > ? AND e.seq <= ? ORDER BY e.seq"
        try db.each(walk, Int64(chain.count), Int64(last)) { row in
            let next = ChainedEvent(row)
            guard next.seq == chain.count + 1 else { throw missing(chain.count + 1) }
            chain.append(next)
            guard chain.head == row.blob(ChainedEvent.hashColumn) else {
                throw Failure.broken(AuditFault(code: .hash, seq: next.seq, sentence: "the event was changed"))
            }
            if next.seq == event.seq { hash = chain.headText }
            return true
        }
        guard chain.count == last else { throw missing(chain.count + 1) }
        if let after, after.head != chain.head {
            throw Failure.broken(AuditFault(code: .checkpoint, seq: last, sentence: "the signed head is another"))
        }
        return Proof(
            seq: event.seq,
            body: event.body,
            hash: hash,
            checkpoint: after,
            walked: last - (before?.count ?? 0)
        )
    }

    private static func missing(_ seq: UInt64) -> Failure {
        .broken(AuditFault(code: .sequence, seq: seq, sentence: "event \(seq) is missing"))
    }

    private static func checkpoint(
        _ condition: String,
        _ seq: UInt64,
        _ key: String?,
        in db: Connection
    ) throws -> Checkpoint? {
        let sql = "SELECT count, head, at, previous, signature, key FROM checkpoint WHERE \(condition) LIMIT 1"
        guard let found = try db.first(sql, Int64(seq), row: { Checkpoint($0) }) else { return nil }
        guard found.isSigned, key == nil || key == Hex.encode(found.key) else {
            let sentence = "the signature isn't that of the audit service's key"
            throw Failure.broken(AuditFault(code: .signature, seq: found.count, sentence: sentence))
        }
        return found
    }
}
