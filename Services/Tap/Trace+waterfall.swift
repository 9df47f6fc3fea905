extension Trace {
    /// A line of the waterfall: a step with its place in the tree of causes and in time.
    struct Row: Sendable, Equatable {
        let step: Step
        /// How many steps caused each other up to here.
        let depth: Int
        /// The id of the step that caused it.
        let parent: String?
        /// Microseconds since the first step.
        let begin: Int64
        /// Microseconds until the last step that came of it, or until it was received.
        let end: Int64
    }

    /// All steps, each below the one that caused it, brothers in the order of time.
    ///
    /// A step's cause is what it answers; or what its header names; or the question of its kind about the same try of
    /// its job. Clocks of two machines differ, so a step may seem to begin before its cause.
    var rows: [Row] {
        guard let first = steps.map(\.at).min() else { return [] }
        let parents = self.parents
        var children: [Int: [Int]] = [:]
        for place in byTime { children[parents[place] ?? -1, default: []].append(place) }
        let ends = self.ends(children)
        var rows: [Row] = []
        var stack = (children[-1] ?? []).reversed().map { ($0, 0) }
        while let (place, depth) = stack.popLast() {
            let step = steps[place]
            rows.append(
                Row(
                    step: step,
                    depth: depth,
                    parent: parents[place].map { steps[$0].sighting.header.id },
                    begin: step.at - first,
                    end: max(step.at, ends[place]) - first
                )
            )
            stack += (children[place] ?? []).reversed().map { ($0, depth + 1) }
        }
        return rows
    }

    private var byTime: [Int] { steps.indices.sorted { (steps[$0].at, $0) < (steps[$1].at, $1) } }

    /// Each step's cause by its place; only what stands earlier can be one, so that there is no circle.
    private var parents: [Int?] {
        var parents = [Int?](repeating: nil, count: steps.count)
        var ranks = [Int](repeating: 0, count: steps.count)
        var named: [String: Int] = [:]
        let places = Dictionary(uniqueKeysWithValues: steps.enumerated().map { ($1.sighting.header.id, $0) })
        for (rank, place) in byTime.enumerated() { ranks[place] = rank }
        for place in byTime {
            let header = steps[place].sighting.header
            let asked = (Exchange.questions[header.kind] ?? []).sorted().lazy
                .compactMap { Exchange.name($0, header).flatMap { named[$0] } }.first
            let cause = header.causation.flatMap { places[$0] }
            let candidates = [header.replyTo.flatMap { places[$0] }, asked, cause]
            parents[place] = candidates.lazy.compactMap { $0 }.first { ranks[$0] < ranks[place] }
            if let name = Exchange.name(header.kind, header) { named[name] = place }
        }
        return parents
    }

    /// When each step and all that came of it was over.
    private func ends(_ children: [Int: [Int]]) -> [Int64] {
        var ends = steps.map { max($0.at, $0.receivedAt ?? $0.at) }
        for place in byTime.reversed() {
            for child in children[place] ?? [] { ends[place] = max(ends[place], ends[child]) }
        }
        return ends
    }
}
