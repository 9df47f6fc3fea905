import Loop

/// Checks that people ask for: each in its provider's lane, before everything that waits there.
extension Schedule {
    /// A check to make for somebody who waits.
    struct Demand: Equatable, Sendable {
        /// The connector.
        let id: String
        /// What it holds until ``demandFinished(_:then:now:)``.
        let lane: String
    }

    /// What became of a wish.
    enum Admission: Equatable, Sendable {
        /// It waits for its lane, or shares the check of one that waits.
        case queued
        /// Too many wait already.
        case full
        /// Today's checks that cost money are made.
        case spent
    }

    /// What connectors share that the roster doesn't have yet.
    private static let unlisted = "unlisted"

    private static let longAgo = Moment(nanoseconds: .min)

    /// Somebody wants to know now.
    mutating func demand(_ id: String, now: Moment) -> Admission {
        if demands.contains(where: { $0.id == id }) { return .queued }
        guard demands.count < pace.demands else { return .full }
        let target = entries[id]?.target
        if target?.isPaid == true, let opens = budget.opens(id, isUrgent: true), opens > now { return .spent }
        demands.append(Demand(id: id, lane: target?.lane ?? Self.unlisted))
        return .queued
    }

    /// What to check now; each holds its lane until ``demandFinished(_:then:now:)``.
    mutating func beginDemanded(now: Moment) -> [Demand] {
        var begun: [Demand] = []
        for demand in demands where (opening(of: demand) ?? now + .seconds(1)) <= now {
            lanes[demand.lane, default: Lane(freeAt: now)].taken = true
            if entries[demand.id]?.target.isPaid == true { budget.spend(demand.id, now: now) }
            begun.append(demand)
        }
        demands.removeAll(where: begun.contains)
        return begun
    }

    /// A demanded check has ended; the connector's rhythm goes on from here.
    mutating func demandFinished(_ demand: Demand, then sequel: Sequel, now: Moment) {
        close(demand.id, demand.lane, sequel, now)
    }

    /// Nobody waits any more.
    mutating func dropDemands() { demands.removeAll() }

    /// When the next of them may begin; nil when none waits for the time.
    var nextDemand: Moment? { demands.compactMap(opening).min() }

    /// When its lane is free; nil while a check holds it.
    private func opening(of demand: Demand) -> Moment? {
        guard let lane = lanes[demand.lane] else { return Self.longAgo }
        return lane.taken ? nil : lane.pausedUntil ?? Self.longAgo
    }
}
