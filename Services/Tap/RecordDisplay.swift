/// The records themselves, as they arrived, for a file: `tap show` and `tap replay` read them.
///
/// A recording is `tap.record` messages one behind the other, each with its own lengths in front, so that a file that
/// was cut off is good up to its last whole record. Headers travel in the clear and payloads redacted, so a recording
/// holds no more than a tap shows.
struct RecordDisplay: Display {
    private(set) var shown = 0
    private let options: FollowOptions

    init(_ options: FollowOptions) { self.options = options }

    var isComplete: Bool { options.limit.map { shown >= $0 } ?? false }

    mutating func take(_ sighting: Sighting) -> [UInt8]? {
        guard !isComplete, options.filter.matches(sighting) else { return nil }
        shown += 1
        return sighting.record
    }
}
