/// Text of a message, safe for a terminal.
enum CleanText {
    /// Control characters could move a reader's cursor or colour a line: they are shown as `·`.
    static func of(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var cleaned = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { cleaned.append(isControl(scalar) ? "·" : scalar) }
        return String(cleaned)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// The end of an id, where random ids differ most.
    static func shortID(_ id: String) -> String {
        let id = of(id)
        return id.count <= 7 ? id : "…" + id.suffix(6)
    }

    /// With spaces behind, up to that many characters.
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// With spaces in front.
    static func leftPadded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
