import JSON

/// Comma-separated values (RFC 4180) that a spreadsheet shows and doesn't calculate.
///
/// A field that begins with `=`, `+`, `-` or `@`, possibly behind spaces, tabs, newlines and the like (which
/// spreadsheets skip), or with a tab or newline itself, would be a formula: an apostrophe goes before it. The wide
/// forms of these signs count too.
enum CSV {
    /// A line with its CRLF; every field is quoted when it has to be.
    static func line(_ fields: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(isNumber(field) || !isFormula(field) ? field : "'" + field, to: &bytes)
        }
        bytes += [13, 10]
        return bytes
    }

    /// A JSON value as a field; nothing for null.
    static func text(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null: return ""
        case .string(let text): return text
        case .number(let literal): return literal
        case .bool(let truth): return truth ? "true" : "false"
        case .some(let tree):
            var writer = JSONWriter()
            writer.value(tree)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }

    private static let starts: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
    private static let controls: Set<Unicode.Scalar> = ["\t", "\r", "\n"]

    static func isFormula(_ field: String) -> Bool {
        guard let first = field.unicodeScalars.first else { return false }
        if controls.contains(first) { return true }
        let skipped = field.unicodeScalars.drop { scalar in
            scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
                || scalar.properties.generalCategory == .format
        }
        return skipped.first.map { starts.contains($0) } ?? false
    }

    /// `-1.5` is a number and stays one.
    private static func isNumber(_ field: String) -> Bool {
        field.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) } && Double(field) != nil
    }

    private static func append(_ field: String, to bytes: inout [UInt8]) {
        let needsQuotes = field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        guard needsQuotes else { return bytes.append(contentsOf: field.utf8) }
        bytes.append(0x22)
        for byte in field.utf8 {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }
}
