import Wire

/// Names of things in the store: a word for what it is, and a ULID, so that they sort by the time of their making.
enum Identifier {
    static func make(_ kind: String) -> String { "\(kind)_\(ULID.next())" }
}
