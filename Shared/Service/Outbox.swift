public import Bus
import Crypto
import JSON
import Loop
public import SQLite
import Synchronization
import Telemetry
public import Wire

/// Audit events that wait in this service's own database until the audit service has committed them.
///
/// An event is written in the transaction of what it describes, so neither exists without the other, and is deleted
/// on acknowledgement alone. Its number and the outbox's name, made once, let the receiver know doubles and holes.
/// Who appends: the store loop, inside a `GroupCommit` body. Who ships: the bus loop.
public final class Outbox: Sendable {
    /// The step of a database's migrations that makes the outbox's tables.
    public static let schema = Migrations.Step.sql(
        "outbox",
        """
        CREATE TABLE outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
        CREATE TABLE outbox_meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        INSERT INTO outbox_meta VALUES('stream', lower(hex(randomblob(16)))), ('shed', '0'), ('head', '');
        """
    )

    /// Bounds of what an outbox keeps.
    public enum Limits {
        /// Events that wait at most; one more is refused.
        public static let events = 200_000
        /// Events at which rows of the call log are shed, so that there is room for what matters more.
        public static let eventsForCalls = 180_000
        /// Bytes of events at which rows of the call log are shed: one of their events holds many rows.
        public static let bytesForCalls = 256 << 20
        /// One event's bytes.
        public static let eventBytes = 64 << 10
        /// One batch's bytes.
        public static let batchBytes = 256 << 10
    }

    /// Where an event stands among all that outboxes ever sent.
    public struct Place: Sendable, Hashable {
        /// The outbox's name.
        public let stream: String
        /// The event's number in it.
        public let seq: UInt64
    }

    /// The database that the outbox is part of.
    public let store: GroupCommit
    private let name: Mutex<String>
    private let limit: Int
    private let limitForCalls: Int
    private let bytesForCalls: Int
    private let hasShed: Atomic<Bool>
    let hasNews = Atomic<Bool>(false)

    private init(
        _ store: GroupCommit,
        named name: String,
        limit: Int,
        limitForCalls: Int,
        bytesForCalls: Int,
        hasShed: Bool
    ) {
        self.store = store
        self.name = Mutex(name)
        self.limit = limit
        self.limitForCalls = limitForCalls
        self.bytesForCalls = bytesForCalls
        self.hasShed = Atomic(hasShed)
    }

    /// The outbox in a database whose migrations include ``schema``.
    public static func open(
        _ store: GroupCommit,
        limit: Int = Limits.events,
        limitForCalls: Int = Limits.eventsForCalls,
        bytesForCalls: Int = Limits.bytesForCalls
    ) async throws -> Outbox {
        let (name, shed) = try await store.read { db in
            (
                try db.text("SELECT value FROM outbox_meta WHERE name = 'stream'") ?? "",
                try db.text("SELECT value FROM outbox_meta WHERE name = 'shed'")
            )
        }
        return Outbox(
            store,
            named: name,
            limit: limit,
            limitForCalls: limitForCalls,
            bytesForCalls: bytesForCalls,
            hasShed: shed != "0"
        )
    }

    /// An outbox in a file of its own, for services without a database.
    public static func spool(file path: String) async throws -> Outbox {
        try await open(openSpool(path))
    }

    @StoreLoop
    private static func openSpool(_ path: String) throws -> GroupCommit {
        let connection = try Connection(path: path)
        try Migrations([schema]).apply(to: connection)
        return GroupCommit(connection)
    }

    /// Writes an event in the caller's transaction, and says where it stands once that is committed; nil when it was
    /// shed.
    ///
    /// Throws ``OutboxError`` `.full` for security and billing when 200,000 events wait: the caller must then refuse
    /// what it was about to do. Rows of the call log are shed instead, counted, and the count goes on record once
    /// there is room.
    @discardableResult
    public func append(_ event: AuditEvent, in db: Connection) throws -> Place? {
        try append(OutboxEvent(event), in: db)
    }

    /// Writes an event that is bytes already, in the caller's transaction; as the other one.
    @discardableResult
    public func append(_ event: OutboxEvent, in db: Connection) throws -> Place? {
        guard event.bytes.count <= Limits.eventBytes else {
            throw OutboxError(code: .tooLarge, message: "an audit event of \(event.bytes.count) bytes")
        }
        let depth = try db.int("SELECT (SELECT max(seq) FROM outbox) - (SELECT min(seq) FROM outbox) + 1") ?? 0
        let takesCalls = try depth < limitForCalls && Self.waitingBytes(in: db) < bytesForCalls
        if event.auditClass == .call, !takesCalls {
            try db.run("UPDATE outbox_meta SET value = value + ? WHERE name = 'shed'", event.rows)
            hasShed.store(true, ordering: .relaxed)
            return nil
        }
        guard depth < limit else {
            throw OutboxError(code: .full, message: "\(depth) audit events wait for the audit service")
        }
        let seq = try insert(event.bytes, in: db)
        if takesCalls, hasShed.load(ordering: .relaxed) { try recordShed(since: event.at, in: db) }
        hasNews.store(true, ordering: .relaxed)
        return Place(stream: name.withLock { $0 }, seq: seq)
    }

