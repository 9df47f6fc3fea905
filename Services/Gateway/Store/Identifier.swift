import Wire

/// Names of things in the store: a word for what it is, and a ULID, so that they sort by the time of their making.
enum Identifier {
    static func make(_ kind: String) -> String { "\(kind)_\(ULID.next())" }

    /// A byte that names of callers' own may hold: a letter, a digit, `_`, `-` or `.`.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
