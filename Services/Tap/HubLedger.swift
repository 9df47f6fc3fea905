/// The hub's numbers: how many records it has passed on under each topic. A machine.
struct HubLedger: Sendable {
    /// Drawn once per process, so that nobody takes the numbers of two for one row.
    let boot: UInt64
    /// Records passed on.
    private(set) var passed: UInt64 = 0
    /// Messages that were no record, by shape alone, and went nowhere.
    private(set) var refused: UInt64 = 0

    /// Topics are services times kinds, a few hundred; a peer that invents more gets them passed on without numbers.
    private let mostTopics: Int
    private var counts: [[UInt8]: UInt64] = [:]

    init(boot: UInt64, mostTopics: Int = 4_096) {
        self.boot = boot
        self.mostTopics = mostTopics
    }

    /// Numbers a record that is about to be passed on.
    mutating func pass(_ topic: [UInt8]) -> Sighting.HubStamp? {
        passed &+= 1
        guard let count = counts[topic] ?? (counts.count < mostTopics ? 0 : nil) else { return nil }
        counts[topic] = count &+ 1
        return Sighting.HubStamp(boot: boot, count: count &+ 1)
    }

    /// Counts a message that was not passed on.
    mutating func refuse() { refused &+= 1 }
}
