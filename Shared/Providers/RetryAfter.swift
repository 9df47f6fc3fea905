/// How long a provider asks to wait, from whichever header says so. Nothing and less than nothing count as silence.
enum RetryAfter {
    /// Longer wishes are cut to this.
    static let longest = Duration.seconds(86_400)

    /// Reads `retry-after-ms`, else `retry-after` as seconds or as a date (against the answer's own `date`, so that no
    /// clock is needed), else OpenAI's `x-ratelimit-reset-*` of the limit that is used up.
    static func read(_ header: HeaderLookup, isRateLimit: Bool) -> Duration? {
        if let value = header("retry-after-ms"), let wait = seconds(value).flatMap({ bounded($0 / 1_000) }) {
            return wait
        }
        if let value = header("retry-after") {
            if let wait = seconds(value).flatMap(bounded) { return wait }
            if let until = HTTPDate.seconds(value), let now = header("date").flatMap(HTTPDate.seconds) {
                return bounded(Double(until - now))
            }
        }
        return isRateLimit ? reset(header) : nil
    }

    /// `… retry after 21 seconds.`, as Azure says it where the headers are missing.
    static func inSentence(_ text: String) -> Duration? {
        guard text.utf8.count <= 4_096 else { return nil }
        let lower = text.lowercased()
        guard let mark = lower.firstRange(of: "retry after ") else { return nil }
        let words = lower[mark.upperBound...].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, let number = seconds(String(words[0])) else { return nil }
        if words[1].hasPrefix("second") { return bounded(number) }
        if words[1].hasPrefix("millisecond") { return bounded(number / 1_000) }
        return words[1].hasPrefix("minute") ? bounded(number * 60) : nil
    }

    /// A number of seconds as a provider's body has it.
    static func inBody(_ value: Double?) -> Duration? {
        guard let value, value.isFinite else { return nil }
        return bounded(value)
    }

    private static func reset(_ header: HeaderLookup) -> Duration? {
        let waits = ["requests", "tokens"].compactMap { limit -> Double? in
            guard header("x-ratelimit-remaining-\(limit)") == "0" else { return nil }
            return header("x-ratelimit-reset-\(limit)").flatMap(goDuration)
        }
        return waits.max().flatMap(bounded)
    }

    static func bounded(_ seconds: Double) -> Duration? {
        guard seconds > 0 else { return nil }
        return seconds >= 86_400 ? longest : .milliseconds(Int64((seconds * 1_000).rounded()))
    }

    private static func seconds(_ text: String) -> Double? {
        let digits = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
        guard digits, text.utf8.count <= 24, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// `12ms`, `1.5s`, `6m0s`, `1h2m3s`, or plain seconds, as Go and Azure write them.
    static func goDuration(_ text: String) -> Double? {
        if let plain = seconds(text) { return plain }
        var rest = text[...]
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            guard let value = seconds(String(number)) else { return nil }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest.dropFirst(unit.count)
            switch unit {
            case "h": total += value * 3_600
            case "m": total += value * 60
            case "s": total += value
            case "ms": total += value / 1_000
            case "us", "µs": total += value / 1_000_000
            default: return nil
            }
        }
        return total
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7); the two obsolete forms are not read.
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Seconds since 1970, or nil for anything that isn't a date between 1970 and 9999.
    static func seconds(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT" else { return nil }
        let clock = parts[4].split(separator: ":")
        guard clock.count == 3, let month = months.firstIndex(where: { $0 == parts[2] }),
            let day = Int64(parts[1]), let year = Int64(parts[3]),
            let hour = Int64(clock[0]), let minute = Int64(clock[1]), let second = Int64(clock[2]),
            (1970...9999).contains(year), (1...31).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        return days(year, Int64(month) + 1, day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    /// Days since 1970 in the Gregorian calendar, counting years from March so that the leap day comes last.
    static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
