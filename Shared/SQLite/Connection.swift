import CSQLite
import Glibc

/// One SQLite database, open.
///
/// Not `Sendable`, and opened without SQLite's own locks: the compiler keeps it with whoever opened it, which in a
/// service is the `@StoreLoop`. A file has one read-write connection, since the WAL-reset bug of SQLite before 3.51.3
/// needs two that write or checkpoint at once; every other opens it read-only.
///
/// Durable by default: WAL with `synchronous=FULL`, so a commit that returned survives a power cut.
public final class Connection {
    /// How a file is opened.
    public enum Mode: Sendable {
        /// The one writer; the file is made, with mode 0600, when there is none.
        case readWrite
        /// A reader beside the writer, or of a file at rest.
        case readOnly
        /// A database in memory, for tests.
        case memory
    }

    /// How many statements are kept prepared.
    public static let statementLimit = 256
    /// How large a WAL stays on disk after a checkpoint, in bytes.
    public static let journalSizeLimit = 64 << 20
    /// How long to wait for a lock that another process holds, in milliseconds.
    public static let busyTimeoutMs = 2_000

    /// Where the database is.
    public let path: String
    let handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    private var transactionDepth = 0

    /// Opens a database.
    public init(path: String, mode: Mode = .readWrite) throws(SQLiteError) {
        self.path = path
        if mode == .readWrite { try Self.makePrivate(path) }
        var handle: OpaquePointer?
        let result = sqlite3_open_v2(mode == .memory ? ":memory:" : path, &handle, Self.flags(mode), nil)
        guard result == SQLITE_OK, let handle else {
            let text = handle.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? "no memory"
            sqlite3_close_v2(handle)
            throw SQLiteError(result: result, message: "can't open \(path): \(text)")
        }
        self.handle = handle
        try configure(mode)
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    private static func flags(_ mode: Mode) -> Int32 {
        let common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        switch mode {
        case .readWrite, .memory: return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        case .readOnly: return common | SQLITE_OPEN_READONLY
        }
    }

    /// SQLite would make the file readable by all; its WAL and index take over the file's mode.
    private static func makePrivate(_ path: String) throws(SQLiteError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SQLiteError(.open, "can't open \(path): \(String(cString: strerror(errno)))")
        }
        close(descriptor)
    }

    /// Nothing is left to the build's defaults. `mmap_size` 0: an I/O error in mapped memory would be a SIGBUS.
    private func configure(_ mode: Mode) throws(SQLiteError) {
        try execute("PRAGMA busy_timeout=\(Self.busyTimeoutMs); PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF")
        try execute("PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON")
        if mode == .readOnly { try execute("PRAGMA query_only=ON") }
        guard mode == .readWrite else { return }
        guard try text("PRAGMA journal_mode=WAL") == "wal" else {
            throw SQLiteError(.open, "\(path) can't have a WAL: is it on a network volume?")
        }
        try execute("PRAGMA synchronous=FULL")
        try execute("PRAGMA journal_size_limit=\(Self.journalSizeLimit)")
    }

    // MARK: Statements

    /// Runs a statement that gives no rows, and says how many rows it changed.
    @discardableResult
    public func run(_ sql: String, _ bindings: (any Binding)?...) throws(SQLiteError) -> Int {
        let statement = try take(sql, bindings)
        defer { give(back: statement) }
        guard try !statement.step() else { throw SQLiteError(.misuse, "run() of a statement that gives rows: \(sql)") }
        return Int(sqlite3_changes64(handle))
    }

    /// Runs a statement and gives what `body` makes of each row.
    @discardableResult
    public func query<T>(
        _ sql: String,
        _ bindings: (any Binding)?...,
        row body: (borrowing Row) throws -> T
    ) throws -> [T] {
        var results: [T] = []
        try walk(sql, bindings) { row in
            results.append(try body(row))
            return true
        }
        return results
    }

    /// Runs a statement and gives what `body` makes of its first row; nil when there is none.
    public func first<T>(
        _ sql: String,
        _ bindings: (any Binding)?...,
        row body: (borrowing Row) throws -> T
    ) throws -> T? {
        var result: T?
        try walk(sql, bindings) { row in
            result = try body(row)
            return false
        }
        return result
    }

    /// Runs a statement and shows `body` each row until it answers false: for results too large to hold.
    public func each(
        _ sql: String,
        _ bindings: (any Binding)?...,
        row body: (borrowing Row) throws -> Bool
    ) throws {
        try walk(sql, bindings, body)
    }

    /// As ``each(_:_:row:)``, with bindings that were gathered one by one.
    public func each(
        _ sql: String,
        bindings: [any Binding],
        row body: (borrowing Row) throws -> Bool
    ) throws {
        try walk(sql, bindings, body)
    }

