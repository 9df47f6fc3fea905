import Loop

/// When which connector is checked: a machine without clock, task or socket.
///
/// Every connector has a moment at which it is due: a jittered interval after its last check, whoever made that, so that
/// a restart neither forgets a rhythm nor causes a rush. One that was never checked comes soon, and one that is overdue
/// too, each at its own phase of a short time, taken from a hash of its id. Connectors of one provider share a lane: one
/// check at a time, with a pause between. What is due while its lane is taken waits there; what people ask for goes
/// first, then a confirmation, then the rest. Where a check costs money, a daily budget holds it back.
///
/// A call looks at all connectors once. There are a few checks a second at most and ten thousand connectors are
/// looked at in well under a millisecond, so no queue is kept that could disagree with the list.
struct Schedule {
    /// A connector as the schedule sees it.
    struct Target: Equatable, Sendable {
        /// The connector.
        let id: String
        /// What shares a lane: the type and the base URL.
        let lane: String
        /// The time between two checks, before the jitter.
        let interval: Duration
        /// How long ago it was checked, by whomever; nil when it never was.
        var sinceCheck: Duration?
        /// Whether its type has no free check.
        var isPaid = false
        /// How long ago the checks of the last day were made that cost money, the oldest first.
        var paidAges: [Duration] = []
        /// Another one says that address or credentials were changed.
        var revision: UInt64 = 0
    }

    /// What follows on a check that has ended.
    enum Sequel: Equatable, Sendable {
        /// The next one at the jittered interval.
        case routine
        /// The same one again in a moment: its outcome was a change for the worse.
        case confirmation
        /// The provider is down: the next one sooner than usual, each time less soon.
        case outage
        /// The check could not be made.
        case setback
        /// The provider asked for this much rest.
        case rest(Duration)
    }

    struct Entry {
        var target: Target
        var due: Moment
        var lastEnd: Moment?
        var running = false
        var urgent = false
        /// The last wait of an outage.
        var wait: Duration?
    }

    struct Lane {
        var taken = false
        /// When the schedule may use it again.
        var freeAt: Moment
        /// When a person's check may: the provider's wish for rest doesn't hold it back.
        var pausedUntil: Moment?
    }

    let pace: Pace
    private var randomness: Randomness
    var entries: [String: Entry] = [:]
    var lanes: [String: Lane] = [:]
    var demands: [Demand] = []
    var budget: DailyBudget
    private var running = 0

    init(pace: Pace, seed: UInt64) {
        self.pace = pace
        randomness = Randomness(seed: seed)
        budget = DailyBudget(perDay: pace.paidPerDay, reserve: pace.paidReserve)
    }

    /// How many connectors are watched.
    var count: Int { entries.count }

    /// When the connector is due, or nil when it isn't watched or is being checked.
    func due(_ id: String) -> Moment? {
        guard let entry = entries[id], !entry.running else { return nil }
        return entry.due
    }

    /// A minute past its moment a check counts as overdue: a lane's pauses are shorter.
    private static let tolerance = Duration.seconds(60)

    /// How many connectors should have been checked and are not being checked.
    func overdue(now: Moment) -> Int {
        entries.values.count { !$0.running && possible($0) + Self.tolerance < now }
    }

    // MARK: The list

    /// Takes a whole list: what isn't on it is forgotten, what stays keeps its moment.
    mutating func replace(with targets: [Target], now: Moment) {
        let kept = Set(targets.map(\.id))
        for id in entries.keys where !kept.contains(id) { remove(id) }
        for target in targets { put(target, now: now) }
    }

    /// Adds or changes one connector.
    ///
    /// One with a new revision is looked at soon: what is known of it was found with other credentials.
    mutating func put(_ target: Target, now: Moment) {
        budget.restore(target.id, ages: target.paidAges, now: now)
        guard var entry = entries[target.id] else {
            entries[target.id] = Entry(target: target, due: now + firstWait(of: target))
            return
        }
        let old = entry.target
        entry.target = target
        if !entry.running {
            if old.lane != target.lane || old.revision != target.revision {
                entry.due = min(entry.due, now + phase(of: target, within: pace.newcomerSpread))
            } else if old.interval != target.interval {
                entry.due = min(entry.due, now + jittered(target.interval))
            }
        }
        entries[target.id] = entry
    }

    /// Forgets a connector; a check under way still ends with ``finished(_:lane:then:now:)``.
    mutating func remove(_ id: String) {
        entries[id] = nil
        budget.forget(id)
    }

    /// Makes a connector due now, because live traffic says that something is wrong; not right after a check.
    mutating func bringForward(_ id: String, now: Moment) {
        guard var entry = entries[id], !entry.running else { return }
        let earliest = entry.lastEnd.map { max(now, $0 + pace.restraint) } ?? now
        entry.due = min(entry.due, earliest)
        entries[id] = entry
    }

    /// Asks for a second look in a moment: an outcome from elsewhere was a change for the worse.
    mutating func confirm(_ id: String, now: Moment) {
        guard var entry = entries[id], !entry.running else { return }
        entry.due = min(entry.due, now + confirmationDelay())
        entry.urgent = true
        entries[id] = entry
    }

    /// An outage is over without a check of ours: the next one is routine.
    mutating func recovered(_ id: String, now: Moment) {
        guard var entry = entries[id], !entry.running else { return }
        entry.due = now + jittered(entry.target.interval)
        entry.urgent = false
        entry.wait = nil
        entries[id] = entry
    }

