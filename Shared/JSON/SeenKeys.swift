/// The keys that one object has named so far, to refuse the second of a kind.
///
/// The first 32 stand in place, compared by mark and then by bytes; later ones, which only odd documents have, go into a set, so
/// that a hostile object costs linear time.
struct SeenKeys {
    private struct Key {
        var mark: UInt64
        var start: UInt32
        var count: UInt32
        var hasEscapes: Bool

        var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
    }

    private var first = [32 of Key](repeating: Key(mark: 0, start: 0, count: 0, hasEscapes: false))
    private var count = 0
    /// A bit for each mark seen: when a new key's bit is clear, as it mostly is, there is nothing to compare.
    private var filter: UInt64 = 0
    private var later: Set<[UInt8]> = []

    /// Notes a key; false when it was there.
    mutating func insert(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, mark: UInt64, hasEscapes: Bool) -> Bool {
        let bit: UInt64 = 1 &<< ((mark &* 0x9E37_79B9_7F4A_7C15) &>> 58)
        let isNew = filter & bit == 0
        filter |= bit
        for index in 0..<(isNew ? 0 : count) where first[index].mark == mark {
            let known = first[index]
            guard range.count > 7 || hasEscapes || known.hasEscapes else { return false }
            if SeenKeys.same(base, known.range, range, hasEscapes: hasEscapes || known.hasEscapes) { return false }
        }
        guard count == 32 else {
            first[count] = Key(
                mark: mark,
                start: UInt32(truncatingIfNeeded: range.lowerBound),
                count: UInt32(truncatingIfNeeded: range.count),
                hasEscapes: hasEscapes
            )
            count += 1
            return true
        }
        return later.insert(Array(EscapedBytes(base, range))).inserted
    }

    private static func same(
        _ base: UnsafePointer<UInt8>,
        _ left: Range<Int>,
        _ right: Range<Int>,
        hasEscapes: Bool
    ) -> Bool {
        if hasEscapes { return EscapedBytes(base, left).elementsEqual(EscapedBytes(base, right)) }
        guard left.count == right.count else { return false }
        for offset in 0..<left.count where base[left.lowerBound + offset] != base[right.lowerBound + offset] {
            return false
        }
        return true
    }
}
