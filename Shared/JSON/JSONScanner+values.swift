extension JSONScanner {
    /// What a value is, told by its first byte.
    public enum Kind: Sendable {
        /// The type, as JSON names it.
        case object, array, string, number, bool, null
    }

    /// The type of the value at `range`; nil when the range starts with no value's first byte.
    public static func kind(in range: Range<Int>, of bytes: UnsafeRawBufferPointer) -> Kind? {
        guard !range.isEmpty, range.upperBound <= bytes.count else { return nil }
        switch bytes[range.lowerBound] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: return nil
        }
    }

    /// The string at `range`, escapes decoded. Error `.type` for anything else.
    public static func string(
        in range: Range<Int>,
        of bytes: UnsafeRawBufferPointer
    ) throws(JSONError) -> String {
        var walk = ByteWalk(bytes, in: range, depth: 1)
        return try walk.string()
    }

    /// True or false at `range`. Error `.type` for anything else.
    public static func bool(in range: Range<Int>, of bytes: UnsafeRawBufferPointer) throws(JSONError) -> Bool {
        let walk = ByteWalk(bytes, in: range, depth: 1)
        var rest = walk
        guard kind(in: range, of: bytes) == .bool else { throw notA("true or false", walk) }
        try rest.skipScalar()
        try rest.finish()
        return walk.byte == UInt8(ascii: "t")
    }

    /// The integer at `range`, written with digits alone. Error `.type` for a fraction, an exponent or more than 64 bits.
    public static func int(in range: Range<Int>, of bytes: UnsafeRawBufferPointer) throws(JSONError) -> Int64 {
        var walk = ByteWalk(bytes, in: range, depth: 1)
        let start = walk.at
        guard kind(in: range, of: bytes) == .number else { throw notA("a number", walk) }
        try walk.skipNumber()
        let literal = UnsafeRawBufferPointer(rebasing: bytes[start..<walk.at])
        try walk.finish()
        guard let value = Int64(asciiDigits: literal) else { throw JSONError(.type, at: start, "not a 64-bit integer") }
        return value
    }

    /// True when the value at `range` is null.
    public static func isNull(in range: Range<Int>, of bytes: UnsafeRawBufferPointer) -> Bool {
        kind(in: range, of: bytes) == .null
    }

    /// The string at `range` of an array's bytes; see the pointer form.
    public static func string(in range: Range<Int>, of bytes: [UInt8]) throws(JSONError) -> String {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try string(in: range, of: UnsafeRawBufferPointer(buffer))
        }
    }

    /// True or false at `range` of an array's bytes; see the pointer form.
    public static func bool(in range: Range<Int>, of bytes: [UInt8]) throws(JSONError) -> Bool {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try bool(in: range, of: UnsafeRawBufferPointer(buffer))
        }
    }

    /// The integer at `range` of an array's bytes; see the pointer form.
    public static func int(in range: Range<Int>, of bytes: [UInt8]) throws(JSONError) -> Int64 {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try int(in: range, of: UnsafeRawBufferPointer(buffer))
        }
    }

    /// The type of the value at `range` of an array's bytes.
    public static func kind(in range: Range<Int>, of bytes: [UInt8]) -> Kind? {
        bytes.withUnsafeBytes { kind(in: range, of: $0) }
    }
}

extension Int64 {
    /// An optional minus and digits, nothing else; nil past 64 bits.
    init?(asciiDigits literal: some Collection<UInt8>) {
        let isNegative = literal.first == UInt8(ascii: "-")
        var value: Int64 = 0
        let digits = literal.dropFirst(isNegative ? 1 : 0)
        guard !digits.isEmpty else { return nil }
        for byte in digits {
            let digit = Int64(byte) - Int64(UInt8(ascii: "0"))
            guard (0...9).contains(digit) else { return nil }
            let (tens, isTooBig) = value.multipliedReportingOverflow(by: 10)
            let (sum, isPast) = tens.subtractingReportingOverflow(digit)
            if isTooBig || isPast { return nil }
            value = sum
        }
        if isNegative {
            self = value
        } else {
            guard value != .min else { return nil }
            self = -value
        }
    }
}

extension ByteWalk {
    /// The string here, escapes decoded, and past it.
    mutating func string() throws(JSONError) -> String {
        guard byte == UInt8(ascii: "\"") else { throw JSONScanner.notA("a string", self) }
        let start = at + 1
        let hasEscapes = try skipString()
        let content = start..<at - 1
        guard hasEscapes else {
            return String(decoding: UnsafeBufferPointer(start: base + start, count: content.count), as: UTF8.self)
        }
        // Decoded text is never longer than its escapes.
        return String(unsafeUninitializedCapacity: content.count) { buffer in
            var count = 0
            for byte in EscapedBytes(base, content) {
                buffer.initializeElement(at: count, to: byte)
                count += 1
            }
            return count
        }
    }
}
