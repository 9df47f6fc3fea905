/// What a message says, `domain.verb` in lower case.
///
/// Kinds are open: a tap or a newer peer may meet one that this build has no name for. `isKnown` tells, and a session
/// refuses what isn't.
public struct Kind: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The name as it stands in the header, at most 48 bytes.
    public let rawValue: String

    /// Any name; see `isWellFormed`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The name.
    public var description: String { rawValue }

    /// True for a kind in this build's table.
    public var isKnown: Bool { KindTable.rules[self] != nil }

    /// Whether a peer of that role may send this; false for an unknown kind.
    public func maySend(_ role: Role) -> Bool {
        KindTable.rules[self]?.senders.contains(RoleSet(role)) ?? false
    }

    /// Whether this may be sent to a peer of that role; false for an unknown kind.
    public func mayReceive(_ role: Role) -> Bool {
        KindTable.rules[self]?.receivers.contains(RoleSet(role)) ?? false
    }

    /// Two or more words of lower-case letters, digits and underscores with dots between, 48 bytes at most.
    public var isWellFormed: Bool {
        var text = rawValue
        return text.withUTF8 { Kind.isWellFormed($0) }
    }

    static func isWellFormed(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count <= WireLimits.kind else { return false }
        var dots = 0
        var isWordOpen = false
        for byte in name {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                isWordOpen = true
            case UInt8(ascii: ".") where isWordOpen:
                dots += 1
                isWordOpen = false
            default:
                return false
            }
        }
        return dots > 0 && isWordOpen
    }
}
