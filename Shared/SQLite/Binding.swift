/// A value as SQLite stores it.
public enum StoredValue: Sendable, Equatable {
    /// A 64-bit integer.
    case integer(Int64)
    /// A double.
    case real(Double)
    /// Text in UTF-8.
    case text(String)
    /// Bytes.
    case blob([UInt8])
    /// Nothing.
    case null
}

/// What may stand for a `?` in a statement. `nil` stands for NULL.
public protocol Binding {
    /// The value as SQLite stores it.
    var storedValue: StoredValue { get }
}

extension Int: Binding {
    /// An integer.
    public var storedValue: StoredValue { .integer(Int64(self)) }
}

extension Int64: Binding {
    /// An integer.
    public var storedValue: StoredValue { .integer(self) }
}

extension Int32: Binding {
    /// An integer.
    public var storedValue: StoredValue { .integer(Int64(self)) }
}

extension UInt32: Binding {
    /// An integer.
    public var storedValue: StoredValue { .integer(Int64(self)) }
}

extension Bool: Binding {
    /// 1 or 0.
    public var storedValue: StoredValue { .integer(self ? 1 : 0) }
}

extension Double: Binding {
    /// A double; NaN, which SQLite has no value for, becomes NULL.
    public var storedValue: StoredValue { isNaN ? .null : .real(self) }
}

extension String: Binding {
    /// Text.
    public var storedValue: StoredValue { .text(self) }
}

extension Substring: Binding {
    /// Text.
    public var storedValue: StoredValue { .text(String(self)) }
}

extension [UInt8]: Binding {
    /// Bytes.
    public var storedValue: StoredValue { .blob(self) }
}

extension ArraySlice<UInt8>: Binding {
    /// Bytes.
    public var storedValue: StoredValue { .blob(Array(self)) }
}

extension StoredValue: Binding {
    /// The value itself.
    public var storedValue: StoredValue { self }
}
