/// Makes of sightings what is shown: filters, times, counts. A machine; it has no terminal and no clock.
struct View: Sendable {
    /// Records that arrived, shown or not.
    private(set) var seen: UInt64 = 0
    /// Messages shown.
    private(set) var shown = 0
    private(set) var losses = Losses()

    private let options: FollowOptions
    private let format: LineFormat
    private var latencies = Latencies()

    init(_ options: FollowOptions, _ format: LineFormat) {
        self.options = options
        self.format = format
    }

    /// Whether all that was asked for has been shown.
    var isComplete: Bool { options.limit.map { shown >= $0 } ?? false }

    /// What to write for a record, line ends included; nil when it is not to be shown.
    mutating func take(_ sighting: Sighting) -> [UInt8]? {
        seen &+= 1
        losses.take(sighting)
        guard sighting.direction == .out || options.showsBothDirections else { return nil }
        // A message is seen when it leaves and when it arrives: its id and sending time are the same both times.
        let latency = latencies.take(sighting.header)
        guard !isComplete, options.filter.matches(sighting, latency: latency) else { return nil }
        shown += 1
        var bytes: [UInt8]
        switch options.output {
        case .json:
            bytes = JSONFormat.line(sighting, latency: latency)
        case .line:
            bytes = Array(format.line(sighting, latency: latency).utf8)
            if let payload = sighting.payload, payload != Array("{}".utf8) {
                bytes.append(UInt8(ascii: "\n"))
                bytes.append(contentsOf: format.payloadLine(payload).utf8)
            }
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

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
