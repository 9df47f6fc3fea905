/// Questions and their answers, as the asker saw them: a machine.
///
/// Both moments are taken from the asker's own observations (it sent the one and received the other), so one clock
/// measures the round trip, whatever the others' clocks say. What is never answered stays, and can be listed.
struct Pairs: Sendable {
    /// A question with its answer.
    struct Pair: Sendable, Equatable {
        let question: Sighting
        let answer: Sighting
        /// From sending the one to receiving the other.
        let latency: Duration
    }

    private struct Name: Hashable {
        let observer: Sighting.Observer
        let text: String
    }

    private struct Open: Sendable {
        let question: Sighting
        let number: UInt64
    }

    private struct Turn: Sendable {
        let name: Name
        let number: UInt64
    }

    private let mostOpen: Int
    private var open: [Name: Open] = [:]
    /// The latest question of a kind about a try, by its id.
    private var latest: [Name: String] = [:]
    private var order: [Turn] = []
    private var asked: UInt64 = 0
    private var oldest = 0
    /// Questions given up because there were too many, by kind.
    private(set) var forgotten: UInt64 = 0

    /// - Parameter mostOpen: questions that wait for an answer at most; past it the oldest are forgotten, and counted.
    init(mostOpen: Int = 8_192) {
        precondition(mostOpen > 0, "a table without room")
        self.mostOpen = mostOpen
    }

    /// Questions without an answer so far, in the order in which they were asked.
    var unanswered: [Sighting] { order[oldest...].compactMap { question(of: $0) } }

    private func question(of turn: Turn) -> Sighting? {
        open[turn.name].flatMap { $0.number == turn.number ? $0.question : nil }
    }

    /// Takes what somebody sent or received; gives the pair that it completes.
    mutating func take(_ sighting: Sighting) -> Pair? {
        switch sighting.direction {
        case .out:
            ask(sighting)
            return nil
        case .in:
            return answer(sighting)
        }
    }

    private mutating func ask(_ sighting: Sighting) {
        let header = sighting.header
        guard Exchange.isQuestion(header) else { return }
        let name = Name(observer: sighting.observer, text: header.id)
        guard open[name] == nil else { return }
        asked += 1
        open[name] = Open(question: sighting, number: asked)
        order.append(Turn(name: name, number: asked))
        if let text = Exchange.name(header.kind, header) {
            latest[Name(observer: sighting.observer, text: text)] = header.id
        }
        if open.count > mostOpen, let victim = oldestOpen() {
            forgotten += 1
            remove(victim)
        }
        tidy()
    }

    private mutating func answer(_ sighting: Sighting) -> Pair? {
        let header = sighting.header
        for id in [header.replyTo, header.causation].compactMap({ $0 }) + ids(of: sighting) {
            let name = Name(observer: sighting.observer, text: id)
            guard let question = open[name]?.question, Exchange.answers(header.kind, question.header.kind) else {
                continue
            }
            remove(name)
            let time = max(0, sighting.seenAt - question.seenAt)
            return Pair(question: question, answer: sighting, latency: .microseconds(time))
        }
        return nil
    }

    /// What it may answer by its job and try.
    private func ids(of answer: Sighting) -> [String] {
        (Exchange.questions[answer.header.kind] ?? []).sorted().compactMap { kind in
            Exchange.name(kind, answer.header).flatMap { latest[Name(observer: answer.observer, text: $0)] }
        }
    }

    private mutating func remove(_ name: Name) {
        guard let question = open.removeValue(forKey: name)?.question else { return }
        if let text = Exchange.name(question.header.kind, question.header) {
            let key = Name(observer: question.observer, text: text)
            if latest[key] == name.text { latest[key] = nil }
        }
    }

    private mutating func oldestOpen() -> Name? {
        while oldest < order.count {
            if question(of: order[oldest]) != nil { return order[oldest].name }
            oldest += 1
        }
        return nil
    }

    /// Drops what was answered from the order, once it is most of it.
    private mutating func tidy() {
        guard order.count > 2 * mostOpen else { return }
        order = order[oldest...].filter { question(of: $0) != nil }
        oldest = 0
    }
}