    /// Writes an event in a transaction of its own, and returns once it is on the disk. Any loop.
    public func record(_ event: AuditEvent) async throws {
        _ = try await store.write { db in try self.append(event, in: db) }
    }

    /// The loss of call rows is an event itself.
    private func recordShed(since at: Int64, in db: Connection) throws {
        let count = try db.text("SELECT value FROM outbox_meta WHERE name = 'shed'") ?? "0"
        guard count != "0" else { return hasShed.store(false, ordering: .relaxed) }
        let event = AuditEvent(
            id: ULID.next().description,
            at: at,
            auditClass: .security,
            eventType: "audit.shed",
            actor: "system",
            targetType: "call_log",
            targetID: "",
            targetName: "",
            notes: "\(count) rows of the call log were shed because the outbox was full"
        )
        try insert(event.encoded(), in: db)
        try db.run("UPDATE outbox_meta SET value = '0' WHERE name = 'shed'")
        hasShed.store(false, ordering: .relaxed)
    }

    /// When the oldest event that waits was written, microseconds since 1970; nil when none waits. Any loop.
    public func oldest() async throws -> Int64? {
        let body = try await store.read { db in
            try db.first("SELECT body FROM outbox ORDER BY seq LIMIT 1", row: { row in row.blob(0) })
        }
        return try body.flatMap { try JSONValue(parsing: $0)["at"]?.int }
    }

    // MARK: The tables

    @discardableResult
    private func insert(_ body: [UInt8], in db: Connection) throws -> UInt64 {
        try db.run("INSERT INTO outbox(body) VALUES(?)", body)
        let seq = UInt64(db.lastInsertRowID)
        try db.run(
            "INSERT INTO outbox_meta VALUES('bytes', ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
            body.count
        )
        return seq
    }

    /// Takes a new name for what isn't acknowledged yet; see ``OutboxMachine/Action/rename``.
    func rename() async throws -> String {
        let fresh = try await store.write { db in
            try db.run("UPDATE outbox_meta SET value = lower(hex(randomblob(16))) WHERE name = 'stream'")
            return try db.text("SELECT value FROM outbox_meta WHERE name = 'stream'") ?? ""
        }
        name.withLock { $0 = fresh }
        return fresh
    }

    /// What waits, in bytes: kept as a sum, since a look at each body would read them all.
    private static func waitingBytes(in db: Connection) throws -> Int {
        try db.int("SELECT CAST(value AS INTEGER) FROM outbox_meta WHERE name = 'bytes'") ?? 0
    }

    /// Deletes what is acknowledged, and keeps the chain's head that came with it.
    static func delete(upto seq: Int64, head: String, in db: Connection) throws {
        let bytes = try db.int("SELECT sum(length(body)) FROM outbox WHERE seq <= ?", seq) ?? 0
        try db.run("DELETE FROM outbox WHERE seq <= ?", seq)
        try db.run("UPDATE outbox_meta SET value = max(0, value - ?) WHERE name = 'bytes'", bytes)
        try db.run("UPDATE outbox_meta SET value = ? WHERE name = 'head'", head)
    }

    /// Begins to ship over a link to the audit service, which is not started yet. Once per outbox.
    ///
    /// Takes `audit.appended` out of the link's messages; everything else still reaches the callbacks set before.
    @BusLoop
    @discardableResult
    public func ship(over link: Link) async throws -> OutboxShipper {
        let shipper = try await OutboxShipper(self, link)
        shipper.attach()
        await store.onCommit { [weak shipper] _ in
            guard self.hasNews.exchange(false, ordering: .relaxed) else { return }
            Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop in shipper?.look() }
        }
        shipper.look()
        return shipper
    }
}

/// Why an outbox refuses an event.
public struct OutboxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Stable names for the causes.
    public enum Code: String, Sendable {
        /// Too many events wait for the audit service.
        case full = "outbox_full"
        /// The event is too large.
        case tooLarge = "event_too_large"
    }

    /// The cause.
    public let code: Code
    /// A sentence for people.
    public let message: String

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
