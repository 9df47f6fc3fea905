import Glibc

/// The wall clock as people read it.
enum TimeOfDay {
    /// `12:04:31.482` in this machine's time zone (`TZ`).
    static func local(_ microseconds: Int64) -> String {
        var seconds = time_t(microseconds / 1_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return text(Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec), microseconds)
    }

    /// The same in UTC.
    static func universal(_ microseconds: Int64) -> String {
        let seconds = Int(microseconds / 1_000_000 % 86_400)
        return text(seconds / 3_600, seconds / 60 % 60, seconds % 60, microseconds)
    }

    private static func text(_ hour: Int, _ minute: Int, _ second: Int, _ microseconds: Int64) -> String {
        "\(two(hour)):\(two(minute)):\(two(second)).\(three(Int(microseconds / 1_000 % 1_000)))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func three(_ number: Int) -> String {
        number < 10 ? "00\(number)" : number < 100 ? "0\(number)" : "\(number)"
    }
}
