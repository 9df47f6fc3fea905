internal import Loop

/// Who sent what the protocol forbids, and who is ignored for it.
///
/// Pure. No version of libzmq can cut off one peer of a ROUTER, so quarantine means not listening. The table is
/// bounded: whoever wants to fill it has to prove a role's key for each connection, and pushes out the oldest.
struct Offenders: Sendable {
    /// The numbers behind it.
    struct Limits: Sendable {
        var strikes = 5
        var window: Duration = .seconds(60)
        var quarantine: Duration = .seconds(60)
        var answerEvery: Duration = .seconds(1)
        var peers = 1_024
    }

    struct Judgement: Equatable {
        /// Answer with a `service.error`; at most one per ``Limits/answerEvery``.
        var answer = false
        /// This was one too many: the peer is ignored from now on.
        var quarantined = false
    }

    private struct Record {
        var strikes: [Moment] = []
        var ignoredUntil: Moment?
        var answered: Moment?
    }

    private let limits: Limits
    private var records: [RoutingID: Record] = [:]

    init(_ limits: Limits = Limits()) { self.limits = limits }

    /// Whether nothing from there is to be listened to. The table is empty in good times, and this is free then.
    func isIgnored(_ routing: RoutingID, now: Moment) -> Bool {
        guard !records.isEmpty, let until = records[routing]?.ignoredUntil else { return false }
        return now < until
    }

    /// Takes note of a bad message; one that doesn't count is answered, and that is all: a newer peer may well send
    /// kinds that this build does not know.
    mutating func strike(_ routing: RoutingID, counts: Bool = true, now: Moment) -> Judgement {
        if records[routing] == nil, records.count >= limits.peers { makeRoom() }
        var record = records[routing] ?? Record()
        record.strikes.removeAll { now - $0 >= limits.window }
        if counts { record.strikes.append(now) }
        var judgement = Judgement()
        if record.strikes.count >= limits.strikes {
            record.strikes = []
            record.ignoredUntil = now + limits.quarantine
            judgement.quarantined = true
        }
        if record.answered.map({ now - $0 >= limits.answerEvery }) ?? true {
            record.answered = now
            judgement.answer = true
        }
        records[routing] = record
        return judgement
    }

    /// Forgets those whose time is over.
    mutating func tick(_ now: Moment) {
        guard !records.isEmpty else { return }
        records = records.filter { _, record in
            (record.ignoredUntil.map { now < $0 } ?? false) || record.strikes.contains { now - $0 < limits.window }
                || (record.answered.map { now - $0 < limits.answerEvery } ?? false)
        }
    }

    private mutating func makeRoom() {
        let oldest = records.min { latest($0.value) < latest($1.value) }
        if let oldest { records[oldest.key] = nil }
    }

    private func latest(_ record: Record) -> Moment {
        max(record.strikes.last ?? Moment(nanoseconds: .min), record.ignoredUntil ?? Moment(nanoseconds: .min))
    }
}
