/// How to replay a recording.
struct ReplayOptions: Sendable, Equatable {
    /// The recording.
    var path = ""
    var filter = Filter()
    /// How many times faster than it was recorded; nil for as fast as it goes.
    var speed: Double? = 1
    /// The replay hub's address, when not the environment's.
    var hub: String?
    /// Begins without waiting for a tap that watches.
    var isImpatient = false
    var isQuiet = false

    init() {}

    init(_ arguments: [String]) throws(UsageError) {
        var words = Arguments(arguments)
        var operands: [String] = []
        while let word = words.next() {
            switch word {
            case "--speed": speed = try Self.speed(try words.value(for: word))
            case "--hub": hub = try words.value(for: word)
            case "--now": isImpatient = true
            case "-q", "--quiet": isQuiet = true
            default:
                if word.hasPrefix("-") { throw UsageError("unknown option '\(word)'") }
                operands.append(word)
            }
        }
        guard !operands.isEmpty else { throw UsageError("tap replay needs a FILE") }
        path = operands.removeFirst()
        filter = try Filter(operands)
    }

    private static func speed(_ text: String) throws(UsageError) -> Double? {
        if text == "max" { return nil }
        let number = text.last == "x" ? text.dropLast() : text[...]
        guard let speed = Double(number), speed >= 0.001, speed <= 1_000_000 else {
            throw UsageError("--speed \(text): a factor such as 2x or 0.5, or max is needed")
        }
        return speed
    }

    /// When a record is due, from the start of the replay.
    func due(_ seenAt: Int64, first: Int64) -> Duration {
        guard let speed, seenAt > first else { return .zero }
        return .seconds(Double(seenAt - first) / 1e6 / speed)
    }
}
