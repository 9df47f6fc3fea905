/// How long replies took: pairs a message with the one that it answers, by ids and the senders' own sending times.
///
/// A machine with a fixed memory: the requests seen last are remembered in a ring. Two senders on two machines have
/// two clocks, so a difference below zero is taken for what it is, no measurement.
struct Latencies: Sendable {
    private let capacity: Int
    private var sentAt: [String: Int64] = [:]
    private var ring: [String] = []
    private var oldest = 0

    init(capacity: Int = 8_192) {
        precondition(capacity > 0, "a ring without room")
        self.capacity = capacity
    }

    /// How many requests are remembered.
    var count: Int { sentAt.count }

    /// Remembers the message and gives the time since the one that it answers, if that was seen.
    mutating func take(_ header: Sighting.Header) -> Duration? {
        remember(header.id, header.sentAt)
        guard let request = header.replyTo, let start = sentAt[request], header.sentAt >= start else { return nil }
        return .microseconds(header.sentAt - start)
    }

    private mutating func remember(_ id: String, _ time: Int64) {
        guard sentAt.updateValue(time, forKey: id) == nil else { return }
        if ring.count < capacity {
            ring.append(id)
        } else {
            sentAt[ring[oldest]] = nil
            ring[oldest] = id
            oldest = (oldest + 1) % capacity
        }
    }
}
