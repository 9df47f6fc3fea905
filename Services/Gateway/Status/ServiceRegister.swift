import Loop
import Wire

/// Who belongs to the cluster, as far as this gateway has seen since its start: a machine.
///
/// Whoever said hello is a member. One that said goodbye is shown as stopped for ten minutes, one that fell silent as
/// away for an hour, so that both the scaled-down and the lost are seen and neither stays for ever. A service that a
/// cluster can't be without is there from the start, away until it comes. Times are microseconds of the wall clock: they
/// are for people.
struct ServiceRegister: Sendable {
    /// How a member stands.
    enum State: String, Sendable {
        /// In session.
        case up
        /// In session, and takes nothing new.
        case draining
        /// Not heard of, without a goodbye.
        case away
        /// It said goodbye.
        case stopped
    }

    /// One process of a service, or the place of one that never came.
    struct Member: Sendable {
        let service: String
        /// Empty for the place of a service that never came.
        let instance: String
        var boot = ""
        var version: String?
        /// The highest minor version of the wire that it speaks.
        var minor: Int?
        var slots = 0
        var state: State
        /// When it came into that state.
        var since: Int64
        var lastSeen: Int64?
        var heartbeat: Heartbeat?
        private(set) var pauses = RecentMaximum()

        var isPresent: Bool { state == .up || state == .draining }

        /// The longest pause of its bus loop in the last minute: a peak between two looks is seen all the same.
        func longestPause(at now: Moment) -> Duration {
            var pauses = pauses
            return pauses.value(at: now)
        }

        mutating func note(_ pause: Duration, at now: Moment) { pauses.note(pause, at: now) }

        fileprivate func isNamed(as other: Member) -> Bool {
            service == other.service && instance == other.instance
        }
    }

    /// Two processes of one name are two members, as long as both are there.
    private struct Name: Hashable {
        let service: String
        let instance: String
        let boot: String
    }

    /// Members that are gone and still shown, at most.
    private static let goneLimit = 256
    private static let stoppedFor: Int64 = 600_000_000
    private static let awayFor: Int64 = 3_600_000_000

    private let started: Int64
    private let expected: [String]
    private var known: [Name: Member] = [:]

    /// - Parameter expected: the services that a cluster is not whole without.
    init(expected: [String], now: Int64) {
        self.expected = expected
        started = now
    }

    // MARK: Events

    /// It said hello, or is greeted: in the place of one of its name that is gone.
    mutating func joined(_ member: Member) {
        for (name, other) in known where other.isNamed(as: member) && !other.isPresent { known[name] = nil }
        known[Name(service: member.service, instance: member.instance, boot: member.boot)] = member
    }

    mutating func heard(
        _ service: String,
        _ instance: String,
        boot: String,
        _ heartbeat: Heartbeat,
        now: Int64,
        at moment: Moment
    ) {
        change(service, instance, boot) { member in
            member.heartbeat = heartbeat
            member.lastSeen = now
            member.note(.milliseconds(heartbeat.tickGapMs), at: moment)
        }
    }

    mutating func draining(_ service: String, _ instance: String, boot: String, now: Int64) {
        change(service, instance, boot) { member in
            guard member.state == .up else { return }
            member.state = .draining
            member.since = now
        }
    }

    /// Its session is over. Nothing is missing while another of its name is there.
    mutating func gone(_ service: String, _ instance: String, boot: String, saidGoodbye: Bool, now: Int64) {
        change(service, instance, boot) { member in
            guard member.isPresent else { return }
            member.state = saidGoodbye ? .stopped : .away
            member.since = now
        }
        let name = Name(service: service, instance: instance, boot: boot)
        if let member = known[name], known.values.contains(where: { $0.isNamed(as: member) && $0.isPresent }) {
            known[name] = nil
        }
        limitGone()
    }

    private mutating func change(
        _ service: String,
        _ instance: String,
        _ boot: String,
        _ body: (inout Member) -> Void
    ) {
        let name = Name(service: service, instance: instance, boot: boot)
        guard var member = known[name] else { return }
        body(&member)
        known[name] = member
    }

    private mutating func limitGone() {
        let gone = known.filter { !$0.value.isPresent }
        guard gone.count > Self.goneLimit, let oldest = gone.min(by: { $0.value.since < $1.value.since }) else {
            return
        }
        known[oldest.key] = nil
    }

    // MARK: Looking

    /// Whether one of a service's processes is in session.
    func isUp(_ service: String) -> Bool { known.values.contains { $0.service == service && $0.isPresent } }

    /// Since when none is; nil while one is.
    func downSince(_ service: String) -> Int64? {
        guard !isUp(service) else { return nil }
        return known.values.filter { $0.service == service }.map(\.since).max() ?? started
    }

    /// Everyone that is shown at that time, by service and instance.
    func members(now: Int64) -> [Member] {
        let shown = known.values.filter { member in
            switch member.state {
            case .up, .draining: true
            case .stopped: now - member.since <= Self.stoppedFor || isMissed(member)
            case .away: now - member.since <= Self.awayFor || isMissed(member)
            }
        }
        let absent = expected.filter { service in !shown.contains { $0.service == service } }
            .map { Member(service: $0, instance: "", state: .away, since: started) }
        return (shown + absent).sorted { ($0.service, $0.instance, $0.since) < ($1.service, $1.instance, $1.since) }
    }

    /// The last one of a service that nobody has taken the place of.
    private func isMissed(_ member: Member) -> Bool {
        expected.contains(member.service) && downSince(member.service) == member.since
    }
}
