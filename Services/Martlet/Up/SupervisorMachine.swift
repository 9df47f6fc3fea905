import Loop

/// Decides which services run: starts them in order, starts a dead one again, and stops them in stages.
///
/// A child that dies is started again after a pause that doubles from `restartFloor` to `restartCeiling` and is
/// forgotten once the child has run for `steadyAfter`. Until the cluster has served for the first time, patience is
/// short: a child that dies `attemptsBeforeServing` times or says that it is hopeless, or a start longer than
/// `startWithin`, ends it all, because a wrong address or a missing library doesn't get better. Stopping goes by stages, so that what the first ones say
/// while they drain still has somebody to hear it; each stage has a bound, after which its children are killed.
struct SupervisorMachine {
    struct Limits {
        var startWithin: Duration = .seconds(30)
        var attemptsBeforeServing = 4
        var restartFloor: Duration = .milliseconds(200)
        var restartCeiling: Duration = .seconds(10)
        var steadyAfter: Duration = .seconds(20)
        var grace: Duration = .seconds(15)
        /// Exit codes by which a service says that another try won't help: EX_USAGE and EX_CONFIG.
        var hopeless: Set<Int32> = [64, 78]
    }

    /// One service to keep alive; stage 0 is stopped first.
    struct Child {
        let name: String
        let stage: Int
    }

    enum Action: Equatable {
        /// Start this child and report `childStarted` or `childCouldNotStart`.
        case start(String)
        /// Ask it to drain and leave.
        case terminate(pid: Int32)
        case kill(pid: Int32)
        /// The cluster serves for the first time.
        case announce
        /// A sentence for the operator.
        case say(String)
        /// All is over; leave with this code.
        case end(code: Int32)
    }

    private enum Life: Equatable {
        case stopped
        case running(pid: Int32, since: Moment)
        case waiting(until: Moment)
    }

    private struct Member {
        let child: Child
        var life = Life.stopped
        var deaths = 0

        var pid: Int32? { if case .running(let pid, _) = life { pid } else { nil } }
    }

    private enum Phase: Equatable {
        case starting(deadline: Moment)
        case serving
        case stopping(stage: Int, deadline: Moment, code: Int32)
        case ended
    }

    private let limits: Limits
    private var members: [Member]
    private var phase: Phase

    init(_ children: [Child], limits: Limits = Limits(), now: Moment) {
        self.limits = limits
        members = children.map { Member(child: $0) }
        phase = .starting(deadline: now + limits.startWithin)
    }

    /// The running children in the order of their start.
    var pids: [(name: String, pid: Int32)] {
        members.compactMap { member in member.pid.map { (member.child.name, $0) } }
    }

    /// Whether the cluster should be asked if it serves yet.
    var awaitsServing: Bool { if case .starting = phase { true } else { false } }

    /// When ``timePassed(now:)`` has something to do at the latest.
    var nextDeadline: Moment? {
        let own: [Moment] =
            switch phase {
            case .starting(let deadline), .stopping(_, let deadline, _): [deadline]
            case .serving, .ended: []
            }
        let restarts = members.compactMap { member in
            if case .waiting(let until) = member.life { until } else { nil }
        }
        return (own + restarts).min()
    }

    // MARK: Events

    mutating func startRequested() -> [Action] {
        members.map { .start($0.child.name) }
    }

    mutating func childStarted(_ name: String, pid: Int32, now: Moment) -> [Action] {
        guard let index = members.firstIndex(where: { $0.child.name == name }) else { return [] }
        members[index].life = .running(pid: pid, since: now)
        if case .stopping = phase { return [.terminate(pid: pid)] }
        return members[index].deaths > 0 ? [.say("\(name) runs again, pid \(pid)")] : []
    }

    mutating func childCouldNotStart(_ name: String, reason: String, now: Moment) -> [Action] {
        guard let index = members.firstIndex(where: { $0.child.name == name }) else { return [] }
        return died(index, "could not be started: \(reason)", isHopeless: false, now: now)
    }

