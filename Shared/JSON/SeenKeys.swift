/// The keys that one object has named so far, to refuse the second of a kind.
///
/// The first 32 stand in place, compared by mark and then by bytes; later ones, which only odd documents have, go into a set, so
/// that a hostile object costs linear time.
struct SeenKeys {
    private struct Key {
        var mark: UInt64
        var range: Range<Int>
        var hasEscapes: Bool
    }

    private var first = [32 of Key](repeating: Key(mark: 0, range: 0..<0, hasEscapes: false))
    private var count = 0
    private var later: Set<[UInt8]> = []

    /// Notes a key; false when it was there.
    mutating func insert(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, mark: UInt64, hasEscapes: Bool) -> Bool {
        for index in 0..<count where first[index].mark == mark {
            let known = first[index]
            guard range.count > 7 || hasEscapes || known.hasEscapes else { return false }
            if SeenKeys.same(base, known.range, range, hasEscapes: hasEscapes || known.hasEscapes) { return false }
        }
        guard count == 32 else {
            first[count] = Key(mark: mark, range: range, hasEscapes: hasEscapes)
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
