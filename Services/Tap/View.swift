/// What is shown of the records that arrive, and what is known of those that did not. A machine; it has no terminal
/// and no clock.
struct View: Sendable {
    /// Records that arrived, shown or not.
    private(set) var seen: UInt64 = 0
    private(set) var losses = Losses()
    private var display: any Display

    init(_ options: FollowOptions, _ format: LineFormat) {
        display = options.display(format)
    }

    /// Messages, pairs or whatever the display shows.
    var shown: Int { display.shown }

    /// Whether all that was asked for has been shown.
    var isComplete: Bool { display.isComplete }

    /// What to write for a record, line ends included; nil when nothing is to be shown.
    mutating func take(_ sighting: Sighting) -> [UInt8]? {
        seen &+= 1
        losses.take(sighting)
        return display.take(sighting)
    }

    /// What to write because time has passed.
    mutating func tick(_ passed: Duration) -> [UInt8]? { display.tick(passed) }

    /// What to write at the end.
    mutating func finish() -> [UInt8]? { display.finish() }

    /// What was lost so far, for people; nil when nothing was.
    var lossNote: String? {
        guard losses.total > 0 else { return nil }
        let (before, after) = (Quantity.text(count: losses.beforeHub), Quantity.text(count: losses.afterHub))
        return "\(Quantity.text(count: losses.total)) lost (before the hub \(before), after it \(after))"
    }

    /// What there was in all.
    var summary: String {
        let counts = "\(Quantity.text(count: UInt64(shown))) shown of \(Quantity.text(count: seen)) seen"
        return "\(counts), \(lossNote ?? "none lost")"
    }
}
