public import Glibc

/// RFC 3339 in UTC with microseconds, written by hand: no locale, no allocation, no ICU.
public enum Timestamp {
    /// The time as `2026-11-21T01:47:31.000000Z`.
    public static func text(_ time: timespec) -> String {
        var bytes: [UInt8] = []
        append(time, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The time of that many microseconds since 1970, as RFC 3339 text.
    public static func text(microseconds: Int64) -> String {
        let (seconds, rest) = floorDivide(microseconds, 1_000_000)
        return text(timespec(tv_sec: Int(seconds), tv_nsec: Int(rest) * 1_000))
    }

    /// The UTC day as `yyyymmdd`, for example 20261121: names a day's partition.
    public static func day(microseconds: Int64) -> Int {
        let (seconds, _) = floorDivide(microseconds, 1_000_000)
        let date = civil(day: floorDivide(seconds, 86_400).quotient)
        return date.year * 10_000 + date.month * 100 + date.day
    }

    static func append(_ time: timespec, to bytes: inout [UInt8]) {
        let (day, second) = floorDivide(Int64(time.tv_sec), 86_400)
        let date = civil(day: day)
        digits(date.year, 4, &bytes)
        bytes.append(UInt8(ascii: "-"))
        digits(date.month, 2, &bytes)
        bytes.append(UInt8(ascii: "-"))
        digits(date.day, 2, &bytes)
        bytes.append(UInt8(ascii: "T"))
        digits(Int(second) / 3_600, 2, &bytes)
        bytes.append(UInt8(ascii: ":"))
        digits(Int(second) / 60 % 60, 2, &bytes)
        bytes.append(UInt8(ascii: ":"))
        digits(Int(second) % 60, 2, &bytes)
        bytes.append(UInt8(ascii: "."))
        digits(time.tv_nsec / 1_000, 6, &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func digits(_ value: Int, _ width: Int, _ bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: by)
        return remainder < 0 ? (quotient - 1, remainder + by) : (quotient, remainder)
    }

    /// The Gregorian date of a day counted from 1 January 1970. Years are counted from March, so that the leap day is
    /// a year's last, and in eras of 400 years, which all have 146,097 days.
    private static func civil(day: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(day) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
