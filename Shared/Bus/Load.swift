public import Wire

/// What a service tells with each heartbeat about how busy it is.
public struct Load: Sendable, Equatable {
    /// How much of its capacity is in use, 0 to 1.
    public var busy: Double
    /// Work that waits.
    public var queue: Int
    /// What else it tells of itself.
    public var facts: [Heartbeat.Fact]

    /// A load; idle unless said otherwise.
    public init(busy: Double = 0, queue: Int = 0, facts: [Heartbeat.Fact] = []) {
        self.busy = busy
        self.queue = queue
        self.facts = facts
    }
}
