import Glibc

/// SplitMix64: small, fast and the same on every machine, so that a printed seed brings a failure back.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// A generator that gives the same numbers for the same seed.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The seed of this run: `MARTLET_SEED` when it is set, otherwise a fixed one. Tests print it when they fail.
public var runSeed: UInt64 {
    guard let text = getenv("MARTLET_SEED") else { return 20_261_121 }
    return UInt64(String(cString: text)) ?? 20_261_121
}
