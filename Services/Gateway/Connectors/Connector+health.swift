import Loop

/// What the last check of a connector is still worth.
extension Connector {
    /// How many intervals without a check make the last one's result stale.
    private static let goodForIntervals = 3.0
    /// How long an outage keeps calls away without being seen again. The monitor looks every 15 minutes at the least, so
    /// past this it is gone, and only a call can tell.
    private static let outageLasts = Duration.seconds(1_800)
    private static let outages: Set<String> = ["provider_unavailable", "timeout", "malformed_response"]

    /// `ok` or a typed code; `unknown` once that is too old, because the monitor is away; nil before the first check.
    func shownHealth(at now: Int64) -> String? {
        guard let age = age(at: now) else { return nil }
        return age > checkInterval * Self.goodForIntervals ? "unknown" : lastHealthCheckStatus
    }

    /// Whether the provider is known not to answer now, so that a call goes elsewhere where it can.
    func isDown(at now: Int64) -> Bool {
        guard let outcome = lastHealthCheckStatus, Self.outages.contains(outcome), let age = age(at: now) else {
            return false
        }
        // A look from the future: the clock was set back, and how old it is can't be told.
        return age >= .zero && age <= Self.outageLasts
    }

    private func age(at now: Int64) -> Duration? { lastHealthCheckAt.map { .microseconds(now - $0) } }
}
