/// Numbers that follow from a text alone, so that the same prompt gives the same answer and picture everywhere.
///
/// FNV-1a spreads the text, SplitMix64 draws from it. Not for secrets.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    init(_ text: String, variation: Int = 0) {
        self.init(Self.hash(text.utf8) &+ UInt64(truncatingIfNeeded: variation) &* 0xD6E8_FEB8_6659_FD93)
    }

    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return value
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func real(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &self) }

    mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func chance(_ probability: Double) -> Bool { real(0...1) < probability }

    /// One of them; `choices` has at least one.
    mutating func pick<T>(_ choices: [T]) -> T { choices[whole(0...(choices.count - 1))] }

    /// Letters and digits for ids that look like the provider's.
    mutating func letters(_ count: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<count).map { _ in pick(alphabet) })
    }
}