    // MARK: Checks

    /// The connectors to check now; each is under way until ``finished(_:lane:then:now:)``.
    mutating func begin(now: Moment) -> [Target] {
        guard running < pace.atOnce else { return [] }
        var heads: [String: Entry] = [:]
        for entry in entries.values where !entry.running && possible(entry) <= now && isFree(entry.target.lane, now) {
            if let head = heads[entry.target.lane], precedes(head, entry) { continue }
            heads[entry.target.lane] = entry
        }
        let begun = heads.values.sorted(by: precedes).prefix(pace.atOnce - running).map(\.target)
        for target in begun {
            entries[target.id]?.running = true
            lanes[target.lane, default: Lane(freeAt: now)].taken = true
            if target.isPaid { budget.spend(target.id, now: now) }
        }
        running += begun.count
        return begun
    }

    /// A check has ended. `lane` is the one under which it began: the connector may have moved since, or be gone.
    mutating func finished(_ id: String, lane: String, then sequel: Sequel, now: Moment) {
        running -= 1
        entries[id]?.running = false
        close(id, lane, sequel, now)
    }

    /// Frees the lane and says when the connector is due again.
    mutating func close(_ id: String, _ lane: String, _ sequel: Sequel, _ now: Moment) {
        lanes[lane] = Lane(freeAt: now + rest(after: sequel), pausedUntil: now + pace.pause)
        if lanes.count > entries.count + pace.atOnce { dropIdleLanes(now) }
        guard var entry = entries[id], !entry.running else { return }
        entry.lastEnd = now
        entry.urgent = sequel == .confirmation
        let wait = sequel == .outage ? outageWait(of: entry) : nil
        entry.wait = wait
        switch sequel {
        case .routine: entry.due = now + jittered(entry.target.interval)
        case .confirmation: entry.due = now + confirmationDelay()
        case .outage: entry.due = now + min(wait ?? entry.target.interval, jittered(entry.target.interval))
        case .setback: entry.due = now + pace.setback
        case .rest(let rest): entry.due = now + max(rest, jittered(entry.target.interval))
        }
        entries[id] = entry
    }

    /// When ``begin(now:)`` or ``beginDemanded(now:)`` has something to give at the earliest; nil when only the end of a
    /// check can change that.
    var nextDeadline: Moment? {
        var earliest = nextDemand
        guard running < pace.atOnce else { return earliest }
        for entry in entries.values where !entry.running {
            let lane = lanes[entry.target.lane]
            if lane?.taken == true { continue }
            let moment = max(possible(entry), lane?.freeAt ?? entry.due)
            earliest = min(earliest ?? moment, moment)
        }
        return earliest
    }

    /// When the connector is due and its budget open.
    private func possible(_ entry: Entry) -> Moment {
        guard entry.target.isPaid, let opens = budget.opens(entry.target.id, isUrgent: entry.urgent) else {
            return entry.due
        }
        return max(entry.due, opens)
    }

    // MARK: Chance

    /// Where in [0, 1) an id falls, the same on every machine and in every run: FNV-1a, mixed so that ids which differ
    /// in their last letter alone spread as well.
    static func fraction(of id: String) -> Double {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var source = Randomness(seed: hash)
        return Double(source.next() >> 11) * 0x1p-53
    }

    private mutating func firstWait(of target: Target) -> Duration {
        guard let past = target.sinceCheck else { return phase(of: target, within: pace.newcomerSpread) }
        let left = jittered(target.interval) - past
        return left > .zero ? left : phase(of: target, within: pace.overdueSpread)
    }

    private func phase(of target: Target, within spread: Duration) -> Duration {
        min(target.interval, spread) * Self.fraction(of: target.id)
    }

    private mutating func jittered(_ interval: Duration) -> Duration {
        interval * Double.random(in: pace.jitter, using: &randomness)
    }

    private mutating func confirmationDelay() -> Duration {
        let (least, most) = (pace.confirmation.lowerBound, pace.confirmation.upperBound)
        return least + (most - least) * Double.random(in: 0...1, using: &randomness)
    }

    /// Decorrelated jitter: three times the last wait at most, so that looks at many connectors of one provider that is
    /// down part. One that costs money waits for its interval.
    private mutating func outageWait(of entry: Entry) -> Duration? {
        guard !entry.target.isPaid else { return nil }
        let (least, most) = (pace.outage.lowerBound, pace.outage.upperBound)
        let ceiling = max(least, (entry.wait ?? least) * 3)
        return min(most, least + (ceiling - least) * Double.random(in: 0...1, using: &randomness))
    }

    private func rest(after sequel: Sequel) -> Duration {
        guard case .rest(let rest) = sequel else { return pace.pause }
        return max(pace.pause, rest)
    }

    private func isFree(_ name: String, _ now: Moment) -> Bool {
        guard let lane = lanes[name] else { return true }
        return !lane.taken && lane.freeAt <= now
    }

    private func precedes(_ left: Entry, _ right: Entry) -> Bool {
        if left.urgent != right.urgent { return left.urgent }
        return left.due == right.due ? left.target.id < right.target.id : left.due < right.due
    }

    private mutating func dropIdleLanes(_ now: Moment) {
        lanes = lanes.filter { $0.value.taken || $0.value.freeAt > now }
    }
}
