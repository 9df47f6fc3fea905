/// How long to wait before the next try: doubling up to a limit, each time between half and all of it by chance, so
/// that many that failed together don't come back together.
public struct Backoff: Sendable {
    private let first: Duration
    private let limit: Duration
    private var step: Duration

    /// Waits from `first` to `limit`.
    public init(first: Duration = .milliseconds(100), limit: Duration = .seconds(10)) {
        precondition(first > .zero && first <= limit, "a backoff needs 0 < first ≤ limit")
        self.first = first
        self.limit = limit
        step = first
    }

    /// The wait before the next try.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { step = min(limit, step * 2) }
        return step * Double.random(in: 0.5...1, using: &generator)
    }

    /// The wait before the next try.
    public mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    /// A try succeeded: the next failure starts from the beginning.
    public mutating func reset() { step = first }
}
