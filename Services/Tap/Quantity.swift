/// Sizes and times as people write and read them.
enum Quantity {
    // MARK: Reading

    /// Bytes from `512`, `64k`, `1.5M`, `2G`, with or without a `B` or `iB` behind; 1,024 to the step.
    static func bytes(_ text: some StringProtocol) -> Int? {
        var (number, unit) = split(text)
        for end in ["ib", "b"] where unit.hasSuffix(end) {
            unit.removeLast(end.count)
            break
        }
        guard let factor = ["": 1.0, "k": 1_024, "m": 1_048_576, "g": 1_073_741_824][unit] else { return nil }
        guard let value = decimal(number), value * factor < 1e15 else { return nil }
        return Int(value * factor)
    }

    /// A duration from `250us`, `80ms`, `30s`, `5m`, `2h`; a bare number is seconds.
    static func duration(_ text: some StringProtocol) -> Duration? {
        let (number, unit) = split(text)
        let factors = ["us": 1e-6, "µs": 1e-6, "ms": 1e-3, "": 1.0, "s": 1.0, "m": 60.0, "h": 3_600.0]
        guard let factor = factors[unit], let value = decimal(number), value * factor < 1e9 else { return nil }
        return .seconds(value * factor)
    }

    /// Digits and at most one point; neither sign nor exponent, which `Double` would take.
    private static func decimal(_ text: some StringProtocol) -> Double? {
        guard !text.isEmpty, text.count <= 18, text.first != ".", text.last != "." else { return nil }
        return Double(text)
    }

    private static func split(_ text: some StringProtocol) -> (number: String, unit: String) {
        let number = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        return (String(number), text.dropFirst(number.count).lowercased())
    }

    // MARK: Writing

    /// At most five characters: `0B`, `412B`, `1.2K`, `47K`, `3.4M`.
    static func text(bytes: Int) -> String {
        guard bytes >= 1_024 else { return "\(max(0, bytes))B" }
        var value = Double(bytes) / 1_024
        var unit = 0
        // What would be written as 1024 of one unit is 1.0 of the next.
        while value >= 1_023.5, unit < 3 {
            value /= 1_024
            unit += 1
        }
        return short(value) + ["K", "M", "G", "T"][unit]
    }

    /// At most six characters: `85µs`, `3.1ms`, `47ms`, `1.2s`, `75s`, `12m`.
    static func text(_ duration: Duration) -> String {
        let microseconds = Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12
        switch max(0, microseconds) {
        case ..<999.5: return "\(Int(max(0, microseconds).rounded()))µs"
        case ..<999_500: return short(microseconds / 1e3) + "ms"
        case ..<100e6: return short(microseconds / 1e6) + "s"
        default: return "\(Int((microseconds / 60e6).rounded()))m"
        }
    }

    /// `1,204`, so that large counts can be read.
    static func text(count: UInt64) -> String {
        let digits = String(count)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// Two significant digits below ten, whole numbers above.
    private static func short(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : "\(Int(value.rounded()))"
    }
}
