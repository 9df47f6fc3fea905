import CSQLite

/// A prepared statement: prepared once, kept by its connection, finalised when both have let go of it.
final class Statement {
    let handle: OpaquePointer
    let sql: String
    private let connection: OpaquePointer
    /// The first column that held another type than its reader asked for, in words.
    var mismatch: String?
    /// Whether someone is stepping through it; another use then prepares a twin.
    var isInUse = false

    init(_ sql: String, connection: OpaquePointer, isKept: Bool) throws(SQLiteError) {
        self.sql = sql
        self.connection = connection
        var handle: OpaquePointer?
        var hasTail = false
        var text = sql
        let result = text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                var tail: UnsafePointer<CChar>?
                let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
                let length = Int32(characters.count)
                let result = sqlite3_prepare_v3(connection, characters.baseAddress, length, flags, &handle, &tail)
                if let base = characters.baseAddress, let tail {
                    hasTail = characters[(tail - base)...].contains { !Self.isFiller($0) }
                }
                return result
            }
        }
        guard result == SQLITE_OK else { throw Self.failure(result, connection, sql) }
        guard let handle else { throw SQLiteError(.misuse, "an empty statement") }
        self.handle = handle
        if hasTail { throw SQLiteError(.misuse, "more than one statement: \(sql)") }
    }

    deinit { sqlite3_finalize(handle) }

    /// Binds all values in order; their number must be the statement's.
    func bind(_ values: [(any Binding)?]) throws(SQLiteError) {
        let expected = Int(sqlite3_bind_parameter_count(handle))
        guard values.count == expected else {
            throw SQLiteError(.misuse, "\(values.count) values for \(expected) parameters: \(sql)")
        }
        for (offset, value) in values.enumerated() {
            let result = bind(value?.storedValue ?? .null, at: Int32(offset + 1))
            guard result == SQLITE_OK else { throw Self.failure(result, connection, sql) }
        }
    }

    private func bind(_ value: StoredValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let value): return sqlite3_bind_int64(handle, index, value)
        case .real(let value): return sqlite3_bind_double(handle, index, value)
        case .text(var value):
            return value.withUTF8 { bytes in
                withExtendedBase(bytes) { martlet_bind_text(handle, index, $0, UInt64(bytes.count)) }
            }
        case .blob(let value):
            guard !value.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
            return value.withUnsafeBufferPointer { martlet_bind_blob(handle, index, $0.baseAddress, UInt64($0.count)) }
        }
    }

    /// A null pointer would bind NULL, so empty text is lent from elsewhere.
    private func withExtendedBase(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (UnsafeRawPointer) -> Int32) -> Int32 {
        if let base = bytes.baseAddress { return body(base) }
        return withUnsafeBytes(of: 0) { buffer in buffer.baseAddress.map(body) ?? SQLITE_NOMEM }
    }

    /// Goes to the next row; false after the last.
    func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let result: throw Self.failure(result, connection, sql)
        }
    }

    /// Lets go of the rows, the locks and the bound bytes.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        mismatch = nil
    }

    static func failure(_ result: Int32, _ connection: OpaquePointer, _ sql: String) -> SQLiteError {
        let text = sqlite3_errmsg(connection).map { String(cString: $0) } ?? "unknown"
        return SQLiteError(result: result, message: "\(text): \(sql)")
    }

    private static func isFiller(_ character: CChar) -> Bool {
        [UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: ";"), 0]
            .contains(UInt8(bitPattern: character))
    }
}
