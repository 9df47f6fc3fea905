import Loop

/// What workers say, and what the board makes of it. Every word about an image carries its lease; a word with a
/// lease that is no longer the image's changes nothing, except that a finished picture is always welcome.
extension JobBoard {
    /// A worker said hello. Answers which of the images that it holds it may keep and which it should drop.
    ///
    /// A hello by itself keeps a lease alive no longer than an offer: a worker that can speak and not hear says hello
    /// for ever. One that heard the welcome renews at once.
    mutating func workerJoined(_ id: WorkerID, holding: [Holding], now: Moment)
        -> (keep: [String], drop: [String], actions: [Action])
    {
        var actions: [Action] = []
        for (other, state) in workers where other.instance == id.instance && other.boot != id.boot && state.hasEnded {
            actions += workerReplaced(other, holding: holding, now: now)
        }
        var keep: [String] = []
        var drop: [String] = []
        for held in holding {
            // A picture is heard of even where its image has ended: what it cost goes on record.
            guard held.isFinished || units[held.unit]?.lease == held.lease else {
                drop.append(held.unit)
                continue
            }
            keep.append(held.unit)
            guard var unit = units[held.unit], unit.lease == held.lease, unit.state != .settling else { continue }
            unit.worker = id
            unit.state = .leased(until: max(unit.leaseEnd ?? now, now + limits.accept))
            update(unit)
        }
        let underWay = units.values.count { $0.worker == id && $0.state == .leasing }
        setWorker(id, WorkerState(sent: underWay))
        for name in timed where !keep.contains(name) {
            guard var unit = units[name], unit.worker == id else { continue }
            actions += neverHeld(&unit, now: now)
        }
        return (keep, drop, actions)
    }

    /// A living worker doesn't have the image that it was given: the offer was lost on its way, or the worker let go
    /// of it. Nobody died of it.
    private mutating func neverHeld(_ unit: inout Unit, now: Moment) -> [Action] {
        guard unit.checkpoint == nil else { return putBack(&unit, why: .inDoubt, now: now) }
        unit.attempt -= 1
        return putBack(&unit, why: .workerLeft, now: now)
    }

    /// The instance came back as another process: what it doesn't hold any more died with the former one.
    private mutating func workerReplaced(_ old: WorkerID, holding: [Holding], now: Moment) -> [Action] {
        var actions: [Action] = []
        for name in timed {
            guard var unit = units[name], unit.worker == old else { continue }
            if holding.contains(where: { $0.unit == unit.id && $0.lease == unit.lease }) { continue }
            actions += lostHold(&unit, now: now)
        }
        setWorker(old, nil)
        return actions
    }

    /// It is gone. Where its connection broke it keeps its images for a while: most cuts heal. One that is only silent
    /// may be at work behind a network that holds its words back, or stand still: it keeps them for as long as its
    /// leases last.
    mutating func workerLeft(_ id: WorkerID, isSilent: Bool = false, now: Moment) {
        guard var worker = workers[id] else { return }
        worker.goneUntil = now + (isSilent ? max(limits.grace, limits.lease) : limits.grace)
        worker.isSilent = isSilent
        setWorker(id, worker)
    }

    /// It didn't come back in time.
    mutating func workerLost(_ id: WorkerID, now: Moment) -> [Action] {
        var actions: [Action] = []
        for name in timed {
            guard var unit = units[name], unit.worker == id else { continue }
            actions += lostHold(&unit, now: now)
        }
        setWorker(id, nil)
        return actions
    }

    private mutating func lostHold(_ unit: inout Unit, now: Moment) -> [Action] {
        switch unit.state {
        case .offered:
            unit.attempt -= 1
            return putBack(&unit, why: .workerLeft, now: now)
        case .leased:
            return crashed(&unit, now: now)
        case .queued, .retryWait, .leasing, .settling:
            return []
        }
    }

    mutating func creditGranted(_ id: WorkerID, total: Int, now: Moment) -> [Action] {
        guard var worker = workers[id] else { return [] }
        worker.credit = max(worker.credit, total)
        worker.draining = false
        setWorker(id, worker)
        return dispatch(now: now)
    }

    mutating func draining(_ id: WorkerID) {
        guard var worker = workers[id] else { return }
        worker.draining = true
        setWorker(id, worker)
    }

    mutating func accepted(_ id: WorkerID, unit name: String, lease: String, now: Moment) -> [Action] {
        guard var unit = units[name], unit.lease == lease, unit.worker == id else {
            // It did get an offer that had lapsed, and with it spent a credit.
            countSent(to: id)
            return [.lost(unit: name, lease: lease, to: id)]
        }
        guard case .offered = unit.state else { return [] }
        unit.state = .leased(until: now + limits.lease)
        update(unit)
        return []
    }

