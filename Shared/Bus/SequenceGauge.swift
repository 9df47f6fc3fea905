/// Counts one direction's sequence numbers: a gap is a loss.
///
/// It starts anew with each session's first message. A number lower than expected (a repeated one) is let through:
/// duplicates are recognised by the message's id, by those who care.
struct SequenceGauge: Sendable, Equatable {
    private(set) var expected: UInt64

    /// No gap counts for more, so that one hostile number can't drown the counter.
    private static let largestGap: UInt64 = 1_000_000

    /// A direction whose first message bore that number.
    init(first: UInt64) { expected = first &+ 1 }

    /// How many messages are missing before this one.
    mutating func heard(_ number: UInt64) -> Int {
        guard number >= expected else { return 0 }
        let gap = min(number - expected, Self.largestGap)
        expected = number &+ 1
        return Int(gap)
    }
}
