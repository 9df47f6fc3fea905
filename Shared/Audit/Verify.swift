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
    ///   - kept: checkpoints that were kept elsewhere; the chain must reach and agree with each.
    public static func file(
        _ path: String,
        key: String? = nil,
        witnesses: Set<String> = [],
        kept: [Checkpoint] = []
    ) throws -> Verification {
        let db = try Connection(path: path, mode: .readOnly)
        var result = Verification()
        // One transaction: checkpoints and events are of the same moment.
        try db.execute("BEGIN")
        defer { try? db.execute("COMMIT") }
        var walk = Walk(
            try AuditSchema.checkpoints(in: db).reversed(),
            key: key,
            witnesses: witnesses,
            kept: kept
        )
        try db.each(AuditSchema.events + " ORDER BY e.seq") { row in
            walk.take(ChainedEvent(row), hash: row.blob(ChainedEvent.hashColumn))
        }
        walk.finish()
        result = walk.result
        return result
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
    private var kept: ArraySlice<Checkpoint>
    private let key: String?

    init(_ checkpoints: [Checkpoint], key: String?, witnesses: Set<String>, kept: [Checkpoint]) {
        self.checkpoints = checkpoints[...]
        self.key = key
        self.kept = kept.sorted { $0.count < $1.count }[...]
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
        while let next = kept.first, next.count == chain.count {
            kept = kept.dropFirst()
            guard compare(next) else { return false }
        }
        return true
    }

    /// A checkpoint that was kept elsewhere: the file's own may have been replaced together with its events.
    private mutating func compare(_ checkpoint: Checkpoint) -> Bool {
        guard isSignedRight(checkpoint) else {
            return fail(.signature, checkpoint.count, "a checkpoint that was kept elsewhere isn't signed by this key")
        }
        guard checkpoint.head == chain.head else {
            return fail(.checkpoint, checkpoint.count, "the head that was kept elsewhere is another: rewritten")
        }
        result.kept += 1
        return true
    }

    private func isSignedRight(_ checkpoint: Checkpoint) -> Bool {
        checkpoint.isSigned && (key == nil || key == Hex.encode(checkpoint.key))
    }

    private mutating func check(_ checkpoint: Checkpoint) -> Bool {
        guard checkpoint.head == chain.head else {
            return fail(.checkpoint, checkpoint.count, "the signed head is another: the chain was rewritten")
        }
        guard checkpoint.previous == previous else {
            return fail(.checkpoint, checkpoint.count, "a checkpoint before this one was removed")
        }
        let signer = Hex.encode(checkpoint.key)
        guard isSignedRight(checkpoint) else {
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
        } else if let next = kept.first {
            _ = fail(
                .truncated,
                chain.count,
                "a checkpoint that was kept elsewhere covers \(next.count) events, the file has \(chain.count)"
            )
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
