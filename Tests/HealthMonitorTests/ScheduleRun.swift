import Loop

@testable import HealthMonitor

extension Schedule {
    /// Lets every check take that long and gives the starts, in order, up to the end.
    mutating func starts(
        from start: Moment,
        until end: Duration,
        each length: Duration
    ) -> [(id: String, lane: String, at: Duration)] {
        var starts: [(id: String, lane: String, at: Duration)] = []
        var running: [(target: Schedule.Target, end: Moment)] = []
        var now = start
        while now <= start + end {
            for check in running where check.end <= now {
                finished(check.target.id, lane: check.target.lane, then: .routine, now: now)
            }
            running.removeAll { $0.end <= now }
            for target in begin(now: now) {
                starts.append((target.id, target.lane, now - start))
                running.append((target, now + length))
            }
            let next = [nextDeadline, running.map(\.end).min()].compactMap { $0 }.min()
            guard let next else { break }
            now = max(next, now + .nanoseconds(1))
        }
        return starts
    }
}
