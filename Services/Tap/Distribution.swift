/// Times of the last events of one sort, for percentiles: a ring with a fixed memory.
struct Distribution: Sendable {
    private let capacity: Int
    private var times: [Duration] = []
    private var next = 0
    /// All that were taken, kept or not.
    private(set) var count: UInt64 = 0
    /// The longest of them all.
    private(set) var longest = Duration.zero

    init(capacity: Int = 4_096) {
        precondition(capacity > 0, "a ring without room")
        self.capacity = capacity
    }

    mutating func take(_ time: Duration) {
        count += 1
        longest = max(longest, time)
        if times.count < capacity {
            times.append(time)
        } else {
            times[next] = time
            next = (next + 1) % capacity
        }
    }

    /// The least time that so many per cent of those kept did not exceed; nil when there are none.
    func percentile(_ percent: Int) -> Duration? {
        guard !times.isEmpty else { return nil }
        let rank = (times.count * percent + 99) / 100
        return times.sorted()[min(times.count, max(1, rank)) - 1]
    }
}
