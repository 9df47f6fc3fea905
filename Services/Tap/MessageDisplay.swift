/// One line per message, each message once unless both directions were asked for.
struct MessageDisplay: Display {
    private(set) var shown = 0
    private let options: FollowOptions
    private let format: LineFormat
    private var latencies = Latencies()

    init(_ options: FollowOptions, _ format: LineFormat) {
        self.options = options
        self.format = format
    }

    var isComplete: Bool { options.limit.map { shown >= $0 } ?? false }

    mutating func take(_ sighting: Sighting) -> [UInt8]? {
        guard sighting.direction == .out || options.showsBothDirections else { return nil }
        // A message is seen when it leaves and when it arrives: its id and sending time are the same both times.
        let latency = latencies.take(sighting.header)
        guard !isComplete, options.filter.matches(sighting, latency: latency) else { return nil }
        shown += 1
        var bytes = text(sighting, latency)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private func text(_ sighting: Sighting, _ latency: Duration?) -> [UInt8] {
        switch options.output {
        case .json:
            return JSONFormat.line(sighting, latency: latency)
        case .format:
            return Array((options.template ?? Template.standard).line(sighting, latency: latency).utf8)
        case .line:
            let line = format.line(sighting, latency: latency)
            guard let payload = sighting.payload, payload != Array("{}".utf8) else { return Array(line.utf8) }
            return Array("\(line)\n\(format.payloadLine(payload))".utf8)
        }
    }
}
