import Glibc

/// The `date` field (RFC 9110 section 6.6.1), written anew once a second.
@NetLoop
struct DateField {
    private var second = -1
    private(set) var bytes: [UInt8] = []

    /// `date: Sat, 21 Nov 2026 02:03:04 GMT` and its CRLF, for the present second.
    mutating func current() -> [UInt8] {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        if time.tv_sec != second {
            second = time.tv_sec
            bytes = Array("date: \(Self.text(second))\r\n".utf8)
        }
        return bytes
    }

    /// IMF-fixdate of a second since 1970. Days to dates after Hinnant's "civil_from_days" (the era of 400 years).
    nonisolated static func text(_ second: Int) -> String {
        let days = Int((Double(second) / 86_400).rounded(.down))
        let ofDay = second - days * 86_400
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((days % 7) + 7) % 7]
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = "\(two(ofDay / 3_600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60))"
        return "\(weekday), \(two(day)) \(names[month - 1]) \(year) \(clock) GMT"
    }

    private nonisolated static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
