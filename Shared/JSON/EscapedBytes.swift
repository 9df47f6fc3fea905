/// The bytes that a string's content means, one at a time, with its escapes decoded and nothing allocated.
///
/// Only for content that a `ByteWalk` has passed: it trusts the escapes.
struct EscapedBytes: IteratorProtocol, Sequence {
    private let base: UnsafePointer<UInt8>
    private var at: Int
    private let end: Int
    /// Up to three bytes of a character that are still to be given, the next one lowest.
    private var pending: UInt32 = 0

    /// `range` excludes the quotes.
    init(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) {
        self.base = base
        at = range.lowerBound
        end = range.upperBound
    }

    mutating func next() -> UInt8? {
        if pending != 0 {
            let byte = UInt8(truncatingIfNeeded: pending)
            pending >>= 8
            return byte
        }
        guard at < end else { return nil }
        let byte = base[at]
        at += 1
        guard byte == UInt8(ascii: "\\") else { return byte }
        let escape = base[at]
        at += 1
        switch escape {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"): return character()
        default: return escape
        }
    }

    /// The first byte of an escaped character; the others go to `pending`.
    private mutating func character() -> UInt8 {
        var value = unit()
        if value & 0xFC00 == 0xD800 {
            at += 2
            value = 0x1_0000 + (value & 0x3FF) << 10 + (unit() & 0x3FF)
        }
        if value < 0x80 { return UInt8(value) }
        if value < 0x800 {
            pending = 0x80 | value & 0x3F
            return UInt8(0xC0 | value >> 6)
        }
        if value < 0x1_0000 {
            pending = (0x80 | value & 0x3F) << 8 | (0x80 | value >> 6 & 0x3F)
            return UInt8(0xE0 | value >> 12)
        }
        pending = (0x80 | value & 0x3F) << 16 | (0x80 | value >> 6 & 0x3F) << 8 | (0x80 | value >> 12 & 0x3F)
        return UInt8(0xF0 | value >> 18)
    }

    private mutating func unit() -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            unit = unit << 4 | (ByteWalk.hexDigit(base[at]) ?? 0)
            at += 1
        }
        return unit
    }
}
