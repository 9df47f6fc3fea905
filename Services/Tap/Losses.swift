/// What did not arrive, from the counts on what did: a machine.
///
/// An observer numbers its records per topic, so that a subscription to some topics does not look like a loss. The
/// hub numbers what it passes on per topic. Every gap in an observer's numbers is a loss; a gap in the hub's says that
/// it happened between the hub and here, because we were too slow or the connection broke. What the hub's gaps do not
/// explain was lost before the hub. One side may learn of a loss a record earlier than the other, so the split is
/// right once the streams have gone on.
struct Losses: Sendable, Equatable {
    private struct Stream: Hashable {
        let observer: Sighting.Observer
        let topic: String
    }

    private struct HubStream: Hashable {
        let hub: UInt64
        let topic: String
    }

    /// Streams followed at most. There are a few dozen kinds and services; past this the numbers start afresh, which
    /// can hide a loss but never invents one.
    private let mostStreams: Int
    private var observed: [Stream: UInt64] = [:]
    private var forwarded: [HubStream: UInt64] = [:]
    private var observersGaps: UInt64 = 0
    private var hubsGaps: UInt64 = 0

    init(mostStreams: Int = 16_384) {
        self.mostStreams = mostStreams
    }

    /// All that was lost.
    var total: UInt64 { max(observersGaps, hubsGaps) }

    /// Lost between the hub and here.
    var afterHub: UInt64 { hubsGaps }

    /// Lost between an observer and the hub, or dropped by the observer because its queue was full.
    var beforeHub: UInt64 { total - hubsGaps }

    /// Takes the counts of a record that arrived.
    mutating func take(_ sighting: Sighting) {
        if observed.count >= mostStreams { observed.removeAll() }
        if forwarded.count >= mostStreams { forwarded.removeAll() }
        let stream = Stream(observer: sighting.observer, topic: sighting.topic)
        observersGaps += gap(from: observed.updateValue(sighting.count, forKey: stream), to: sighting.count)
        guard let stamp = sighting.hub else { return }
        let hubStream = HubStream(hub: stamp.boot, topic: sighting.topic)
        hubsGaps += gap(from: forwarded.updateValue(stamp.count, forKey: hubStream), to: stamp.count)
    }

    /// A first number is a beginning, and so is one that is not larger than the last.
    private func gap(from last: UInt64?, to count: UInt64) -> UInt64 {
        guard let last, count > last else { return 0 }
        return count - last - 1
    }
}
