/// Words of a command line; `--name=value` is two of them.
struct Arguments {
    private var words: ArraySlice<String>
    /// What stood behind the `=` of the option that ``next()`` gave last.
    private var attached: String?

    init(_ words: [String]) { self.words = words[...] }

    mutating func next() -> String? {
        attached = nil
        guard let word = words.popFirst() else { return nil }
        guard word.hasPrefix("--"), let equals = word.firstIndex(of: "=") else { return word }
        attached = String(word[word.index(after: equals)...])
        return String(word[..<equals])
    }

    mutating func value(for option: String) throws(UsageError) -> String {
        if let attached { return attached }
        guard let value = words.popFirst() else { throw UsageError("\(option) needs a value") }
        return value
    }

    mutating func count(for option: String) throws(UsageError) -> Int {
        let value = try value(for: option)
        guard let count = Int(value), count > 0 else {
            throw UsageError("\(option) \(value): a count of one or more is needed")
        }
        return count
    }

    mutating func duration(for option: String) throws(UsageError) -> Duration {
        let value = try value(for: option)
        guard let duration = Quantity.duration(value) else {
            throw UsageError("\(option) \(value): a time such as 500ms, 30s or 5m is needed")
        }
        return duration
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        for option: String
    ) throws(UsageError) -> Choice where Choice.RawValue == String {
        let value = try value(for: option)
        guard let choice = Choice(rawValue: value) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: " or ")
            throw UsageError("\(option) \(value): \(known) is needed")
        }
        return choice
    }
}
