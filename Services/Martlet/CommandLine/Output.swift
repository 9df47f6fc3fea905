import JSON

/// Answers of the gateway, as a person or a script reads them.
enum Output {
    /// One line of JSON.
    static func json(_ value: JSONValue) {
        var writer = JSONWriter()
        writer.value(value)
        Terminal.write(writer.bytes + [UInt8(ascii: "\n")])
    }

    /// A value in a cell.
    static func text(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null: "–"
        case .string(let text): text
        case .number(let literal): literal
        case .bool(let truth): truth ? "yes" : "no"
        case .array(let elements) where elements.isEmpty: "–"
        case .array(let elements): elements.map { text($0) }.joined(separator: ", ")
        case .object(let members): members.map { "\($0.name) \(text($0.value))" }.joined(separator: ", ")
        }
    }

    /// To a hundredth of a cent: `0.4993 USD`.
    static func dollars(_ amount: Double) -> String {
        let units = Int((amount * 10_000).rounded())
        return "\(units / 10_000).\(String(units % 10_000 + 10_000).dropFirst()) USD"
    }

    /// Rows under their heads, columns as wide as they need to be.
    static func table(_ heads: [String], _ rows: [[String]]) {
        let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
            return String(padded.reversed().drop { $0 == " " }.reversed())
        }
        Terminal.line(Terminal.styled(line(heads), .bold))
        for row in rows { Terminal.line(line(row)) }
    }

    /// The answer's `items` as a table of these members, or all of it as JSON.
    static func list(_ answer: JSONValue, _ members: [(head: String, name: String)], asJSON: Bool) {
        if asJSON { return json(answer) }
        let items = answer["items"]?.array ?? answer.array ?? []
        table(members.map(\.head), items.map { item in members.map { text(item[$0.name]) } })
    }
}
