import Wire

/// How a follower learns that its subscriptions are in place: it subscribes to a topic that only it knows, last of
/// all, and the hub answers under that topic.
///
/// The topic begins with `~`, behind every letter: a socket sends its subscriptions again in the order of their bytes
/// when it connects anew, so that the echo is always the last one to arrive.
enum Echo {
    private static let prefix = "~echo."

    /// A topic of its own for each follower.
    static func topic() -> String { prefix + ULID.next().description }

    /// Whether a topic asks for an echo.
    static func isEcho(_ topic: some Collection<UInt8>) -> Bool {
        topic.starts(with: prefix.utf8) && topic.count <= 64
    }
}
