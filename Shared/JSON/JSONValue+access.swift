import Glibc

extension JSONValue {
    /// The member of that name; nil when this is no object or has none.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// The element at that place; nil when this is no array or is shorter.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The string; nil for another type.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The integer; nil for another type, a fraction, or more than 64 bits. `1.0` and `1e3` count up to 2^53.
    public var int: Int64? {
        guard case .number(let literal) = self else { return nil }
        if let value = Int64(asciiDigits: literal.utf8) { return value }
        guard let value = Double(literal), value.magnitude <= 9_007_199_254_740_992 else { return nil }
        return Int64(exactly: value)
    }

    /// The number as a double; nil for another type or past its range.
    public var double: Double? {
        guard case .number(let literal) = self, let value = Double(literal), value.isFinite else { return nil }
        return value
    }

    /// The truth value; nil for another type.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements; nil for another type.
    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members; nil for another type.
    public var object: [JSONField]? {
        if case .object(let fields) = self { fields } else { nil }
    }

    /// True for null.
    public var isNull: Bool { self == .null }

    /// The member of that name, null as if it weren't there: the two mean the same in almost every interface.
    public func optional(_ name: String) -> JSONValue? {
        guard let value = self[name], !value.isNull else { return nil }
        return value
    }

    /// The member of that name. Errors: `.type` when this is no object, `.missing` when it has none.
    public func require(_ name: String) throws(JSONError) -> JSONValue {
        guard case .object = self else { throw JSONError(.type, "not an object where \(name) is due") }
        guard let value = self[name] else { throw JSONError(.missing, "\(name) is missing") }
        return value
    }

    /// A required string.
    public func string(_ name: String) throws(JSONError) -> String {
        try JSONValue.typed(require(name).string, name, "a string")
    }

    /// A required 64-bit integer.
    public func int(_ name: String) throws(JSONError) -> Int64 {
        try JSONValue.typed(require(name).int, name, "an integer")
    }

    /// A required number.
    public func double(_ name: String) throws(JSONError) -> Double {
        try JSONValue.typed(require(name).double, name, "a number")
    }

    /// A required truth value.
    public func bool(_ name: String) throws(JSONError) -> Bool {
        try JSONValue.typed(require(name).bool, name, "true or false")
    }

    /// A required array.
    public func array(_ name: String) throws(JSONError) -> [JSONValue] {
        try JSONValue.typed(require(name).array, name, "an array")
    }

    /// A string that may be absent or null.
    public func optionalString(_ name: String) throws(JSONError) -> String? {
        guard let value = optional(name) else { return nil }
        return try JSONValue.typed(value.string, name, "a string")
    }

    /// An integer that may be absent or null.
    public func optionalInt(_ name: String) throws(JSONError) -> Int64? {
        guard let value = optional(name) else { return nil }
        return try JSONValue.typed(value.int, name, "an integer")
    }

    /// A number that may be absent or null.
    public func optionalDouble(_ name: String) throws(JSONError) -> Double? {
        guard let value = optional(name) else { return nil }
        return try JSONValue.typed(value.double, name, "a number")
    }

    /// A truth value that may be absent or null.
    public func optionalBool(_ name: String) throws(JSONError) -> Bool? {
        guard let value = optional(name) else { return nil }
        return try JSONValue.typed(value.bool, name, "true or false")
    }

    /// An array that may be absent or null.
    public func optionalArray(_ name: String) throws(JSONError) -> [JSONValue]? {
        guard let value = optional(name) else { return nil }
        return try JSONValue.typed(value.array, name, "an array")
    }

    private static func typed<T>(_ value: T?, _ name: String, _ type: String) throws(JSONError) -> T {
        guard let value else { throw JSONError(.type, "\(name) is not \(type)") }
        return value
    }
}

extension String {
    /// Equal byte by byte: `==` also takes canonically equivalent texts for equal, which would be two keys in one.
    func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let same = utf8.withContiguousStorageIfAvailable { mine in
            other.utf8.withContiguousStorageIfAvailable { theirs in
                guard let left = mine.baseAddress, let right = theirs.baseAddress else { return true }
                return memcmp(left, right, mine.count) == 0
            }
        }
        return (same ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}
