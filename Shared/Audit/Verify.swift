import Crypto
import SQLite

/// Verifies an audit file that nobody needs to trust: every hash is computed anew, every signature checked.
public enum Verify {
    /// Reads a whole file, read-only; the audit service may go on writing meanwhile.
    ///
    /// - Parameters:
    ///   - path: the `audit.db`.
    ///   - key: the public key (hex) that must have signed, when it is known from elsewhere.
    ///   - witnesses: heads (hex) that others were given in acknowledgements; each must be in the chain.
    public static func file(_ path: String, key: String? = nil, witnesses: Set<String> = []) throws -> Verification {
        let db = try Connection(path: path, mode: .readOnly)
        var result = Verification()
        // One transaction: checkpoints and events are of the same moment.
        try db.execute("BEGIN")
        defer { try? db.execute("COMMIT") }
        try chain(db, key: key, witnesses: witnesses, into: &result)
        return result
    }

    private static func chain(
        _ db: Connection,
        key: String?,
        witnesses: Set<String>,
        into result: inout Verification
    ) throws {
        var walk = Walk(try checkpoints(db), key: key, witnesses: witnesses)
        let sql = """
            SELECT e.seq, s.name, e.stream_seq, e.skipped, e.at, e.event_type, e.actor, e.target_type, e.target_id,
                   e.salt, e.body, e.hash
            FROM event e LEFT JOIN stream s ON s.id = e.stream ORDER BY e.seq
            """
        try db.each(sql) { row in
            let event = ChainedEvent(
                seq: UInt64(bitPattern: row.int64(0)),
                stream: row.optionalText(1) ?? "",
                streamSeq: UInt64(bitPattern: row.int64(2)),
                skipped: UInt64(bitPattern: row.int64(3)),
                at: row.int64(4),
                eventType: row.text(5),
                actor: row.text(6),
                targetType: row.text(7),
                targetID: row.text(8),
                salt: row.blob(9),
                body: row.blob(10)
            )
            return walk.take(event, hash: row.blob(11))
        }
        walk.finish()
        result = walk.result
    }

    private static func checkpoints(_ db: Connection) throws -> [Checkpoint] {
        try db.query("SELECT count, head, at, previous, signature, key FROM checkpoint ORDER BY count") { row in
            Checkpoint(
                count: UInt64(bitPattern: row.int64(0)),
                head: row.blob(1),
                at: row.int64(2),
                previous: row.blob(3),
                signature: row.blob(4),
                key: row.blob(5)
            )
        }
    }
}

/// The verifier's state between two events.
private struct Walk {
    private(set) var result = Verification()
    private var chain = Chain()
    private var lastOfStream: [String: UInt64] = [:]
    private var checkpoints: ArraySlice<Checkpoint>
    private var previous: [UInt8] = []
    private var unseen: Set<String>
    private let key: String?

    init(_ checkpoints: [Checkpoint], key: String?, witnesses: Set<String>) {
        self.checkpoints = checkpoints[...]
        self.key = key
        unseen = witnesses.subtracting([Chain().headText, ""])
    }

    /// Checks one event; false once a fault is found.
    mutating func take(_ event: ChainedEvent, hash: [UInt8]) -> Bool {
        guard event.seq == chain.count + 1 else {
            return fail(
                .sequence,
                event.seq,
                "event \(chain.count + 1) is missing; \(event.seq) follows \(chain.count)"
            )
        }
        chain.append(event)
        guard chain.head == hash else {
            return fail(.hash, event.seq, "the event, or its place in the chain, was changed")
        }
        let last = lastOfStream[event.stream] ?? 0
        guard event.streamSeq == last &+ event.skipped &+ 1 else {
            return fail(.stream, event.seq, "number \(event.streamSeq) of its stream follows \(last)")
        }
        lastOfStream[event.stream] = event.streamSeq
        result.events += 1
        result.unsigned += 1
        if event.eventType == AuditGapEvent.type { result.gaps += 1 }
        if !unseen.isEmpty { unseen.remove(chain.headText) }
        while let next = checkpoints.first, next.count == chain.count {
            checkpoints = checkpoints.dropFirst()
            guard check(next) else { return false }
        }
        return true
    }

    private mutating func check(_ checkpoint: Checkpoint) -> Bool {
        guard checkpoint.head == chain.head else {
            return fail(.checkpoint, checkpoint.count, "the signed head is another: the chain was rewritten")
        }
        guard checkpoint.previous == previous else {
            return fail(.checkpoint, checkpoint.count, "a checkpoint before this one was removed")
        }
        let signer = Hex.encode(checkpoint.key)
        guard checkpoint.isSigned, key == nil || key == signer else {
            return fail(.signature, checkpoint.count, "the signature isn't that of the audit service's key")
        }
        if !result.keys.contains(signer) { result.keys.append(signer) }
        previous = checkpoint.signature
        result.checkpoints += 1
        result.unsigned = 0
        return true
    }

    mutating func finish() {
        result.streams = lastOfStream.count
        result.head = chain.headText
        guard result.fault == nil else { return }
        if let next = checkpoints.first {
            _ = fail(.truncated, chain.count, "a checkpoint covers \(next.count) events, the file has \(chain.count)")
        } else if !unseen.isEmpty {
            _ = fail(.truncated, chain.count, "a head that was acknowledged is not in the chain")
        }
    }

    private mutating func fail(_ code: AuditFault.Code, _ seq: UInt64, _ sentence: String) -> Bool {
        if result.fault == nil { result.fault = AuditFault(code: code, seq: seq, sentence: sentence) }
        return false
    }
}

/// The event that stands for events lost before they arrived.
public enum AuditGapEvent {
    /// Its type.
    public static let type = "audit.gap"
}
