/// What the command line asks for.
enum Command: Sendable, Equatable {
    case help
    case hub
    case follow(FollowOptions)

    /// Reads the arguments after the program's name. The first word names a command; without one, it follows.
    init(_ arguments: [String]) throws(UsageError) {
        // The hub is a service like the others, with their flags and their help.
        if arguments.first == "hub" {
            self = .hub
        } else if arguments.first == "help" || arguments.contains("-h") || arguments.contains("--help") {
            self = .help
        } else if let word = arguments.first, Self.comingCommands.contains(word) {
            throw UsageError("tap \(word) is not in this version")
        } else {
            self = .follow(try FollowOptions(arguments.first == "follow" ? Array(arguments.dropFirst()) : arguments))
        }
    }

    /// Names that stay free for what is to come, so that none of them becomes a filter by accident.
    private static let comingCommands: Set<String> = ["record", "show", "replay", "top", "pair", "trace"]
}

/// How to follow.
struct FollowOptions: Sendable, Equatable {
    enum Output: String, Sendable, CaseIterable { case line, json }

    enum Colour: String, Sendable, CaseIterable { case auto, always, never }

    var filter = Filter()
    /// Ends after that many messages shown.
    var count: Int?
    /// Ends after that long.
    var length: Duration?
    /// Waits for messages that must come: whether they did is the exit code.
    var expects = false
    /// How long to wait for them.
    var timeout: Duration = .seconds(10)
    var output = Output.line
    var colour = Colour.auto
    var showsPayload = false
    var showsBothDirections = false
    /// Nothing on stderr but errors.
    var isQuiet = false
    /// The hub's address, when not the environment's.
    var hub: String?

    /// Follows everything, for ever.
    init() {}

    init(_ arguments: [String]) throws(UsageError) {
        var words = Arguments(arguments)
        var filters: [String] = []
        while let word = words.next() {
            switch word {
            case "-c", "--count": count = try words.count(for: word)
            case "--for": length = try words.duration(for: word)
            case "--timeout": timeout = try words.duration(for: word)
            case "--expect": expects = true
            case "-o", "--output": output = try words.choice(for: word)
            case "--color", "--colour": colour = try words.choice(for: word)
            case "--payload": showsPayload = true
            case "--both": showsBothDirections = true
            case "-q", "--quiet": isQuiet = true
            case "--hub": hub = try words.value(for: word)
            default:
                if word.hasPrefix("-") { throw UsageError("unknown option '\(word)'") }
                filters.append(word)
            }
        }
        if expects, length != nil { throw UsageError("--expect has --timeout; --for is for following") }
        filter = try Filter(filters)
    }

    /// When to stop at the latest, from the start.
    var deadline: Duration? { expects ? timeout : length }

    /// After how many messages shown to stop.
    var limit: Int? { count ?? (expects ? 1 : nil) }
}

/// Words of a command line; `--name=value` is two of them.
private struct Arguments {
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
