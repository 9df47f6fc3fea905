import JSON

/// The table of ``TopTable``, drawn anew at each tick: in place on a terminal, one below the other on a pipe.
struct TopDisplay: Display {
    private(set) var shown = 0
    private let options: FollowOptions
    private var table: TopTable
    private var losses = Losses()
    private var total: UInt64 = 0

    /// Rows on a terminal: a screen's worth.
    private static let mostRows = 20

    init(_ options: FollowOptions) {
        self.options = options
        table = TopTable(by: options.grouping)
    }

    /// Tables shown.
    var isComplete: Bool { options.limit.map { shown >= $0 } ?? false }

    mutating func take(_ sighting: Sighting) -> [UInt8]? {
        losses.take(sighting)
        let isWanted = options.filter.matches(sighting)
        if isWanted, sighting.direction == .out { total += 1 }
        table.take(sighting, isWanted: isWanted)
        return nil
    }

    mutating func tick(_ passed: Duration) -> [UInt8]? {
        guard !isComplete else { return nil }
        shown += 1
        let rows = table.look(after: passed)
        return options.output == .json ? json(rows) : Array(text(rows).utf8)
    }

    private func text(_ rows: [TopTable.Row]) -> String {
        var text = TextTable([options.grouping.rawValue, "msg/s", "byte/s", "total", "errors", "p50", "p95"])
        for row in rows.prefix(options.isTerminal ? Self.mostRows : .max) {
            text.add([
                String(CleanText.of(row.name).suffix(40)), Self.rate(row.rate), Quantity.text(bytes: Int(row.byteRate)),
                Quantity.text(count: row.count), row.errors > 0 ? Quantity.text(count: row.errors) : "",
                row.p50.map { Quantity.text($0) } ?? "", row.p95.map { Quantity.text($0) } ?? "",
            ])
        }
        let counts = "\(Quantity.text(count: total)) messages, \(table.unanswered) unanswered"
        let head = "\(counts), \(Quantity.text(count: losses.total)) lost\n"
        // Home, clear to the end: no flicker, and what was above the table stays in the terminal's memory.
        return (options.isTerminal ? "\u{1B}[H\u{1B}[J" : "") + head + text.text + (options.isTerminal ? "" : "\n")
    }

    private static func rate(_ rate: Double) -> String {
        let tenths = Int((rate * 10).rounded())
        return tenths < 1_000 ? "\(tenths / 10).\(tenths % 10)" : Quantity.text(count: UInt64(tenths / 10))
    }

    private func json(_ rows: [TopTable.Row]) -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        writer.object { line in
            line.field("messages", Int(clamping: total))
            line.field("unanswered", table.unanswered)
            line.field("lost", Int(clamping: losses.total))
            line.field("by", options.grouping.rawValue)
            line.field(
                "rows",
                array: { rowsWriter in
                    for row in rows { rowsWriter.object { Self.write(row, &$0) } }
                }
            )
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func write(_ row: TopTable.Row, _ line: inout JSONWriter) {
        line.field("name", row.name)
        line.field("total", Int(clamping: row.count))
        line.field("per_s", row.rate)
        line.field("bytes_per_s", row.byteRate)
        line.field("errors", Int(clamping: row.errors))
        line.optional("p50_us", row.p50.map(Filter.microseconds))
        line.optional("p95_us", row.p95.map(Filter.microseconds))
    }
}
