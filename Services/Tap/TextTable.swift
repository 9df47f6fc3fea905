/// Columns as wide as they need to be; the first is aligned to the left, the others to the right.
struct TextTable: Sendable {
    private var rows: [[String]]

    init(_ head: [String]) { rows = [head] }

    /// Whether there is nothing below the head.
    var isEmpty: Bool { rows.count < 2 }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// The lines, each with its end.
    var text: String {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.reduce(into: "") { text, row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += column == 0 ? CleanText.padded(cell, widths[0]) : CleanText.leftPadded(cell, widths[column] + 2)
            }
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
    }
}
