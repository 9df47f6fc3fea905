/// Why some bytes aren't the JSON that was asked for.
///
/// The message is a fixed sentence of ours: it never quotes the document, which may hold a user's content or a secret.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, stable across releases: counters and replies are keyed by it.
    public enum Code: String, Sendable, CaseIterable {
        /// The bytes break RFC 8259's grammar, end too early or go on after the value.
        case syntax
        /// Nested deeper than `JSONLimits.depth`.
        case depth
        /// One object names the same key twice, after escapes are decoded.
        case duplicateKey = "duplicate_key"
        /// Not UTF-8, or half of a surrogate pair.
        case encoding
        /// Longer than `JSONLimits.bytes`.
        case tooLarge = "too_large"
        /// A value of another type than the one asked for, or a number outside its range.
        case type
        /// A required member isn't there.
        case missing
    }

    /// What went wrong.
    public let code: Code
    /// Where: bytes from the start of the document; 0 when the error is about a tree's member.
    public let offset: Int
    /// A sentence for people, free of the document's content. A member's name stands in it when our code asked for it.
    public let message: String

    /// Makes an error; see the properties.
    public init(_ code: Code, at offset: Int = 0, _ message: String) {
        self.code = code
        self.offset = offset
        self.message = message
    }

    /// Code, offset and message in one line.
    public var description: String { "\(code.rawValue) at byte \(offset): \(message)" }
}
