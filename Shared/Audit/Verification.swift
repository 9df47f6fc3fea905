/// What is wrong with an audit file, first fault first.
public struct AuditFault: Sendable, Equatable, CustomStringConvertible {
    /// Stable names for the faults.
    public enum Code: String, Sendable {
        /// A number is missing or doubled in the chain: events were removed, or swapped.
        case sequence
        /// An event's hash doesn't follow from the event and the one before: something in it was changed.
        case hash
        /// A stream's numbers don't follow on one another.
        case stream
        /// A checkpoint names another head than the chain has there.
        case checkpoint
        /// A checkpoint's signature is wrong, or another key made it.
        case signature
        /// A checkpoint or a witness knows more events than there are: the end was cut off.
        case truncated
    }

    /// What kind of fault.
    public let code: Code
    /// The event's number in the chain where it shows.
    public let seq: UInt64
    /// A sentence for people.
    public let sentence: String

    /// The code, the place and the sentence.
    public var description: String { "\(code.rawValue) at \(seq): \(sentence)" }
}

/// The outcome of verifying an audit file.
public struct Verification: Sendable, Equatable {
    /// Events whose hashes were computed and compared.
    public internal(set) var events: UInt64 = 0
    /// Outboxes that they came from.
    public internal(set) var streams = 0
    /// Checkpoints whose signatures were checked.
    public internal(set) var checkpoints = 0
    /// Checkpoints kept elsewhere that the chain agreed with.
    public internal(set) var kept = 0
    /// Events behind the last checkpoint: proven by the chain alone.
    public internal(set) var unsigned: UInt64 = 0
    /// Events recorded as lost before they reached the audit service.
    public internal(set) var gaps = 0
    /// The chain's head, hex.
    public internal(set) var head = ""
    /// The public keys that signed, hex, in the order of their first use; more than one deserves a question.
    public internal(set) var keys: [String] = []
    /// The first fault; nil when the file is whole.
    public internal(set) var fault: AuditFault?

    /// Whether no fault was found.
    public var isWhole: Bool { fault == nil }
}
