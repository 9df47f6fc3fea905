import Audit
import Crypto
import JSON
import Loop
import SQLite
import Telemetry
import Wire

/// The audit file: appends that happen once, in the order of their streams, and the chain that joins them.
struct AuditStore: Sendable {
    /// Events between two checkpoints.
    static let checkpointEvery: UInt64 = 1_000
    /// SQLite's page cache in KiB at most; it grows with use.
    private static let cacheKiB = 32 << 10
    /// Pages in the WAL (of 4 KiB each) after which they go into the file.
    private static let walPages = 8_192

    /// What became of a batch, as the acknowledgement says it.
    struct Taken: Sendable, Equatable {
        let stream: String
        /// Everything of the stream up to this is committed.
        let upto: UInt64
        /// The chain's head, hex.
        let head: String
        var chained = 0
        var calls = 0
        var doubles = 0
        /// The batch began behind a hole, and nothing of it was taken.
        var isGap = false
        /// Signed in this batch's transaction, for the witnesses.
        var checkpoint: Checkpoint?
        /// Events in the chain.
        var count: UInt64 = 0
    }

    let store: GroupCommit
    let signing: SigningKey
    /// Microseconds since 1970; a test's own clock.
    var clock: @Sendable () -> Int64 = { wallClockMicroseconds() }

    /// Opens or makes the file.
    @StoreLoop
    static func open(_ path: String) throws -> GroupCommit {
        let connection = try Connection(path: path)
        // Every event touches six trees: their pages are kept at hand, and copied out of the WAL less often.
        try connection.execute("PRAGMA cache_size=-\(cacheKiB); PRAGMA wal_autocheckpoint=\(walPages)")
        try prepareToShrink(connection)
        try AuditSchema.migrations.apply(to: connection)
        return GroupCommit(connection)
    }

    /// Stores what is new of a batch; returns after the commit. The role is the one whose key the sender proved.
    func append(_ batch: AuditAppend, from role: Role) async throws -> Taken {
        let sealed = Self.seal(batch)
        return try await store.write { db in try take(batch, sealed, from: role, in: db) }
    }

    /// Puts a loss on record, and lets the stream go on behind it; returns after the commit.
    func record(_ gap: AuditGap, from role: Role) async throws -> Taken {
        try await store.write { db in try take(gap, from: role, in: db) }
    }

    // MARK: Inside a transaction

    /// A stream as the file knows it, `<role>/<name>`: each role has its own, so none writes in another's name, and
    /// who sent an event is in its hash.
    private struct Stream {
        let id: Int64
        let role: Role
        let name: String
        var upto: UInt64
        /// The latest of its events that is in the chain.
        var chained: UInt64
    }

    /// What can be made of an event before its place is known, away from the store's thread, which is the busiest.
    struct SealedEvent: Sendable {
        let salt: [UInt8]
        let body: [UInt8]
        let content: [UInt8]

        init(_ event: AuditEvent) {
            salt = Random.bytes(16)
            body = event.encoded()
            content = ChainedEvent.content(salt: salt, body: body)
        }
    }

    /// Its events that join the chain, sealed; nil for rows of the call log.
    static func seal(_ batch: AuditAppend) -> [SealedEvent?] {
        batch.events.map { $0.auditClass == .call ? nil : SealedEvent($0) }
    }

