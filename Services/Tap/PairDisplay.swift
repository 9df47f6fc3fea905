import JSON

/// Each question with its answer and the time between, and at the end what each kind took and what nobody answered.
struct PairDisplay: Display {
    private struct Sum: Sendable {
        var answered: UInt64 = 0
        var times = Distribution()
    }

    private(set) var shown = 0
    private let options: FollowOptions
    private let format: LineFormat
    private var pairs = Pairs()
    private var sums: [String: Sum] = [:]
    private var lastSeenAt: Int64 = 0

    /// Unanswered questions that are listed one by one; the others are counted.
    private static let mostListed = 1_000

    init(_ options: FollowOptions, _ format: LineFormat) {
        self.options = options
        self.format = format
    }

    var isComplete: Bool { options.limit.map { shown >= $0 } ?? false }

    mutating func take(_ sighting: Sighting) -> [UInt8]? {
        lastSeenAt = max(lastSeenAt, sighting.seenAt)
        guard let pair = pairs.take(sighting), !isComplete else { return nil }
        let isWanted = [pair.question, pair.answer].contains { options.filter.matches($0, latency: pair.latency) }
        guard isWanted else { return nil }
        shown += 1
        sums[pair.question.header.kind, default: Sum()].answered += 1
        sums[pair.question.header.kind, default: Sum()].times.take(pair.latency)
        return line(pair.question, pair.answer, pair.latency)
    }

    mutating func finish() -> [UInt8]? {
        let missing = pairs.unanswered.filter { options.filter.matches($0, latency: age($0)) }
        var bytes: [UInt8] = []
        for question in missing.prefix(Self.mostListed) { bytes += line(question, nil, age(question)) }
        bytes += options.output == .json ? jsonSummary(missing) : Array(summary(missing).utf8)
        return bytes
    }

    private func age(_ question: Sighting) -> Duration { .microseconds(max(0, lastSeenAt - question.seenAt)) }

    // MARK: Lines

    private func line(_ question: Sighting, _ answer: Sighting?, _ time: Duration) -> [UInt8] {
        guard options.output == .json else { return Array((format.line(question, answer, time) + "\n").utf8) }
        var writer = JSONWriter(capacity: 1_024)
        writer.object { line in
            line.field("question", raw: JSONFormat.line(question, latency: nil))
            if let answer { line.field("answer", raw: JSONFormat.line(answer, latency: nil)) }
            line.field(answer == nil ? "unanswered_us" : "latency_us", Filter.microseconds(time))
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private func kinds(_ missing: [Sighting]) -> [(kind: String, sum: Sum, missing: Int)] {
        let counts = missing.reduce(into: [String: Int]()) { $0[$1.header.kind, default: 0] += 1 }
        return Set(sums.keys).union(counts.keys).sorted().map { ($0, sums[$0] ?? Sum(), counts[$0] ?? 0) }
    }

    private func summary(_ missing: [Sighting]) -> String {
        var table = TextTable(["question", "answered", "unanswered", "p50", "p95", "p99", "max"])
        for (kind, sum, missing) in kinds(missing) {
            let times = [50, 95, 99].map { sum.times.percentile($0).map { Quantity.text($0) } ?? "" }
            let longest = sum.answered > 0 ? Quantity.text(sum.times.longest) : ""
            table.add([kind, Quantity.text(count: sum.answered), "\(missing)"] + times + [longest])
        }
        guard !table.isEmpty else { return "" }
        let forgotten = pairs.forgotten > 0 ? "\(Quantity.text(count: pairs.forgotten)) more were unanswered\n" : ""
        return "\n" + table.text + forgotten
    }

    private func jsonSummary(_ missing: [Sighting]) -> [UInt8] {
        kinds(missing).flatMap { kind, sum, missing in
            var writer = JSONWriter(capacity: 256)
            writer.object { line in
                line.field("summary", kind)
                line.field("answered", Int(clamping: sum.answered))
                line.field("unanswered", missing)
                for percent in [50, 95, 99] {
                    line.optional("p\(percent)_us", sum.times.percentile(percent).map(Filter.microseconds))
                }
                if sum.answered > 0 { line.field("max_us", Filter.microseconds(sum.times.longest)) }
            }
            return writer.bytes + [UInt8(ascii: "\n")]
        }
    }
}

extension LineFormat {
    /// A question and its answer on one line; without an answer, for how long there has been none.
    func line(_ question: Sighting, _ answer: Sighting?, _ time: Duration) -> String {
        let (asked, ink) = (question.header, ink)
        let words = [
            ink.paint(timeOfDay(question.seenAt), .faint),
            ink.paint(CleanText.padded(CleanText.of(question.link), 7), .faint),
            CleanText.padded(sender(asked), Self.senderWidth),
            ink.paint("→", .faint),
            ink.paint(CleanText.padded(CleanText.of(asked.kind), 15), Ink.tone(of: question)),
            CleanText.padded(answer.map { sender($0.header) } ?? "", Self.senderWidth),
            ink.paint("→", .faint),
            answer.map { ink.paint(CleanText.padded(CleanText.of($0.header.kind), 16), Ink.tone(of: $0)) }
                ?? ink.paint(CleanText.padded("unanswered", 16), .alarm),
            CleanText.padded(subject(asked), 11),
            CleanText.leftPadded(Quantity.text(time), 6),
        ]
        return words.joined(separator: " ")
    }
}
