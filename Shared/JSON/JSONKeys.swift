/// The names of the members that a caller wants, made once and used for many documents.
///
/// Keep it in a `static let`: matching then allocates nothing. At most 64 names, each plain ASCII.
public struct JSONKeys: Sendable, ExpressibleByArrayLiteral {
    let names: [Name]

    struct Name: Sendable {
        let text: StaticString
        let mark: UInt64
    }

    /// Takes the names in the order in which their ranges are wanted back.
    public init(_ names: [StaticString]) {
        precondition(names.count <= 64, "a mask of the names found must fit into a word")
        self.names = names.map { name in
            Name(text: name, mark: KeyMark.of(name.utf8Start, 0..<name.utf8CodeUnitCount, hasEscapes: false))
        }
    }

    /// The same, written as a literal.
    public init(arrayLiteral elements: StaticString...) {
        self.init(elements)
    }

    /// How many names there are.
    public var count: Int { names.count }
}

/// A key's first seven bytes and its length modulo 256: equal keys have equal marks, so most comparisons end here.
enum KeyMark {
    @inline(__always)
    static func of(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, hasEscapes: Bool) -> UInt64 {
        if hasEscapes { return ofEscaped(base, range) }
        var mark = UInt64(UInt8(truncatingIfNeeded: range.count)) << 56
        for index in 0..<min(range.count, 7) {
            mark |= UInt64(base[range.lowerBound + index]) << UInt64(index * 8)
        }
        return mark
    }

    private static func ofEscaped(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) -> UInt64 {
        var mark: UInt64 = 0
        var count = 0
        for byte in EscapedBytes(base, range) {
            if count < 7 { mark |= UInt64(byte) << UInt64(count * 8) }
            count += 1
        }
        return mark | UInt64(UInt8(truncatingIfNeeded: count)) << 56
    }
}
