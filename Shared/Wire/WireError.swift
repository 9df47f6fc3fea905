internal import JSON

/// Why a message isn't one that we take or send.
///
/// The detail is a sentence of ours and names at most one of our own fields: a peer's bytes never come into a log or an answer by it.
public struct WireError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, stable across releases: the label of the counter of refused messages and the code in `service.error`.
    public enum Code: String, Sendable, CaseIterable {
        /// The first four bytes aren't `MTL1`.
        case magic
        /// The frame's length isn't what its prefix says, or a part is shorter than it may be.
        case length
        /// A header, payload, attachment or field over its limit.
        case tooLarge = "too_large"
        /// A header or payload that is no JSON object.
        case syntax
        /// A key that stands twice in one object.
        case duplicateKey = "duplicate_key"
        /// Nested over 16 levels.
        case depth
        /// Not UTF-8.
        case encoding
        /// A header field that is missing, of another type or out of its bounds.
        case header
        /// A kind that this build doesn't know.
        case unknownKind = "unknown_kind"
        /// A kind that the peer's role may not send, or a body of another kind than the header's.
        case notAllowed = "not_allowed"
        /// Attachments that don't match the header.
        case attachments
        /// A payload field that is missing, of another type or out of its bounds.
        case payload
    }

    /// The reason.
    public let code: Code
    /// A sentence for people.
    public let detail: String

    /// Makes an error; see the properties.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// Code and detail in one line.
    public var description: String { "\(code.rawValue): \(detail)" }

    /// A JSON mistake in a header or payload; `field` is the code for a value of the wrong type.
    init(_ error: JSONError, in part: String, field: Code) {
        let code: Code =
            switch error.code {
            case .syntax: .syntax
            case .depth: .depth
            case .duplicateKey: .duplicateKey
            case .encoding: .encoding
            case .tooLarge: .tooLarge
            case .type, .missing: field
            }
        self.init(code, "\(part): \(error.message)")
    }
}
