import Glibc

/// Builds the bytes of one line of the log.
struct LogLine {
    /// The longest line, its newline included: what a pipe takes in one piece.
    static let limit = 4_096
    /// The longest value of one field, in bytes before escaping.
    static let fieldLimit = 1_024

    /// Who writes: already escaped, since it stands in every line.
    struct Origin: Sendable {
        let bytes: [UInt8]

        init(service: String, instance: String) {
            var line = LogLine()
            for (name, value) in [("service", service), ("instance", instance)] where !value.isEmpty {
                line.name(name)
                line.text(value)
            }
            bytes = line.bytes
        }
    }

    private(set) var bytes: [UInt8] = []

    static func bytes(
        at time: timespec,
        level: Log.Level,
        origin: Origin,
        message: StaticString,
        fields: KeyValuePairs<String, any LogValue>,
        dropped: Int
    ) -> [UInt8] {
        var line = LogLine()
        line.bytes.reserveCapacity(512)
        line.bytes.append(contentsOf: "{\"at\":\"".utf8)
        Timestamp.append(time, to: &line.bytes)
        line.bytes.append(contentsOf: "\",\"level\":\"".utf8)
        line.bytes.append(contentsOf: level.name.utf8)
        line.bytes.append(UInt8(ascii: "\""))
        line.bytes.append(contentsOf: origin.bytes)
        line.name("message")
        line.text(message.description)
        if dropped > 0 {
            line.name("lines_dropped")
            dropped.writeLog(&line.bytes)
        }
        line.append(fields)
        line.bytes.append(contentsOf: "}\n".utf8)
        return line.bytes
    }

    private static let own: Set<String> = ["at", "level", "service", "instance", "message", "lines_dropped", "cut"]
    private static let cut = Array(",\"cut\":true".utf8)

    /// A field that no longer fits is left out, and the line says so.
    private mutating func append(_ fields: KeyValuePairs<String, any LogValue>) {
        let room = Self.limit - Self.cut.count - 2
        for (key, value) in fields {
            let before = bytes.count
            name(Self.own.contains(key) ? "field_" + key : key)
            value.writeLog(&bytes)
            if bytes.count > room {
                bytes.removeSubrange(before...)
                bytes.append(contentsOf: Self.cut)
                return
            }
        }
    }

    private mutating func name(_ name: String) {
        bytes.append(UInt8(ascii: ","))
        text(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func text(_ text: String) { Self.quote(text, into: &bytes) }

    /// A JSON string of at most ``fieldLimit`` bytes of the text, cut between characters.
    static func quote(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var used = 0
        for scalar in text.unicodeScalars {
            used += UTF8.width(scalar)
            if used > fieldLimit {
                bytes.append(contentsOf: "…".utf8)
                break
            }
            escape(scalar, into: &bytes)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// U+2028 and U+2029 count as line ends to some readers of lines, so they are escaped too.
    private static func escape(_ scalar: Unicode.Scalar, into bytes: inout [UInt8]) {
        switch scalar {
        case "\"": bytes.append(contentsOf: "\\\"".utf8)
        case "\\": bytes.append(contentsOf: "\\\\".utf8)
        case "\n": bytes.append(contentsOf: "\\n".utf8)
        case "\r": bytes.append(contentsOf: "\\r".utf8)
        case "\t": bytes.append(contentsOf: "\\t".utf8)
        case "\u{2028}": bytes.append(contentsOf: "\\u2028".utf8)
        case "\u{2029}": bytes.append(contentsOf: "\\u2029".utf8)
        case _ where scalar.value < 0x20 || scalar.value == 0x7F:
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(hexDigit(UInt8(scalar.value >> 4)))
            bytes.append(hexDigit(UInt8(scalar.value & 15)))
        default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
}
