/// Decides what a check's outcome means for one connector: a machine without clock or socket.
///
/// One bad answer is no outage. A change for the worse is looked at once more before anyone is told; a wrong key,
/// which takes a connector out of service and writes to its owner, must be seen twice in a row. One good answer
/// proves that the way is open, so a recovery is told at once. `rate_limited` says nothing about the connector, only
/// that we asked too often: it is reported as it is and changes no doubt. Three looks always end a doubt.
///
/// Live traffic is evidence too. Calls that fail open a doubt, which only a check of our own settles, for a caller may
/// ask for what no key allows. Calls that succeed prove the way as a check does, unless they were made before the last
/// bad look.
struct Detector {
    /// What a check came to: `ok` or one of the typed codes of a provider's error.
    typealias Outcome = String

    /// What is known and told.
    struct Standing: Equatable, Sendable {
        /// The outcome.
        var outcome: Outcome
        /// Since when, in microseconds of the wall clock: the first check of the unbroken run.
        var since: Int64
        /// Whether this outcome differs from the one told before.
        var isChange: Bool
    }

    /// What to do with an outcome.
    enum Decision: Equatable, Sendable {
        /// Tell the gateway.
        case report(Standing)
        /// Look once more, soon.
        case confirm
    }

    /// What live traffic showed of the connector, times in microseconds of the wall clock.
    struct Traffic: Equatable, Sendable {
        var succeeded: Int
        var failed: Int
        /// The last failure's typed code.
        var code: Outcome?
        var begin: Int64
        var end: Int64
    }

    /// What traffic comes to.
    enum Verdict: Equatable, Sendable {
        /// Nothing that isn't known.
        case nothing
        /// It contradicts what stands: look soon.
        case look
        /// The connector works again: tell the gateway.
        case report(Standing)
    }

    private struct Doubt {
        var outcome: Outcome
        var since: Int64
    }

    /// The connector's revision whose looks these are.
    var revision: UInt64 = 0
    private(set) var standing: Standing?
    private var doubt: Doubt?
    private var lastBadLook: Int64?

    init(revision: UInt64 = 0) { self.revision = revision }

    /// Takes the outcome of a check that was made at that time.
    mutating func observe(_ outcome: Outcome, at time: Int64) -> Decision {
        if outcome == "ok" { return settle(outcome, since: time) }
        if outcome == "rate_limited" { return passing(outcome, at: time) }
        lastBadLook = time
        if outcome == standing?.outcome { return settle(outcome, since: time) }
        guard var open = doubt else {
            doubt = Doubt(outcome: outcome, since: time)
            return .confirm
        }
        if outcome == open.outcome || outcome != "auth_invalid" { return settle(outcome, since: open.since) }
        open.outcome = outcome
        doubt = open
        return .confirm
    }

    /// Takes what live traffic showed.
    mutating func witness(_ traffic: Traffic) -> Verdict {
        let isBad = standing.map { $0.outcome != "ok" } ?? false
        if traffic.failed > 0, traffic.succeeded == 0 {
            let code = traffic.code ?? "provider_unavailable"
            guard standing?.outcome != code, !["ok", "rate_limited"].contains(code) else { return .nothing }
            doubt = doubt ?? Doubt(outcome: code, since: traffic.end)
            return .look
        }
        guard traffic.succeeded > 0 else { return .nothing }
        let isProof = traffic.failed == 0 && traffic.begin > lastBadLook ?? .min
        guard isProof else { return isBad ? .look : .nothing }
        if isBad, case .report(let standing) = settle("ok", since: traffic.end) { return .report(standing) }
        doubt = nil
        return .nothing
    }

    /// An outcome that is told as it is and leaves what stands.
    private func passing(_ outcome: Outcome, at time: Int64) -> Decision {
        .report(Standing(outcome: outcome, since: time, isChange: false))
    }

    private mutating func settle(_ outcome: Outcome, since: Int64) -> Decision {
        doubt = nil
        let isChange = standing?.outcome != outcome
        let settled = Standing(outcome: outcome, since: isChange ? since : standing?.since ?? since, isChange: isChange)
        standing = settled
        return .report(settled)
    }
}