    mutating func childEnded(pid: Int32, _ status: ExitStatus, now: Moment) -> [Action] {
        guard let index = members.firstIndex(where: { $0.pid == pid }) else { return [] }
        var isHopeless = false
        if case .code(let code) = status { isHopeless = limits.hopeless.contains(code) }
        return died(index, status.description, isHopeless: isHopeless, now: now)
    }

    /// The gateway says that it serves; it counts once every child runs, so that the announcement can name them all.
    mutating func servingBegan() -> [Action] {
        guard awaitsServing, pids.count == members.count else { return [] }
        phase = .serving
        return [.announce]
    }

    /// The first request drains; a second one doesn't wait.
    mutating func stopRequested(now: Moment) -> [Action] {
        switch phase {
        case .starting, .serving: beginStopping(code: 0, now: now)
        case .stopping: pids.map { .kill(pid: $0.pid) }
        case .ended: []
        }
    }

    mutating func timePassed(now: Moment) -> [Action] {
        switch phase {
        case .starting(let deadline) where now >= deadline:
            return giveUp("the cluster did not serve within \(limits.startWithin)", now: now)
        case .stopping(let stage, let deadline, let code) where now >= deadline:
            phase = .stopping(stage: stage, deadline: now + limits.grace, code: code)
            return members.filter { $0.child.stage == stage }.compactMap(\.pid).map { .kill(pid: $0) }
        case .starting, .serving:
            return startDue(now: now)
        case .stopping, .ended:
            return []
        }
    }

    // MARK: Decisions

    private mutating func startDue(now: Moment) -> [Action] {
        members.indices.compactMap { index in
            guard case .waiting(let until) = members[index].life, until <= now else { return nil }
            members[index].life = .stopped
            return .start(members[index].child.name)
        }
    }

    private mutating func died(_ index: Int, _ how: String, isHopeless: Bool, now: Moment) -> [Action] {
        let name = members[index].child.name
        if case .running(_, let since) = members[index].life, now - since >= limits.steadyAfter {
            members[index].deaths = 0
        }
        members[index].life = .stopped
        members[index].deaths += 1
        switch phase {
        case .starting where isHopeless || members[index].deaths >= limits.attemptsBeforeServing:
            return giveUp("\(name) \(how)", now: now)
        case .starting, .serving:
            let pause = pause(afterDeaths: members[index].deaths)
            members[index].life = .waiting(until: now + pause)
            return [.say("\(name) \(how); starting it again in \(pause.milliseconds) ms")]
        case .stopping(let stage, _, let code):
            return stageAdvanced(from: stage, code: code, now: now)
        case .ended:
            return []
        }
    }

    private func pause(afterDeaths deaths: Int) -> Duration {
        min(limits.restartCeiling, limits.restartFloor * (1 << min(deaths - 1, 16)))
    }

    private mutating func giveUp(_ reason: String, now: Moment) -> [Action] {
        [.say(reason)] + beginStopping(code: 1, now: now)
    }

    private mutating func beginStopping(code: Int32, now: Moment) -> [Action] {
        for index in members.indices where members[index].pid == nil { members[index].life = .stopped }
        return stageAdvanced(from: -1, code: code, now: now)
    }

    /// Moves on to the next stage that has somebody running, once this one has nobody.
    private mutating func stageAdvanced(from stage: Int, code: Int32, now: Moment) -> [Action] {
        let running = members.filter { $0.pid != nil }
        if running.contains(where: { $0.child.stage == stage }) { return [] }
        guard let next = running.map(\.child.stage).min() else {
            phase = .ended
            return [.end(code: code)]
        }
        phase = .stopping(stage: next, deadline: now + limits.grace, code: code)
        return running.filter { $0.child.stage == next }.compactMap(\.pid).map { .terminate(pid: $0) }
    }
}
