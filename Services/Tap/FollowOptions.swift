/// How to follow, or to show what was recorded.
struct FollowOptions: Sendable, Equatable {
    /// What is made of the messages.
    enum Mode: String, Sendable {
        case messages, pair, top, trace, record
    }

    enum Output: String, Sendable, CaseIterable { case line, json, format }

    enum Colour: String, Sendable, CaseIterable { case auto, always, never }

    var mode = Mode.messages
    var filter = Filter()
    /// Ends after that many messages, pairs or tables shown.
    var count: Int?
    /// Ends after that long.
    var length: Duration?
    /// Waits for messages that must come: whether they did is the exit code.
    var expects = false
    /// How long to wait for them.
    var timeout: Duration = .seconds(10)
    var output = Output.line
    /// The line of `-o format`.
    var template: Template?
    var colour = Colour.auto
    var showsPayload = false
    var showsBothDirections = false
    /// Nothing on stderr but errors.
    var isQuiet = false
    /// The hub's address, when not the environment's.
    var hub: String?
    /// What `trace` is about.
    var root = ""
    /// The recording to write or to read; `-` for the standard stream.
    var path: String?
    /// What `top` counts by.
    var grouping = TopTable.Grouping.kind
    /// How often `top` looks.
    var interval: Duration = .seconds(2)
    /// Whether standard output is a terminal, so that a table may be drawn in place.
    var isTerminal = false

    /// Follows everything, for ever.
    init() {}

    /// - Parameter readsFile: the first word is a recording to read.
    init(_ arguments: [String], _ mode: Mode = .messages, readsFile: Bool = false) throws(UsageError) {
        self.mode = mode
        var words = Arguments(arguments)
        var operands: [String] = []
        while let word = words.next() {
            if try take(word, &words) { continue }
            if word.hasPrefix("-"), word != "-" { throw UsageError("unknown option '\(word)'") }
            operands.append(word)
        }
        if readsFile || self.mode == .record, !operands.isEmpty { path = operands.removeFirst() }
        if self.mode == .trace, root.isEmpty, !operands.isEmpty { root = operands.removeFirst() }
        filter = try Filter(operands)
        try check()
    }

    private mutating func take(_ word: String, _ words: inout Arguments) throws(UsageError) -> Bool {
        switch word {
        case "-c", "--count": count = try words.count(for: word)
        case "--for": length = try words.duration(for: word)
        case "--timeout": timeout = try words.duration(for: word)
        case "--expect": expects = true
        case "-o", "--output": output = try words.choice(for: word)
        case "-f", "--format":
            template = try Template(try words.value(for: word))
            output = .format
        case "--color", "--colour": colour = try words.choice(for: word)
        case "--payload": showsPayload = true
        case "--both": showsBothDirections = true
        case "--pair": mode = .pair
        case "--trace":
            root = try words.value(for: word)
            mode = .trace
        case "--by": grouping = try words.choice(for: word)
        case "--every": interval = try words.duration(for: word)
        case "-q", "--quiet": isQuiet = true
        case "--hub": hub = try words.value(for: word)
        default: return false
        }
        return true
    }

    private func check() throws(UsageError) {
        if expects, length != nil { throw UsageError("--expect has --timeout; --for is for following") }
        if mode == .record, path == nil { throw UsageError("tap record needs a FILE, or - for standard output") }
        if mode == .trace, root.utf8.count < 4 {
            throw UsageError("a trace needs a job, correlation or message id, or four characters of its end")
        }
        if output == .format, mode != .messages {
            throw UsageError("-o format is for messages, not for \(mode.rawValue)")
        }
        if interval < .milliseconds(100) { throw UsageError("--every must be 100ms or more") }
    }

    /// When to stop at the latest, from the start.
    var deadline: Duration? { expects ? timeout : length }

    /// After how many messages shown to stop.
    var limit: Int? { count ?? (expects ? 1 : nil) }

    /// Whether receivers' records are wanted too.
    var needsBothDirections: Bool { showsBothDirections || mode != .messages }

    /// The topics to subscribe to. What relates messages needs those that the filter doesn't name as well.
    func topics(services: [String]) -> [String] {
        let chosen = mode == .messages || mode == .record ? filter : Filter()
        return chosen.topics(payloads: showsPayload, bothDirections: needsBothDirections, services: services)
    }

    /// What makes the output.
    func display(_ format: LineFormat) -> any Display {
        switch mode {
        case .messages: MessageDisplay(self, format)
        case .pair: PairDisplay(self, format)
        case .top: TopDisplay(self)
        case .trace: TraceDisplay(self, format)
        case .record: RecordDisplay(self)
        }
    }
}
