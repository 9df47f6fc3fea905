/// A JSON value as a tree, for paths where a microsecond more doesn't matter.
///
/// Numbers keep their literal, so 64-bit integers and prices come out as they went in. Objects keep the order of their members.
/// Names are compared by bytes, never by Unicode equivalence.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number's literal, within RFC 8259's grammar.
    case number(String)
    /// A string, escapes decoded.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object's members in their order; parsing refuses a name that comes twice.
    case object([JSONField])
}

/// One member of an object.
public struct JSONField: Sendable, Hashable {
    /// The key, escapes decoded.
    public var name: String
    /// The value.
    public var value: JSONValue

    /// Makes a member.
    public init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A number.
    public init(integerLiteral value: Int64) { self = .number(String(value)) }
    /// A number.
    public init(floatLiteral value: Double) { self.init(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object, in the order written.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { JSONField($0.0, $0.1) })
    }
    /// Null.
    public init(nilLiteral: ()) { self = .null }

    /// A number; null when it isn't finite, because JSON has no word for that.
    public init(_ value: Double) { self = value.isFinite ? .number("\(value)") : .null }
    /// A number.
    public init(_ value: some BinaryInteger) { self = .number("\(value)") }
    /// A string.
    public init(_ value: String) { self = .string(value) }
    /// A truth value.
    public init(_ value: Bool) { self = .bool(value) }
}
