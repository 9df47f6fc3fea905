import Loop

/// The largest of the durations that were noted within the last minute, so that a peak between two scrapes is seen by
/// each of several readers.
struct RecentMaximum: Sendable {
    private static let window = Duration.seconds(60)

    /// Falling values in the order of their times: what is smaller than a later one can't be the largest any more.
    private var peaks: [(at: Moment, value: Duration)] = []

    /// Takes a value.
    mutating func note(_ value: Duration, at now: Moment) {
        forget(now)
        while let last = peaks.last, last.value <= value { peaks.removeLast() }
        peaks.append((now, value))
    }

    /// The largest one; zero when there is none.
    mutating func value(at now: Moment) -> Duration {
        forget(now)
        return peaks.first?.value ?? .zero
    }

    private mutating func forget(_ now: Moment) {
        while let first = peaks.first, now - first.at > Self.window { peaks.removeFirst() }
    }
}
