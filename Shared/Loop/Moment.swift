import Glibc

/// A point on this process's monotonic clock, in nanoseconds.
///
/// Machines take a `Moment` as `now` and never read a clock, so a test decides what time it is. The clock is
/// CLOCK_MONOTONIC: it does not follow the wall clock's jumps and stands still while the machine is suspended.
/// A moment means nothing to another process; what travels is a remaining `Duration`.
public struct Moment: Hashable, Comparable, Sendable {
    /// Nanoseconds since an arbitrary start.
    public var nanoseconds: Int64

    /// A moment that many nanoseconds after the clock's start.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The present moment.
    public static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }

    /// The earlier of two moments comes first.
    public static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

    /// That much later; a duration past 292 years saturates.
    public static func + (moment: Moment, duration: Duration) -> Moment {
        let (sum, overflow) = moment.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return Moment(nanoseconds: overflow ? (duration.nanoseconds < 0 ? .min : .max) : sum)
    }

    /// That much earlier.
    public static func - (moment: Moment, duration: Duration) -> Moment {
        let (difference, overflow) = moment.nanoseconds.subtractingReportingOverflow(duration.nanoseconds)
        return Moment(nanoseconds: overflow ? (duration.nanoseconds < 0 ? .max : .min) : difference)
    }

    /// How much later the left moment is; negative when it is the earlier one.
    public static func - (left: Moment, right: Moment) -> Duration {
        .nanoseconds(left.nanoseconds.subtractingReportingOverflow(right.nanoseconds).partialValue)
    }

    /// Moves the moment on.
    public static func += (moment: inout Moment, duration: Duration) { moment = moment + duration }
}

extension Duration {
    /// The whole duration in nanoseconds, saturating at ±292 years.
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, past) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return past ? (seconds < 0 ? .min : .max) : sum
    }

    /// The whole duration in milliseconds, rounded towards zero.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// The duration in seconds, for people and for metrics.
    public var seconds: Double { Double(nanoseconds) / 1e9 }
}

/// Microseconds since 1970 on the wall clock: for people, never for a deadline.
public func wallClockMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1_000
}
