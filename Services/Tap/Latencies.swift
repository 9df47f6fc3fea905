/// How long replies took: pairs a message with the one that it answers, by the senders' own sending times.
///
/// A reply names its request, or answers the latest of a kind about the same try of the same job. A machine with a
/// fixed memory: the requests seen last are remembered in a ring. Two senders on two machines have two clocks, so a
/// difference below zero is taken for what it is, no measurement.
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
        let latency = start(of: header).flatMap { header.sentAt >= $0 ? header.sentAt - $0 : nil }
        remember(header.id, header.sentAt)
        if Exchange.answers[header.kind] != nil, let name = Exchange.name(header.kind, header) {
            remember(name, header.sentAt)
        }
        return latency.map { .microseconds($0) }
    }

    private func start(of header: Sighting.Header) -> Int64? {
        if let request = header.replyTo { return sentAt[request] }
        let kinds = Exchange.questions[header.kind] ?? []
        return kinds.compactMap { Exchange.name($0, header).flatMap { sentAt[$0] } }.max()
    }

    private mutating func remember(_ name: String, _ time: Int64) {
        guard sentAt.updateValue(time, forKey: name) == nil else { return }
        if ring.count < capacity {
            ring.append(name)
        } else {
            sentAt[ring[oldest]] = nil
            ring[oldest] = name
            oldest = (oldest + 1) % capacity
        }
    }
}