    func take(_ batch: AuditAppend, _ sealed: [SealedEvent?], from role: Role, in db: Connection) throws -> Taken {
        var stream = try Self.stream(batch.stream, role, in: db)
        var chain = try Self.chain(in: db)
        // Numbers begin at 1 and stay within SQLite's integers, whatever a peer sends.
        guard batch.first >= 1, batch.first <= stream.upto + 1 else {
            var taken = Taken(stream: batch.stream, upto: stream.upto, head: chain.headText)
            taken.isGap = true
            return taken
        }
        let known = min(UInt64(batch.events.count), stream.upto + 1 - batch.first)
        var (chained, calls) = (0, 0)
        for (event, sealed) in zip(batch.events, sealed).dropFirst(Int(known)) {
            stream.upto += 1
            if let sealed {
                try join(event, sealed, &stream, &chain, in: db)
                chained += 1
            } else {
                calls += try keepCalls(event, in: db)
            }
        }
        try save(stream, in: db)
        let checkpoint = try signIfDue(chain, in: db)
        return Taken(
            stream: batch.stream,
            upto: stream.upto,
            head: chain.headText,
            chained: chained,
            calls: calls,
            doubles: Int(known),
            checkpoint: checkpoint,
            count: chain.count
        )
    }

    func take(_ gap: AuditGap, from role: Role, in db: Connection) throws -> Taken {
        var stream = try Self.stream(gap.stream, role, in: db)
        var chain = try Self.chain(in: db)
        guard gap.from == stream.upto + 1, gap.to >= gap.from, gap.to < UInt64(Int64.max) else {
            return Taken(stream: gap.stream, upto: stream.upto, head: chain.headText)
        }
        stream.upto = gap.to
        let event = AuditEvent(
            id: ULID.next().description,
            at: clock(),
            auditClass: .security,
            eventType: AuditGapEvent.type,
            actor: "system",
            targetType: "stream",
            targetID: gap.stream,
            targetName: "",
            notes: "events \(gap.from) to \(gap.to) were lost: \(gap.cause)"
        )
        try join(event, SealedEvent(event), &stream, &chain, in: db)
        try save(stream, in: db)
        return Taken(stream: gap.stream, upto: stream.upto, head: chain.headText, chained: 1)
    }

    private func join(
        _ event: AuditEvent,
        _ sealed: SealedEvent,
        _ stream: inout Stream,
        _ chain: inout Chain,
        in db: Connection
    ) throws {
        let entry = ChainedEvent(
            seq: chain.count + 1,
            stream: stream.name,
            streamSeq: stream.upto,
            skipped: stream.upto - stream.chained - 1,
            at: event.at,
            eventType: event.eventType,
            actor: event.actor,
            targetType: event.targetType,
            targetID: event.targetID,
            salt: sealed.salt,
            body: sealed.body
        )
        chain.append(entry, content: sealed.content)
        try db.run(
            "INSERT INTO event VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            Int64(entry.seq),
            stream.id,
            Int64(entry.streamSeq),
            Int64(entry.skipped),
            entry.at,
            entry.eventType,
            entry.actor,
            entry.targetType,
            entry.targetID,
            entry.salt,
            entry.body,
            chain.head
        )
        stream.chained = stream.upto
        if stream.role == .gateway { try followPolicy(event, in: db) }
    }

    private static func stream(_ plainName: String, _ role: Role, in db: Connection) throws -> Stream {
        let name = "\(role.rawValue)/\(plainName)"
        try db.run("INSERT INTO stream(name) VALUES(?) ON CONFLICT DO NOTHING", name)
        let stream = try db.first("SELECT id, upto, chained FROM stream WHERE name = ?", name) { row in
            Stream(id: row.int64(0), role: role, name: name, upto: UInt64(row.int64(1)), chained: UInt64(row.int64(2)))
        }
        guard let stream else { throw LostStream() }
        return stream
    }

    /// The stream's row was made a statement ago, so only a damaged file gets here.
    private struct LostStream: Error {}

    private func save(_ stream: Stream, in db: Connection) throws {
        let (upto, chained) = (Int64(stream.upto), Int64(stream.chained))
        try db.run("UPDATE stream SET upto = ?, chained = ? WHERE id = ?", upto, chained, stream.id)
    }

    /// The chain's end, read anew each time: a transaction that is rolled back must not leave its head behind.
    static func chain(in db: Connection) throws -> Chain {
        try db.first("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1") { row in
            Chain(count: UInt64(row.int64(0)), head: row.blob(1))
        } ?? Chain()
    }
}