    /// It doesn't want the image now; that is no attempt.
    mutating func rejected(_ id: WorkerID, unit name: String, lease: String, retryAfter: Duration, now: Moment)
        -> [Action]
    {
        guard var unit = held(name, lease) else { return [] }
        unit.attempt -= 1
        return putBack(&unit, why: .rejected, after: retryAfter, now: now) + dispatch(now: now)
    }

    /// It gives the image back because it is leaving; that is no attempt of the image's. Where money may have been spent
    /// that is in doubt and on record, and the next submission is counted as one more.
    mutating func released(_ id: WorkerID, unit name: String, lease: String, now: Moment) -> [Action] {
        guard var unit = held(name, lease) else { return [] }
        unit.attempt -= 1
        let why: RequeueReason = unit.checkpoint == nil ? .released : .inDoubt
        return putBack(&unit, why: why, now: now) + dispatch(now: now)
    }

    mutating func renewed(_ id: WorkerID, unit name: String, lease: String, now: Moment) -> [Action] {
        guard var unit = held(name, lease) else { return [.lost(unit: name, lease: lease, to: id)] }
        unit.worker = id
        unit.state = .leased(until: now + limits.lease)
        update(unit)
        return [.renewed(unit: name, lease: lease, cancel: unit.cancelRequested, to: id)]
    }

    mutating func reached(_ checkpoint: Checkpoint, _ id: WorkerID, unit name: String, lease: String, now: Moment)
        -> [Action]
    {
        guard var unit = held(name, lease) else { return [.lost(unit: name, lease: lease, to: id)] }
        if unit.cancelRequested, checkpoint == .submitting {
            return [.cancel(unit: name, lease: lease, why: .requested, to: id)]
        }
        unit.state = .leased(until: now + limits.lease)
        update(unit)
        return [.commit(Change(unit: name, job: unit.job, kind: .checkpoint(checkpoint), worker: id, lease: lease))]
    }

    /// A picture. The first valid one wins, whichever attempt it came from: its bytes are paid for.
    mutating func finished(_ id: WorkerID, unit name: String, lease: String, now: Moment) -> [Action] {
        guard var unit = units[name] else { return [.settled(unit: name, lease: lease, to: id)] }
        guard unit.state != .settling else { return [] }
        return settle(&unit, .done, by: id, lease: lease)
    }

    /// A typed failure. Only the holder of the lease may report one.
    mutating func failed(_ id: WorkerID, unit name: String, lease: String, _ failure: Failure, now: Moment)
        -> [Action]
    {
        guard var unit = held(name, lease) else { return [.settled(unit: name, lease: lease, to: id)] }
        if unit.cancelRequested { return settle(&unit, .cancelled, by: id, lease: lease) }
        guard failure.isRetryable, unit.attempt < limits.attempts else {
            return settle(&unit, .failed(failure), by: id, lease: lease)
        }
        let delay = failure.retryAfter ?? Self.backoff(attempt: unit.attempt)
        return putBack(&unit, why: .retry, after: delay, now: now)
            + [.settled(unit: name, lease: lease, to: id)]
            + dispatch(now: now)
    }

    /// The worker has stopped, as it was told.
    mutating func cancelled(_ id: WorkerID, unit name: String, lease: String, now: Moment) -> [Action] {
        guard var unit = held(name, lease) else { return [.settled(unit: name, lease: lease, to: id)] }
        return settle(&unit, .cancelled, by: id, lease: lease)
    }

    /// The owner wants no more of it.
    mutating func cancelRequested(unit name: String, now: Moment) -> [Action] {
        guard var unit = units[name], !unit.cancelRequested else { return [] }
        switch unit.state {
        case .queued, .retryWait:
            return settle(&unit, .cancelled)
        case .leasing:
            unit.cancelRequested = true
            update(unit)
            return []
        case .offered, .leased:
            unit.cancelRequested = true
            update(unit)
            var actions: [Action] = [.commit(Change(unit: name, job: unit.job, kind: .cancelRequested))]
            if let worker = unit.worker, let lease = unit.lease {
                actions.append(.cancel(unit: name, lease: lease, why: .requested, to: worker))
            }
            return actions
        case .settling:
            return []
        }
    }

    /// The image, when this lease is the one that counts and no end is being written.
    private func held(_ name: String, _ lease: String) -> Unit? {
        guard let unit = units[name], unit.lease == lease else { return nil }
        switch unit.state {
        case .offered, .leased: return unit
        case .queued, .retryWait, .leasing, .settling: return nil
        }
    }

    /// 1, 2, 4, 8 … seconds, at most 30.
    static func backoff(attempt: Int) -> Duration {
        .seconds(min(30, 1 << min(5, max(0, attempt - 1))))
    }
}
