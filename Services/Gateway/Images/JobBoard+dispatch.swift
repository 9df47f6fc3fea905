import Loop

extension JobBoard {
    /// Gives waiting images to workers that have credit, the least busy worker first.
    mutating func dispatch(now: Moment) -> [Action] {
        if !suspects.isEmpty { return dispatchWithSuspects() }
        var actions: [Action] = []
        while let worker = leastBusy(workers.keys), let name = line.take() {
            actions += lease(name, to: worker)
        }
        return actions
    }

    /// As ``dispatch(now:)``, where images are at hand of which the next crash would be the last. Such a one is made
    /// alone, by a worker that has nothing else in hand and gets nothing else: if that dies too, the image is the cause,
    /// and nobody else is suspected for having been in its company.
    private mutating func dispatchWithSuspects() -> [Action] {
        var actions: [Action] = []
        var inHand: [WorkerID: Int] = [:]
        for unit in units.values where unit.lease != nil {
            if let worker = unit.worker { inHand[worker, default: 0] += 1 }
        }
        let taken = Set(suspects.compactMap { units[$0]?.lease == nil ? nil : units[$0]?.worker })
        var free = Set(
            workers.filter { $1.mayTakeMore && ($1.hasCredit || inHand[$0] != nil) && !taken.contains($0) }.keys
        )
        // The worker with the least in hand is kept free for the next suspect, which so has its turn soon.
        while let next = free.min(by: { (inHand[$0] ?? 0, $0.instance) < (inHand[$1] ?? 0, $1.instance) }),
            line.heads(where: suspects.contains)
        {
            free.remove(next)
            guard inHand[next] == nil, workers[next]?.hasCredit == true,
                let name = line.take(where: suspects.contains)
            else { break }
            actions += lease(name, to: next)
        }
        while let worker = leastBusy(free), let name = line.take(where: { !suspects.contains($0) }) {
            actions += lease(name, to: worker)
        }
        return actions
    }

    private mutating func lease(_ name: String, to worker: WorkerID) -> [Action] {
        guard var unit = units[name] else { return [] }
        unit.attempt += 1
        let lease = tokens.next(attempt: unit.attempt)
        unit.lease = lease
        unit.worker = worker
        unit.checkpoint = nil
        unit.state = .leasing
        update(unit)
        countSent(to: worker)
        let kind = Change.Kind.leased(attempt: unit.attempt)
        return [.commit(Change(unit: name, job: unit.job, kind: kind, worker: worker, lease: lease))]
    }

    private func leastBusy(_ candidates: some Sequence<WorkerID>) -> WorkerID? {
        let willing = candidates.compactMap { id in
            workers[id].flatMap { $0.hasCredit ? (id: id, left: $0.credit - $0.sent) : nil }
        }
        return willing.max { ($0.left, $1.id.instance) < ($1.left, $0.id.instance) }?.id
    }

    /// Images in front of a job's first waiting one.
    func queuePosition(ofJob id: String) -> Int? { line.position(ofJob: id) }

    /// How long the image has been here that waits longest for nothing but a worker; zero when none does. One that
    /// waits for others of its job doesn't count: no worker could take it.
    func longestWait(now: Moment) -> Duration {
        line.heads.compactMap { units[$0]?.arrived }.min().map { now - $0 } ?? .zero
    }

    /// How many images stand in each state; with what has ended it must add up to what was submitted.
    func census() -> [String: Int] {
        var counts: [String: Int] = [:]
        for unit in units.values {
            let name =
                switch unit.state {
                case .queued: "queued"
                case .retryWait: "retry_wait"
                case .leasing, .offered: "offered"
                case .leased: "leased"
                case .settling: "settling"
                }
            counts[name, default: 0] += 1
        }
        return counts
    }
}
