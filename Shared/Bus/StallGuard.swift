public import Loop

/// Notices that this process itself stood still, which must not be taken for the silence of all others.
///
/// A loop that was stopped (SIGSTOP, a suspended machine, a hung disk) wakes up with every deadline passed and the
/// messages that would have met them unread. Whoever judges silence asks here first and adds the gap. A suspended
/// machine whose monotonic clock stands still meanwhile shows no gap, and no deadline has passed by that clock either.
public struct StallGuard: Sendable {
    private var lastTick: Moment
    private let patience: Duration

    /// The longest pause between two ticks since ``takeLongest()``.
    private var longest: Duration = .zero

    /// - Parameters:
    ///   - heartbeat: what ``tick(_:)`` is called more often than.
    ///   - now: the first tick.
    public init(heartbeat: Duration, now: Moment) {
        patience = heartbeat * 2
        lastTick = now
    }

    /// The time to add to what was last heard: zero unless the pause was longer than two heartbeats.
    public mutating func tick(_ now: Moment) -> Duration {
        let gap = now - lastTick
        lastTick = now
        longest = max(longest, gap)
        return gap > patience ? gap : .zero
    }

    /// The longest pause since the last call.
    public mutating func takeLongest() -> Duration {
        defer { longest = .zero }
        return longest
    }
}
