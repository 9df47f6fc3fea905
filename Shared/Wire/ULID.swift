internal import Glibc
internal import Synchronization

/// A 128-bit identifier whose text sorts by the time of its making (github.com/ulid/spec).
///
/// Within a process each new one is greater than all before it, from any thread, without a lock and without a system call: 48 bits
/// of milliseconds and 16 of a counter come from one atomic word, the other 64 from a mix of that word with a random number
/// of the process. It identifies; it is no secret and grants nothing.
public struct ULID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970 in the upper 48 bits, a counter below.
    public let high: UInt64
    /// What sets it apart from other processes' of the same moment.
    public let low: UInt64

    /// From its halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new one.
    public static func next() -> ULID {
        let now = UInt64(clamping: WallClock.microseconds / 1_000) << 16
        var last = ULID.last.load(ordering: .relaxed)
        while true {
            let high = max(now, last &+ 1)
            let (exchanged, original) = ULID.last.weakCompareExchange(
                expected: last,
                desired: high,
                ordering: .relaxed
            )
            if exchanged { return ULID(high: high, low: mix(high)) }
            last = original
        }
    }

    /// Milliseconds since 1970, as its maker's clock had them.
    public var milliseconds: UInt64 { high >> 16 }

    private static let last = Atomic<UInt64>(0)
    private static let processSeed = UInt64.random(in: .min ... .max)

    /// One round of SplitMix64: every bit of the counter reaches every bit of the result.
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &* 0x9E37_79B9_7F4A_7C15 &+ processSeed
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// By time, then counter.
    public static func < (left: ULID, right: ULID) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

extension ULID {
    private static let digits: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

    /// The value of each byte as a digit, 255 for none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for index in 0..<32 { values[Int(digits.utf8Start[index])] = UInt8(index) }
        return values
    }()

    /// 26 digits of Crockford's base 32, upper case.
    public var description: String {
        String(unsafeUninitializedCapacity: 26) { buffer in
            var low = low
            var high = high
            for index in stride(from: 25, through: 0, by: -1) {
                buffer.initializeElement(at: index, to: ULID.digits.utf8Start[Int(low & 31)])
                low = low >> 5 | high << 59
                high >>= 5
            }
            return 26
        }
    }

    /// From its text: exactly 26 digits, upper case, within 128 bits. One form only, so equal identifiers have equal bytes.
    public init?(_ text: String) {
        var text = text
        guard let parsed = text.withUTF8({ ULID(digits: $0) }) else { return nil }
        self = parsed
    }

    init?(digits: UnsafeBufferPointer<UInt8>) {
        guard digits.count == 26, digits[0] <= UInt8(ascii: "7") else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in digits {
            let value = ULID.values[Int(byte)]
            guard value < 32 else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(value)
        }
        self.init(high: high, low: low)
    }
}

/// The wall clock, for people and identifiers; nothing is timed by it.
public enum WallClock {
    /// Microseconds since 1970 in UTC.
    public static var microseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1_000
    }
}
