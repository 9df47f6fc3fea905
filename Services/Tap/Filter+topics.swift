extension Filter {
    /// The most prefixes worth sending: past that, everything is taken and sorted out here.
    private static let mostTopics = 64

    /// What to subscribe to so that nothing that could match stays behind, and as little else as possible travels.
    ///
    /// A topic is `h.<observer>.<kind>`, with `p.` instead of `h.` for payloads. The kind's pattern narrows it by
    /// what stands before its first star; so do the sources, but only while the observer is the sender (`out`).
    /// A filter on latency needs the requests as well, so it narrows by neither.
    ///
    /// - Parameters:
    ///   - payloads: whether payloads are wanted.
    ///   - bothDirections: whether receivers' records are wanted too.
    ///   - services: every service that may publish.
    func topics(payloads: Bool, bothDirections: Bool, services: [String]) -> [String] {
        let head = payloads ? "p." : "h."
        guard !usesLatency else { return [head] }
        let kinds = prefixes(of: .kind)
        let observers = bothDirections ? nil : literalServices
        if kinds == nil, observers == nil { return [head] }
        var topics: Set<String> = []
        for service in observers ?? services {
            for kind in kinds ?? [""] { topics.insert("\(head)\(service).\(kind)") }
        }
        return topics.count > Self.mostTopics ? [head] : topics.sorted()
    }

    private var usesLatency: Bool {
        terms.contains { if case .measure(.latency, _, _) = $0 { true } else { false } }
    }

    /// What the values of a field begin with, when the first term on it leaves them any choice.
    private func prefixes(of field: Text) -> [String]? {
        for case .text(field, let patterns, negated: false) in terms {
            let prefixes = patterns.map(\.prefix)
            if !prefixes.contains("") { return prefixes }
        }
        return nil
    }

    /// The services that the sources name in full: `gateway` and `image-worker/*` do, `image*` does not.
    private var literalServices: [String]? {
        for case .text(.source, let patterns, negated: false) in terms {
            let services = patterns.compactMap { pattern -> String? in
                if pattern.isLiteral, !pattern.namesInstance { return pattern.prefix }
                guard let slash = pattern.prefix.firstIndex(of: "/") else { return nil }
                return String(pattern.prefix[..<slash])
            }
            if services.count == patterns.count { return services }
        }
        return nil
    }
}

extension Glob {
    /// Whether it is meant for service/instance.
    var namesInstance: Bool { text.contains("/") }
}
