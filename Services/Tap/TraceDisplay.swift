import JSON

/// A waterfall of one job or request, drawn when it is over.
struct TraceDisplay: Display {
    private let options: FollowOptions
    private let format: LineFormat
    private var trace: Trace
    private var isQuiet = false

    /// Characters of the bars.
    private static let barWidth = 32

    init(_ options: FollowOptions, _ format: LineFormat) {
        self.options = options
        self.format = format
        trace = Trace(root: options.root)
    }

    var shown: Int { trace.steps.count }

    /// Whether all jobs got their end and nothing came since.
    var isComplete: Bool { trace.isSettled && isQuiet }

    mutating func take(_ sighting: Sighting) -> [UInt8]? {
        if options.filter.matches(sighting), trace.take(sighting) { isQuiet = false }
        return nil
    }

    mutating func tick(_ passed: Duration) -> [UInt8]? {
        isQuiet = true
        return nil
    }

    mutating func finish() -> [UInt8]? {
        let rows = trace.rows
        guard !rows.isEmpty else { return nil }
        return options.output == .json ? rows.flatMap(json) : Array(text(rows).utf8)
    }

    // MARK: Text

    private func text(_ rows: [Trace.Row]) -> String {
        let whole = rows.map(\.end).max() ?? 0
        let names = rows.map {
            String(repeating: "  ", count: min($0.depth, 8)) + CleanText.of($0.step.sighting.header.kind)
        }
        let width = min(40, names.map(\.count).max() ?? 0)
        var text = ""
        for (row, name) in zip(rows, names) {
            let sighting = row.step.sighting
            let words = [
                CleanText.leftPadded(offset(row.begin), 7),
                bar(row, of: whole, Ink.tone(of: sighting)),
                format.ink.paint(CleanText.padded(name, width), Ink.tone(of: sighting)),
                CleanText.padded(format.subject(sighting.header), 11),
                CleanText.leftPadded(row.end > row.begin ? Quantity.text(.microseconds(row.end - row.begin)) : "", 6),
                format.ink.paint(way(row.step), .faint),
            ]
            text += words.joined(separator: " ") + "\n"
        }
        let left = trace.left > 0 ? ", \(Quantity.text(count: trace.left)) more found no room" : ""
        return text + "\(rows.count) messages in \(Quantity.text(.microseconds(whole)))\(left)\n"
    }

    private func offset(_ time: Int64) -> String { "+" + Quantity.text(.microseconds(time)) }

    private func way(_ step: Trace.Step) -> String {
        let receiver = step.receiver.map { " → \(CleanText.of("\($0.service)/\($0.instance)"))" } ?? ""
        return format.sender(step.sighting.header) + receiver
    }

    private func bar(_ row: Trace.Row, of whole: Int64, _ tone: Ink.Tone) -> String {
        let scale = Double(Self.barWidth - 1) / Double(max(1, whole))
        let first = Int(Double(row.begin) * scale)
        let last = max(first, Int(Double(row.end) * scale))
        let mark = row.end > row.begin ? "━" : "╸"
        let (before, after) = (String(repeating: " ", count: first), Self.barWidth - 1 - last)
        let line = String(repeating: mark, count: last - first + 1)
        return before + format.ink.paint(line, tone) + String(repeating: " ", count: max(0, after))
    }

    // MARK: JSON

    private func json(_ row: Trace.Row) -> [UInt8] {
        let header = row.step.sighting.header
        var writer = JSONWriter(capacity: 512)
        writer.object { line in
            line.field("begin_us", row.begin)
            line.field("end_us", row.end)
            line.field("depth", row.depth)
            line.field("kind", header.kind)
            line.field("id", header.id)
            line.optional("parent", row.parent)
            line.optional("job", header.job)
            line.optional("attempt", header.attempt)
            line.field("source", "\(header.service)/\(header.instance)")
            line.optional("receiver", row.step.receiver.map { "\($0.service)/\($0.instance)" })
            line.optional("sent_at", row.step.sentAt)
            line.optional("received_at", row.step.receivedAt)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}
