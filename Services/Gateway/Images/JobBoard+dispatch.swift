import Loop

extension JobBoard {
    /// Gives waiting images to workers that have credit, the least busy worker first.
    mutating func dispatch(now: Moment) -> [Action] {
        var actions: [Action] = []
        while let worker = leastBusyWorker(), let name = line.take() {
            guard var unit = units[name] else { continue }
            unit.attempt += 1
            let lease = tokens.next(attempt: unit.attempt)
            unit.lease = lease
            unit.worker = worker
            unit.checkpoint = nil
            unit.state = .leasing
            update(unit)
            countSent(to: worker)
            actions.append(
                .commit(
                    Change(
                        unit: name,
                        job: unit.job,
                        kind: .leased(attempt: unit.attempt),
                        worker: worker,
                        lease: lease
                    )
                )
            )
        }
        return actions
    }

    private func leastBusyWorker() -> WorkerID? {
        workers.filter { $0.value.hasCredit }
            .max { left, right in
                let (mine, theirs) = (left.value.credit - left.value.sent, right.value.credit - right.value.sent)
                return mine == theirs ? left.key.instance > right.key.instance : mine < theirs
            }?
            .key
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
