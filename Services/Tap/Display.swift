/// What becomes of sightings on the screen or in a file. A machine: what it gives is written by others, and time comes
/// to it with the sightings and as ticks.
protocol Display: Sendable {
    /// What was shown so far, in the display's own unit.
    var shown: Int { get }
    /// Whether all that was asked for has been shown.
    var isComplete: Bool { get }
    /// What to write for a sighting, line ends included; nil for nothing.
    mutating func take(_ sighting: Sighting) -> [UInt8]?
    /// About ``FollowOptions/interval`` has passed since the last one; what to write for it.
    mutating func tick(_ passed: Duration) -> [UInt8]?
    /// What to write at the end.
    mutating func finish() -> [UInt8]?
}

extension Display {
    mutating func tick(_ passed: Duration) -> [UInt8]? { nil }

    mutating func finish() -> [UInt8]? { nil }
}
