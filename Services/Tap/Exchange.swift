/// What answers what, by kind: the conversations of the wire protocol.
///
/// An answer names its question by `reply_to` or `causation`, or else is about the same try of the same job.
enum Exchange {
    /// Each kind that asks, with the kinds that answer it.
    static let answers: [String: Set<String>] = [
        "service.hello": ["service.welcome"],
        "job.offer": ["job.accept", "job.reject"],
        "job.renew": ["job.lease"],
        "job.checkpoint": ["job.checkpointed"],
        "job.cancel": ["job.cancelled"],
        "job.done": ["job.settled"],
        "job.failed": ["job.settled"],
        "health.request": ["health.credential"],
        "health.ping": ["health.status"],
        "health.status": ["health.noted"],
        "audit.append": ["audit.appended"],
        "audit.query": ["audit.page"],
    ]

    /// The same the other way round.
    static let questions: [String: Set<String>] = answers.reduce(into: [:]) { table, entry in
        for answer in entry.value { table[answer, default: []].insert(entry.key) }
    }

    /// Whether the message asks for one. A status that answers a ping is acknowledged by nobody.
    static func isQuestion(_ header: Sighting.Header) -> Bool {
        answers[header.kind] != nil && (header.kind != "health.status" || header.replyTo == nil)
    }

    /// Whether a message of that kind may answer the other; an error answers anything.
    static func answers(_ answer: String, _ question: String) -> Bool {
        answer == "service.error" || answers[question]?.contains(answer) == true
    }

    /// What a question and its answers have in common where no id binds them.
    static func name(_ kind: String, _ header: Sighting.Header) -> String? {
        header.job.map { "\(kind) \($0) \(header.attempt ?? 0)" }
    }
}
