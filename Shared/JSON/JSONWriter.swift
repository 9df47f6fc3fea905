/// Writes JSON straight into bytes: no tree, no space, the shortest escapes, members in the order of the calls.
///
/// The closures nest as the document does, so every bracket closes; writing two top-level values or one key twice is the caller's
/// mistake and isn't looked for. A double that isn't finite becomes null.
public struct JSONWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Starts with room for that many bytes.
    public init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// An object as the next value.
    public mutating func object<E: Error>(_ members: (inout JSONWriter) throws(E) -> Void) throws(E) {
        begin()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
        try members(&self)
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    /// An array as the next value.
    public mutating func array<E: Error>(_ elements: (inout JSONWriter) throws(E) -> Void) throws(E) {
        begin()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
        try elements(&self)
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// A member's name; its value must be the next call.
    public mutating func name(_ name: String) {
        begin()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A string as the next value.
    public mutating func value(_ text: String) {
        begin()
        appendQuoted(text)
        needsComma = true
    }

    /// An integer as the next value.
    public mutating func value(_ number: Int) { integer(number) }

    /// An integer as the next value.
    public mutating func value(_ number: Int64) { integer(number) }

    /// An integer as the next value. Past 2^53 send a decimal string instead.
    public mutating func value(_ number: UInt64) { integer(number) }

    /// A double as the next value, in the fewest digits that read back the same.
    public mutating func value(_ number: Double) {
        begin()
        bytes.append(contentsOf: (number.isFinite ? "\(number)" : "null").utf8)
        needsComma = true
    }

    /// True or false as the next value.
    public mutating func value(_ truth: Bool) {
        begin()
        bytes.append(contentsOf: (truth ? "true" : "false").utf8)
        needsComma = true
    }

    /// Null as the next value.
    public mutating func null() {
        begin()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    /// Bytes that already are one JSON value, as the next value. They are not checked.
    public mutating func raw(_ json: some Sequence<UInt8>) {
        begin()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// A tree as the next value.
    public mutating func value(_ tree: JSONValue) {
        switch tree {
        case .null: null()
        case .bool(let truth): value(truth)
        case .number(let literal): raw(literal.utf8)
        case .string(let text): value(text)
        case .array(let elements):
            array { writer in
                for element in elements { writer.value(element) }
            }
        case .object(let fields):
            object { writer in
                for field in fields { writer.field(field.name, field.value) }
            }
        }
    }

    /// The comma that is due in front of what comes now.
    private mutating func begin() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func integer(_ number: some FixedWidthInteger) {
        begin()
        appendDecimal(number)
        needsComma = true
    }

    private mutating func appendDecimal(_ number: some FixedWidthInteger) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = UInt64(number.magnitude)
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { appendEscaped($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Copies runs that need no escape at once.
    private mutating func appendEscaped(_ utf8: UnsafeBufferPointer<UInt8>) {
        var run = 0
        for index in utf8.indices {
            let byte = utf8[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[run..<index]))
            bytes.append(UInt8(ascii: "\\"))
            appendEscape(byte)
            run = index + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[run...]))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            let digits: StaticString = "0123456789abcdef"
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(digits.utf8Start[Int(byte >> 4)])
            bytes.append(digits.utf8Start[Int(byte & 15)])
        }
    }
}
