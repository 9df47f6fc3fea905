import Loop
import Wire

/// What the gateway says.
extension WorkerMachine {
    /// A session begins. What was held is the worker's or not by the gateway's word; credit starts anew.
    mutating func welcomed(keep: [String], drop: [String], lease: Duration, now: Moment) -> [Action] {
        isUp = true
        taken = 0
        granted = nil
        var actions: [Action] = []
        let dropped = Set(drop)
        let kept = Set(keep)
        for key in order {
            guard var entry = entries[key] else { continue }
            if dropped.contains(key.job) {
                actions += entry.stage.isRunning ? [.stop(key)] : [.forget(key)]
                remove(key)
                continue
            }
            guard kept.contains(key.job) else { continue }
            entry.isDoubtful = false
            entry.isLost = false
            entry.lease = lease
            restart(&entry, now: now)
            switch entry.stage {
            case .asking(let since, _): entry.stage = .asking(since: since, again: now)
            case .finished: entry.stage = .finished(next: now, pause: limits.resultAgain)
            default: break
            }
            // The gateway prolongs a lease only for one who proves that the welcome arrived.
            if entry.stage.isRunning { entry.renewAt = now }
            entries[key] = entry
        }
        if isDraining { actions.append(.announceDrain) }
        return actions + due(now) + grant()
    }

    /// The session is over.
    mutating func wentDown() -> [Action] {
        isUp = false
        return drainedIfIdle()
    }

    /// An image is offered.
    mutating func offered(_ key: JobKey, lease: Duration, now: Moment) -> [Action] {
        if let entry = entries[key] { return entry.stage.isRunning ? [.accept(key)] : due(now) }
        taken += 1
        if isDraining { return [.reject(key, reason: "draining", retryAfterMs: 0)] }
        if isSpoolFull { return [.reject(key, reason: "spool_full", retryAfterMs: 5_000)] + grant() }
        if isStuck { return [.reject(key, reason: "stuck", retryAfterMs: 5_000)] }
        guard running < limits.slots else {
            return [.reject(key, reason: "busy", retryAfterMs: 1_000)] + grant()
        }
        var actions: [Action] = []
        for old in order where old.job == key.job && entries[old]?.stage.isRunning == true {
            // The same image with a new token: the former try is over, whatever it thinks.
            actions.append(.stop(old))
            remove(old)
        }
        var entry = Entry(
            key: key,
            stage: .preparing,
            phase: .initialise,
            lease: lease,
            renewAt: now,
            leaseEnds: now,
            stepAllowed: now
        )
        restart(&entry, now: now)
        add(entry)
        return actions + [.accept(key), .start(key)]
    }

    /// The checkpoint before the submission is committed.
    mutating func checkpointed(_ key: JobKey, now: Moment) -> [Action] {
        guard var entry = entries[key], case .asking = entry.stage else { return [] }
        entry.stage = .calling(since: now)
        entry.phase = .call
        entries[key] = entry
        return [.proceed(entry.key)]
    }

    /// The answer to a renewal.
    mutating func leased(_ key: JobKey, lease: Duration, cancel: Bool, lost: Bool, now: Moment) -> [Action] {
        if cancel { return cancelled(key) }
        guard var entry = entries[key] else { return [] }
        if lost {
            guard !entry.stage.isRunning else {
                remove(key)
                return [.stop(entry.key)] + grant()
            }
            // The picture is paid for, so it is offered once more: the first valid one wins.
            entry.isLost = true
            entry.isDoubtful = false
            entries[key] = entry
            return due(now)
        }
        entry.isDoubtful = false
        if lease > .zero { entry.lease = lease }
        restart(&entry, now: now)
        entries[key] = entry
        return due(now)
    }

    /// Nobody wants it any more. Asked again, the answer is the same.
    mutating func cancelled(_ key: JobKey) -> [Action] {
        guard let entry = entries[key] else {
            let known = answers.last { $0.job == key }?.answer
            return [.cancelled(key, known ?? JobCancelled(effect: .unknown))]
        }
        switch entry.stage {
        case .preparing, .asking, .calling:
            return end(entry, JobCancelled(effect: .stopped))
        case .answered:
            return end(entry, JobCancelled(effect: .tooLate, spent: entry.spent))
        case .finished:
            return [.cancelled(entry.key, JobCancelled(effect: .tooLate, spent: entry.spent))]
        }
    }

    private mutating func end(_ entry: Entry, _ answer: JobCancelled) -> [Action] {
        remove(entry.key)
        answers.append((entry.key, answer))
        if answers.count > limits.answers { answers.removeFirst() }
        return [.stop(entry.key), .cancelled(entry.key, answer)] + grant()
    }

    /// The gateway has the result, or wants none.
    mutating func settled(_ key: JobKey) -> [Action] {
        guard let entry = entries[key] else { return [.forget(key)] }
        remove(key)
        let actions: [Action] = entry.stage.isRunning ? [.stop(key)] : [.forget(key)]
        return actions + grant() + drainedIfIdle()
    }

    /// The lease runs anew from now.
    private func restart(_ entry: inout Entry, now: Moment) {
        entry.renewAt = now + entry.lease / 3
        entry.leaseEnds = now + entry.lease
    }
}