    /// The integer in the first column of the first row; nil for no row or NULL.
    public func int(_ sql: String, _ bindings: (any Binding)?...) throws(SQLiteError) -> Int? {
        try single(sql, bindings) { $0.optionalInt(0) }
    }

    /// The text in the first column of the first row; nil for no row or NULL.
    public func text(_ sql: String, _ bindings: (any Binding)?...) throws(SQLiteError) -> String? {
        try single(sql, bindings) { $0.optionalText(0) }
    }

    private func single<T>(
        _ sql: String,
        _ bindings: [(any Binding)?],
        _ read: (borrowing Row) -> T?
    ) throws(SQLiteError) -> T? {
        let statement = try take(sql, bindings)
        defer { give(back: statement) }
        guard try statement.step() else { return nil }
        let value = read(Row(statement))
        if let mismatch = statement.mismatch { throw SQLiteError(.type, "\(mismatch): \(sql)") }
        return value
    }

    /// Runs several statements, separated by semicolons, whose rows nobody wants: schemas and pragmas.
    public func execute(_ script: String) throws(SQLiteError) {
        let result = sqlite3_exec(handle, script, nil, nil, nil)
        guard result == SQLITE_OK else { throw Statement.failure(result, handle, script) }
    }

    /// The rowid of the latest INSERT.
    public var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// How many statements stand between two rows, holding a lock: 0 whenever nobody is inside a call.
    public var busyStatements: Int {
        var count = 0
        var statement = sqlite3_next_stmt(handle, nil)
        while let current = statement {
            if sqlite3_stmt_busy(current) != 0 { count += 1 }
            statement = sqlite3_next_stmt(handle, current)
        }
        return count
    }

    private func walk(
        _ sql: String,
        _ bindings: [(any Binding)?],
        _ body: (borrowing Row) throws -> Bool
    ) throws {
        let statement = try take(sql, bindings)
        defer { give(back: statement) }
        while try statement.step() {
            let goOn = try body(Row(statement))
            if let mismatch = statement.mismatch { throw SQLiteError(.type, "\(mismatch): \(sql)") }
            if !goOn { return }
        }
    }

    private func take(_ sql: String, _ bindings: [(any Binding)?]) throws(SQLiteError) -> Statement {
        // Past SQLite's own rollback a statement would commit by itself.
        guard transactionDepth == 0 || isInTransaction else { throw Self.rolledBack }
        let statement = try prepared(sql)
        do {
            try statement.bind(bindings)
        } catch {
            statement.reset()
            throw error
        }
        statement.isInUse = true
        return statement
    }

    private func give(back statement: Statement) {
        statement.reset()
        statement.isInUse = false
    }

    private func prepared(_ sql: String) throws(SQLiteError) -> Statement {
        if let statement = statements[sql] {
            if !statement.isInUse { return statement }
            return try Statement(sql, connection: handle, isKept: false)
        }
        if statements.count >= Self.statementLimit { statements.removeAll() }
        let statement = try Statement(sql, connection: handle, isKept: true)
        statements[sql] = statement
        return statement
    }

    // MARK: Transactions

    /// Whether a transaction is open. A full disk may end one behind its owner's back.
    public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` so that all of it happens or nothing. Inside another transaction it is a savepoint.
    ///
    /// The outer one begins IMMEDIATE: a read that turns into a write later would fail with `.busy` at once.
    @discardableResult
    public func transaction<T>(_ body: () throws -> T) throws -> T {
        let depth = transactionDepth
        try execute(depth == 0 ? "BEGIN IMMEDIATE" : "SAVEPOINT level_\(depth)")
        transactionDepth += 1
        defer { transactionDepth = depth }
        do {
            let result = try body()
            guard isInTransaction else { throw Self.rolledBack }
            try execute(depth == 0 ? "COMMIT" : "RELEASE level_\(depth)")
            return result
        } catch {
            undo(depth)
            throw error
        }
    }

    static let rolledBack = SQLiteError(
        .full,
        "the transaction was rolled back underneath: no space, or the disk failed"
    )

    /// SQLite rolls back by itself when the disk is full; a second ROLLBACK would be an error.
    private func undo(_ depth: Int) {
        guard isInTransaction else { return }
        try? execute(depth == 0 ? "ROLLBACK" : "ROLLBACK TO level_\(depth); RELEASE level_\(depth)")
    }

    /// Copies the WAL into the database and empties it. The writer alone does this.
    public func checkpoint() throws(SQLiteError) {
        let result = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        guard result == SQLITE_OK else { throw Statement.failure(result, handle, "checkpoint") }
    }
}
