import Loop
import Wire

/// What the work itself says, and what time brings.
extension WorkerMachine {
    /// A result that an earlier process left behind.
    mutating func adopted(_ key: JobKey, spent: Spent?, now: Moment) {
        guard entries[key] == nil else { return }
        add(
            Entry(
                key: key,
                stage: .finished(next: now, pause: limits.resultAgain),
                phase: .done,
                lease: .seconds(30),
                renewAt: now + .seconds(31_536_000),
                leaseEnds: now + .seconds(31_536_000),
                spent: spent,
                stepAllowed: now
            )
        )
    }

    /// Ready to call the provider: the gateway must know before money is spent.
    mutating func wantsToSubmit(_ key: JobKey, now: Moment) -> [Action] {
        guard var entry = entries[key], entry.stage == .preparing else { return [] }
        entry.stage = .asking(since: now, again: now)
        entries[key] = entry
        return due(now)
    }

    /// The provider's answer is here and costs what it costs.
    mutating func answered(_ key: JobKey, spent: Spent?) -> [Action] {
        guard var entry = entries[key], case .calling = entry.stage else { return [] }
        entry.stage = .answered
        entry.phase = .parse
        entry.spent = spent
        entries[key] = entry
        guard isUp else { return [] }
        return [.checkpoint(key, JobCheckpoint(phase: .submitted, spent: spent))]
    }

    /// The result, good or bad, is in the spool.
    mutating func finished(_ key: JobKey, now: Moment) -> [Action] {
        guard var entry = entries[key], entry.stage.isRunning else { return [.forget(key)] }
        entry.stage = .finished(next: now, pause: limits.resultAgain)
        entry.phase = .done
        entries[key] = entry
        return due(now) + grant() + drainedIfIdle()
    }

    /// Progress. The latest replaces the one before; a frame with a name waits for its turn and is never dropped, and
    /// nothing from before comes behind it.
    mutating func progressed(_ key: JobKey, _ step: JobStep, now: Moment) -> [Action] {
        guard var entry = entries[key], entry.stage.isRunning else { return [] }
        entry.phase = step.phase
        if step.frame != nil {
            if entry.frames.count < limits.frames { entry.frames.append(step) }
            entry.latest = nil
        } else {
            entry.latest = step
        }
        entries[key] = entry
        return due(now)
    }

    /// The link refused a named frame: it is the next to go.
    mutating func notSent(_ key: JobKey, _ step: JobStep) {
        guard step.frame != nil, entries[key]?.frames.count ?? limits.frames < limits.frames else { return }
        entries[key]?.frames.insert(step, at: 0)
    }

    /// The spool has room again, or none any more.
    mutating func spool(isFull: Bool) -> [Action] {
        isSpoolFull = isFull
        return grant()
    }

    /// The work's threads hang, or turn again.
    mutating func work(isStuck: Bool, now: Moment) -> [Action] {
        guard isStuck != self.isStuck else { return [] }
        self.isStuck = isStuck
        guard !isStuck else { return [] }
        for key in order where now >= entries[key]?.leaseEnds ?? now { doubt(key, now: now) }
        return due(now) + grant()
    }

    /// The image may be another's by now. Ask before anything else is said.
    private mutating func doubt(_ key: JobKey, now: Moment) {
        guard entries[key]?.isLost == false else { return }
        entries[key]?.isDoubtful = true
        entries[key]?.renewAt = now
    }

    // MARK: Leaving

    /// Takes nothing new; what runs may end by itself.
    mutating func drain() -> [Action] {
        guard !isDraining else { return [] }
        isDraining = true
        return (isUp ? [.announceDrain] : []) + drainedIfIdle()
    }

    /// The time for ending by itself is over: the rest goes back to the gateway. Results stay in the spool.
    mutating func releaseRest() -> [Action] {
        var actions: [Action] = []
        for key in order where entries[key]?.stage.isRunning == true {
            actions += [.stop(key)] + (isUp ? [.release(key, reason: "drain")] : [])
            remove(key)
        }
        hasDrained = true
        return actions + [.drained]
    }

    /// Without a session the results can only wait in the spool, for the next process.
    mutating func drainedIfIdle() -> [Action] {
        guard isDraining, !hasDrained, running == 0, entries.isEmpty || !isUp else { return [] }
        hasDrained = true
        return [.drained]
    }

    // MARK: Time

    /// Called at least every ``Limits/tick``.
    mutating func tick(_ now: Moment) -> [Action] {
        let gap = now - lastTick
        lastTick = now
        var actions: [Action] = []
        for key in order {
            guard let entry = entries[key] else { continue }
            // This process stood still.
            if gap > limits.tick * 4, now >= entry.leaseEnds { doubt(key, now: now) }
            if case .asking(let since, _) = entry.stage, now - since > limits.patience {
                remove(key)
                actions.append(.stop(key))
            }
        }
        return actions + due(now) + (actions.isEmpty ? [] : grant()) + drainedIfIdle()
    }

    /// Everything whose time has come, in the order of the jobs.
    mutating func due(_ now: Moment) -> [Action] {
        guard isUp else { return [] }
        return order.flatMap { due($0, now) }
    }

    private mutating func due(_ key: JobKey, _ now: Moment) -> [Action] {
        guard var entry = entries[key] else { return [] }
        defer { entries[key] = entry }
        var actions: [Action] = []
        if now >= entry.renewAt, !entry.isLost, !isStuck {
            actions.append(.renew(key, entry.phase))
            entry.renewAt = now + max(entry.lease / 3, .milliseconds(50))
        }
        if entry.isDoubtful { return actions }
        if case .asking(let since, let again) = entry.stage, now >= again {
            actions.append(.checkpoint(key, JobCheckpoint(phase: .submitting)))
            entry.stage = .asking(since: since, again: now + limits.checkpointAgain)
        }
        actions += entry.frames.map { .step(key, $0) }
        entry.frames = []
        if let step = entry.latest, now >= entry.stepAllowed {
            actions.append(.step(key, step))
            entry.latest = nil
            entry.stepAllowed = now + limits.stepEvery
        }
        if case .finished(let next, let pause) = entry.stage, now >= next {
            actions.append(.sendResult(key))
            entry.stage = .finished(next: now + pause, pause: min(pause * 2, limits.resultAtMost))
        }
        return actions
    }

}
