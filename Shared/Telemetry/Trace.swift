/// A place in a distributed trace, as the header `traceparent` carries it (W3C Trace Context, version 00).
public struct Trace: Sendable, Hashable {
    /// The trace's first eight bytes.
    public let high: UInt64
    /// The trace's last eight bytes.
    public let low: UInt64
    /// The span: one step of the trace.
    public let span: UInt64
    /// Whether whoever started the trace records it.
    public let isSampled: Bool

    /// A trace that starts here.
    public init() {
        var generator = SystemRandomNumberGenerator()
        high = generator.next()
        low = generator.next() | 1
        span = generator.next() | 1
        isSampled = true
    }

    private init(high: UInt64, low: UInt64, span: UInt64, isSampled: Bool) {
        self.high = high
        self.low = low
        self.span = span
        self.isSampled = isSampled
    }

    /// Reads a header; nil when it breaks the grammar, and the reader then starts a trace of its own.
    ///
    /// A later version is read by its first four fields, as the specification asks.
    public init?(header: some StringProtocol) {
        let bytes = Array(header.utf8)
        guard bytes.count >= 55, bytes.count <= 512,
            let version = Self.hex(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || (version > 0 && bytes[55] == UInt8(ascii: "-")),
            [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            let high = Self.hex(bytes[3..<19]), let low = Self.hex(bytes[19..<35]), high != 0 || low != 0,
            let span = Self.hex(bytes[36..<52]), span != 0,
            let flags = Self.hex(bytes[53..<55])
        else { return nil }
        self.init(high: high, low: low, span: span, isSampled: flags & 1 == 1)
    }

    /// The next step of the same trace, with a span of its own.
    public func child() -> Trace {
        Trace(high: high, low: low, span: UInt64.random(in: 1 ... .max), isSampled: isSampled)
    }

    /// The header's value.
    public var header: String {
        var bytes: [UInt8] = Array("00-".utf8)
        Self.append(high, to: &bytes)
        Self.append(low, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(span, to: &bytes)
        bytes.append(contentsOf: isSampled ? "-01".utf8 : "-00".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Lower case alone is valid, says the specification.
    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt64? {
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

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 60, through: 0, by: -4) {
            bytes.append(LogLine.hexDigit(UInt8(value >> UInt64(shift) & 15)))
        }
    }
}
