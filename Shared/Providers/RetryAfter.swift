/// How long a provider asks to wait, from whichever header says so.
enum RetryAfter {
    static func read(_ header: HeaderLookup, now: Int64) -> Duration? { nil }
}
