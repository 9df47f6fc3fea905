/// Makes request ids: 15 characters of Crockford's base 32, which is 75 random bits and fits into a string without
/// an allocation.
@NetLoop
struct RequestIDs {
    // The numbers only need to differ between processes and calls; nobody gains by guessing one.
    private var state = UInt64.random(in: .min ... .max)
    private static let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

    init() {}

    /// An id that no other call gets.
    mutating func next() -> String {
        var high = random()
        var low = random()
        return String(unsafeUninitializedCapacity: 15) { text in
            for position in 0..<15 {
                text[position] = Self.alphabet.utf8Start[Int(position < 12 ? low & 31 : high & 31)]
                if position < 12 { low >>= 5 } else { high >>= 5 }
            }
            return 15
        }
    }

    /// SplitMix64.
    private mutating func random() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The client's own id when it may be echoed: 1 to 128 printable ASCII characters.
    static func echoed(_ head: RequestHead) -> String? {
        guard let field = head.requestIDField else { return nil }
        let range = head.fields.entries[field].value
        guard (1...128).contains(range.count) else { return nil }
        let isPrintable = head.fields.bytes.withUnsafeBufferPointer { bytes in
            range.allSatisfy { bytes[Int($0)] &- 0x20 < 0x5f }
        }
        return isPrintable ? head.fields.value(at: field) : nil
    }
}
