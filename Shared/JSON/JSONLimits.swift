/// How much of a document is accepted before it is refused.
public struct JSONLimits: Sendable, Equatable {
    /// Levels of arrays and objects, 1 to 64; a scalar alone is level 0.
    public let depth: Int
    /// Length of the whole document, bytes, at most 2 GiB.
    public let bytes: Int

    /// Makes limits; a depth outside 1 to 64 is moved to the nearer end, because the walk keeps one bit a level in a word.
    public init(depth: Int, bytes: Int) {
        self.depth = min(max(depth, 1), 64)
        self.bytes = min(bytes, 1 << 31)
    }

    /// For documents of users and providers: 64 levels, 64 MiB (a picture in base64 must fit).
    public static let `default` = JSONLimits(depth: 64, bytes: 64 << 20)
    /// For headers and payloads between the services: 16 levels, 1 MiB.
    public static let wire = JSONLimits(depth: 16, bytes: 1 << 20)
}
