import CSQLite

/// One row of a result, readable while its closure runs.
///
/// Columns count from 0. A column of another type gives an empty value here and makes the whole query throw `.type`
/// afterwards, so wrong data is never taken for right and reading needs no `try` per column.
public struct Row: ~Copyable {
    private let statement: Statement

    init(_ statement: Statement) { self.statement = statement }

    /// How many columns there are.
    public var count: Int { Int(sqlite3_column_count(statement.handle)) }

    /// Whether the column is NULL.
    public func isNull(_ column: Int) -> Bool { type(column) == SQLITE_NULL }

    /// An integer.
    public func int(_ column: Int) -> Int { Int(int64(column)) }

    /// An integer.
    public func int64(_ column: Int) -> Int64 {
        guard expect(SQLITE_INTEGER, column) else { return 0 }
        return sqlite3_column_int64(statement.handle, Int32(column))
    }

    /// An integer as a truth: anything but 0 is true.
    public func bool(_ column: Int) -> Bool { int64(column) != 0 }

    /// A number; an integer is read as one too.
    public func double(_ column: Int) -> Double {
        guard type(column) == SQLITE_INTEGER || expect(SQLITE_FLOAT, column) else { return 0 }
        return sqlite3_column_double(statement.handle, Int32(column))
    }

    /// Text.
    public func text(_ column: Int) -> String {
        guard expect(SQLITE_TEXT, column), let bytes = sqlite3_column_text(statement.handle, Int32(column)) else {
            return ""
        }
        let count = Int(sqlite3_column_bytes(statement.handle, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// Bytes, copied.
    public func blob(_ column: Int) -> [UInt8] { withBlob(column) { Array($0) } }

    /// Bytes, lent until `body` returns.
    public func withBlob<R>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        guard expect(SQLITE_BLOB, column), let bytes = sqlite3_column_blob(statement.handle, Int32(column)) else {
            return try body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        let count = Int(sqlite3_column_bytes(statement.handle, Int32(column)))
        return try body(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// An integer, or nil for NULL.
    public func optionalInt(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }

    /// An integer, or nil for NULL.
    public func optionalInt64(_ column: Int) -> Int64? { isNull(column) ? nil : int64(column) }

    /// A number, or nil for NULL.
    public func optionalDouble(_ column: Int) -> Double? { isNull(column) ? nil : double(column) }

    /// Text, or nil for NULL.
    public func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    /// Bytes, or nil for NULL.
    public func optionalBlob(_ column: Int) -> [UInt8]? { isNull(column) ? nil : blob(column) }

    /// The value, whatever its type.
    public func value(_ column: Int) -> StoredValue {
        switch type(column) {
        case SQLITE_INTEGER: .integer(int64(column))
        case SQLITE_FLOAT: .real(double(column))
        case SQLITE_TEXT: .text(text(column))
        case SQLITE_BLOB: .blob(blob(column))
        default: .null
        }
    }

    private func type(_ column: Int) -> Int32 { sqlite3_column_type(statement.handle, Int32(column)) }

    private func expect(_ wanted: Int32, _ column: Int) -> Bool {
        let found = type(column)
        if found == wanted { return true }
        if statement.mismatch == nil {
            statement.mismatch = "column \(column) holds \(Self.name(found)), not \(Self.name(wanted))"
        }
        return false
    }

    private static func name(_ type: Int32) -> String {
        switch type {
        case SQLITE_INTEGER: "an integer"
        case SQLITE_FLOAT: "a double"
        case SQLITE_TEXT: "text"
        case SQLITE_BLOB: "bytes"
        default: "NULL"
        }
    }
}
