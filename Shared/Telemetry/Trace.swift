import Synchronization

/// A place in a distributed trace, as the header `traceparent` carries it (W3C Trace Context, version 00).
///
/// The span is the step of whoever holds the value. Who sends the header on sends a ``child()``: the receiver's parent.
public struct Trace: Sendable, Hashable {
    /// The trace's first eight bytes.
    public let high: UInt64
    /// The trace's last eight bytes.
    public let low: UInt64
    /// The span: one step of the trace.
    public let span: UInt64
    /// `01` sampled: whoever started the trace records it; `02` its last seven bytes are random (level 2). No others.
    private let flags: UInt8

    private static let knownFlags: UInt8 = 3

    /// A trace that starts here.
    public init() {
        self.init(high: Self.random(), low: Self.random(), span: Self.random(), flags: 1)
    }

    private init(high: UInt64, low: UInt64, span: UInt64, flags: UInt8) {
        self.high = high
        self.low = low
        self.span = span
        self.flags = flags
    }

    /// Reads a header; nil when it breaks the grammar, and the reader then starts a trace of its own.
    ///
    /// A later version is read by its first four fields, as the specification asks; 512 bytes at most.
    public init?(header: some StringProtocol) {
        var copy = String(header)
        guard let trace = copy.withUTF8({ Trace(bytes: $0) }) else { return nil }
        self = trace
    }

    /// As ``init(header:)``, from bytes where they lie.
    public init?(bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= Self.length, bytes.count <= 512,
            let version = Self.hex(bytes[0..<2]), version != 0xFF,
            bytes.count == Self.length || (version > 0 && bytes[Self.length] == UInt8(ascii: "-")),
            bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"), bytes[52] == UInt8(ascii: "-"),
            let high = Self.hex(bytes[3..<19]), let low = Self.hex(bytes[19..<35]), high != 0 || low != 0,
            let span = Self.hex(bytes[36..<52]), span != 0,
            let flags = Self.hex(bytes[53..<55])
        else { return nil }
        self.init(high: high, low: low, span: span, flags: UInt8(flags) & Self.knownFlags)
    }

    /// Whether whoever started the trace records it.
    public var isSampled: Bool { flags & 1 == 1 }

    /// The next step of the same trace, with a span of its own.
    public func child() -> Trace { Trace(high: high, low: low, span: Self.random(), flags: flags) }

    // MARK: Text

    /// A header's length, bytes.
    private static let length = 55

    /// The header's value.
    public var header: String {
        String(unsafeUninitializedCapacity: Self.length) { text in
            text[0] = UInt8(ascii: "0")
            text[1] = UInt8(ascii: "0")
            for position in [2, 35, 52] { text[position] = UInt8(ascii: "-") }
            Self.write(high, to: text, at: 3)
            Self.write(low, to: text, at: 19)
            Self.write(span, to: text, at: 36)
            text[53] = UInt8(ascii: "0")
            text[54] = LogLine.hexDigit(flags)
            return Self.length
        }
    }

    /// The trace as logs name it: 32 hexadecimal digits.
    public var id: String {
        String(unsafeUninitializedCapacity: 32) { text in
            Self.write(high, to: text, at: 0)
            Self.write(low, to: text, at: 16)
            return 32
        }
    }

    /// The span as logs name it: 16 hexadecimal digits.
    public var spanID: String {
        String(unsafeUninitializedCapacity: 16) { text in
            Self.write(span, to: text, at: 0)
            return 16
        }
    }

    /// Lower case alone is valid, says the specification.
    private static func hex(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - 48)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - 87)
            default: return nil
            }
        }
        return value
    }

    private static func write(_ value: UInt64, to text: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        for digit in 0..<16 {
            text[start + digit] = LogLine.hexDigit(UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * digit)) & 15)
        }
    }

    // MARK: Chance

    /// Where this process's numbers begin. They only need to differ between processes and calls; nobody gains by
    /// guessing one, so one look at the system's randomness is enough.
    private static let state = Atomic<UInt64>(.random(in: .min ... .max))

    /// SplitMix64, from any thread without a lock; never zero, which the grammar forbids.
    private static func random() -> UInt64 {
        var mixed = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return mixed == 0 ? 1 : mixed
    }
}

/// What a request says of the trace that it belongs to: the place, and what others of the trace want passed on.
public struct TraceContext: Sendable, Hashable {
    /// The place: a span of this process's own.
    public let trace: Trace
    /// `tracestate` as it came, for whoever is next; nil when none came or it can't be passed on.
    public let state: String?

    /// The longest `tracestate` that is passed on, bytes; the specification asks for 512 at least.
    public static let stateBytes = 512

    /// A context; a state that is too long or holds what a header may not is left out.
    public init(_ trace: Trace = Trace(), state: String? = nil) {
        self.trace = trace
        self.state = state.flatMap { state in
            let bytes = state.utf8
            let isPlain = (1...Self.stateBytes).contains(bytes.count) && bytes.allSatisfy { $0 &- 0x20 < 0x5F }
            return isPlain ? state : nil
        }
    }

    /// The headers of a call that this request causes, with a span of its own.
    public var headers: [(name: String, value: String)] {
        let parent = (name: "traceparent", value: trace.child().header)
        return state.map { [parent, (name: "tracestate", value: $0)] } ?? [parent]
    }
}
