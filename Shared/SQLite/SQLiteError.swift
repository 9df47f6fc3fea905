import CSQLite

/// What SQLite, or this wrapper around it, refused. It never holds a bound value.
public struct SQLiteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Stable names for the causes.
    public enum Code: String, Sendable {
        /// The disk, or the file's own limit, is full. What was written in the transaction is gone.
        case full
        /// Another connection holds the file, or the writers' queue is full.
        case busy
        /// UNIQUE, NOT NULL, CHECK, a foreign key, or a trigger's RAISE(ABORT).
        case constraint
        /// The file can't be opened.
        case open
        /// Not allowed: a read-only connection, or missing rights.
        case readonly
        /// The file is damaged, or is no database.
        case corrupt
        /// The disk failed.
        case io
        /// Wrong SQL, a wrong number of bindings, or a call at the wrong time: a programmer's error.
        case misuse
        /// A column held another type than was asked for.
        case type
        /// A newer version of Martlet made the file.
        case newerSchema = "newer_schema"
        /// Anything else.
        case other
    }

    /// The cause.
    public let code: Code
    /// SQLite's own extended result code (sqlite.org/rescode.html); 0 when the wrapper refused.
    public let extendedCode: Int32
    /// A sentence for people, with the statement's text where there is one.
    public let message: String

    init(_ code: Code, _ message: String, extendedCode: Int32 = 0) {
        self.code = code
        self.message = message
        self.extendedCode = extendedCode
    }

    init(result: Int32, message: String) {
        self.init(Self.code(of: result), message, extendedCode: result)
    }

    /// Whether space ran out; the write may be tried again once there is some.
    public var isFull: Bool { code == .full }

    /// Whether a constraint or a trigger refused the row.
    public var isConstraint: Bool { code == .constraint }

    /// Whether UNIQUE or PRIMARY KEY refused the row: it is there already.
    public var isDuplicate: Bool {
        [SQLITE_CONSTRAINT | 8 << 8, SQLITE_CONSTRAINT | 6 << 8, SQLITE_CONSTRAINT | 10 << 8].contains(extendedCode)
    }

    /// The codes and the sentence.
    public var description: String { "sqlite \(code.rawValue) (\(extendedCode)): \(message)" }

    private static func code(of result: Int32) -> Code {
        switch result & 0xFF {
        case SQLITE_FULL: .full
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_CANTOPEN: .open
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .readonly
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        // The WAL's index could not grow, which is for want of room (sqlite.org/rescode.html#ioerr_shmsize).
        case SQLITE_IOERR where result == SQLITE_IOERR | 19 << 8: .full
        case SQLITE_IOERR: .io
        case SQLITE_ERROR, SQLITE_MISUSE, SQLITE_RANGE, SQLITE_MISMATCH, SQLITE_SCHEMA: .misuse
        default: .other
        }
    }
}
