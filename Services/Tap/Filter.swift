/// Which messages to show: terms that must all hold, judged by headers alone, never by a payload.
///
/// | term | holds when |
/// |---|---|
/// | `kind=job.*,audit.*` | the kind fits one of the patterns |
/// | `source=gateway,image-worker/w2` | the sender's service fits, or with a slash its service/instance |
/// | `link=jobs`, `direction=in` | the observer's link or direction fits |
/// | `job=…` `correlation=…` `id=…` `reply=…` `causation=…` | the id fits, or ends with at least four given characters |
/// | `attempt=2` | the try |
/// | `size>1M` `payload>64k` `attachments>1M` | bytes in all, of the payload, of the attachments |
/// | `ttl<500ms` `latency>80ms` | the time left at sending; the time since the request, for replies |
/// | `error` | the kind tells of a failure |
///
/// `!=` negates `=`; an absent field fits no pattern and is smaller and larger than nothing.
struct Filter: Sendable, Equatable {
    enum Text: String, Sendable, CaseIterable {
        case kind, source, link, direction, job, correlation, id, reply, causation, attempt
    }

    enum Measure: String, Sendable, CaseIterable {
        case size, payload, attachments, ttl, latency

        var isTime: Bool { self == .ttl || self == .latency }
    }

    enum Comparison: String, Sendable, CaseIterable {
        case atLeast = ">="
        case atMost = "<="
        case over = ">"
        case under = "<"
    }

    enum Term: Sendable, Equatable {
        case text(Text, [Glob], negated: Bool)
        /// Bytes or microseconds.
        case measure(Measure, Comparison, Int64)
        case error(negated: Bool)
    }

    private(set) var terms: [Term] = []

    /// Shows everything.
    init() {}

    init(_ terms: [String]) throws(UsageError) {
        for term in terms { self.terms.append(try Self.parse(term)) }
    }

    // MARK: Judging

    /// Whether all terms hold. `latency` is known for replies whose request was seen.
    func matches(_ sighting: Sighting, latency: Duration? = nil) -> Bool {
        terms.allSatisfy { holds($0, sighting, latency) }
    }

    private func holds(_ term: Term, _ sighting: Sighting, _ latency: Duration?) -> Bool {
        switch term {
        case .error(let negated):
            return sighting.isError != negated
        case .text(let field, let patterns, let negated):
            return fits(field, patterns, sighting) != negated
        case .measure(let measure, let comparison, let limit):
            guard let value = value(of: measure, sighting, latency) else { return false }
            switch comparison {
            case .over: return value > limit
            case .under: return value < limit
            case .atLeast: return value >= limit
            case .atMost: return value <= limit
            }
        }
    }

    private func fits(_ field: Text, _ patterns: [Glob], _ sighting: Sighting) -> Bool {
        let header = sighting.header
        let value: String?
        switch field {
        case .kind: value = header.kind
        case .link: value = sighting.link
        case .direction: value = sighting.direction.rawValue
        case .attempt: value = header.attempt.map { String($0) }
        case .source:
            let full = "\(header.service)/\(header.instance)"
            return patterns.contains { $0.matches($0.namesInstance ? full : header.service) }
        case .job: return fits(patterns, id: header.job)
        case .correlation: return fits(patterns, id: header.correlation)
        case .id: return fits(patterns, id: header.id)
        case .reply: return fits(patterns, id: header.replyTo)
        case .causation: return fits(patterns, id: header.causation)
        }
        guard let value else { return false }
        return patterns.contains { $0.matches(value) }
    }

    /// Lines show the ends of ids, so the end of one is enough to ask for it.
    private func fits(_ patterns: [Glob], id: String?) -> Bool {
        guard let id else { return false }
        return patterns.contains { pattern in
            pattern.matches(id) || (pattern.isLiteral && pattern.prefix.count >= 4 && id.hasSuffix(pattern.prefix))
        }
    }

    private func value(of measure: Measure, _ sighting: Sighting, _ latency: Duration?) -> Int64? {
        switch measure {
        case .size: Int64(sighting.totalBytes)
        case .payload: Int64(sighting.payloadBytes)
        case .attachments: Int64(sighting.attachmentBytes)
        case .ttl: sighting.header.timeToLive.map(Self.microseconds)
        case .latency: latency.map(Self.microseconds)
        }
    }

    static func microseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
    }
}
