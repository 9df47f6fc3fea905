import Loop

/// How often somebody may do something within any minute: a machine.
///
/// Only what was let through counts, so a caller who keeps trying is let through as soon as one who waits.
struct RateLimit {
    private static let window = Duration.seconds(60)
    /// Callers that are remembered before those are dropped whose minute is over.
    private static let tidyAt = 1_024

    let perMinute: Int
    private var times: [String: [Moment]] = [:]

    init(perMinute: Int) {
        precondition(perMinute > 0, "a limit of \(perMinute) lets nobody through")
        self.perMinute = perMinute
    }

    /// Callers that are remembered.
    var remembered: Int { times.count }

    /// nil when it may be done, which then counts; else how long to wait.
    mutating func take(_ caller: String, now: Moment) -> Duration? {
        if let wait = wait(caller, now: now) { return wait }
        if times.count >= Self.tidyAt {
            times = times.filter { _, moments in moments.last.map { now - $0 < Self.window } ?? false }
        }
        times[caller] = recent(caller, now) + [now]
        return nil
    }

    /// As `take`, and nothing counts.
    func wait(_ caller: String, now: Moment) -> Duration? {
        let recent = recent(caller, now)
        guard recent.count >= perMinute else { return nil }
        return Self.window - (now - recent[recent.count - perMinute])
    }

    private func recent(_ caller: String, _ now: Moment) -> [Moment] {
        (times[caller] ?? []).filter { now - $0 < Self.window }
    }
}

/// The limits of product.md A16 on calls that make, try or replace credentials, by user.
struct SensitiveCalls {
    private var creating = RateLimit(perMinute: 5)
    private var testing = RateLimit(perMinute: 10)
    private var rotating = RateLimit(perMinute: 5)

    enum Kind: String {
        case create
        case test
        case rotate
    }

    /// Throws `rate_limited` with the time to wait.
    mutating func take(_ kind: Kind, by caller: Caller, now: Moment = .now) throws(GatewayError) {
        let wait =
            switch kind {
            case .create: creating.take(caller.userID, now: now)
            case .test: testing.take(caller.userID, now: now)
            case .rotate: rotating.take(caller.userID, now: now)
            }
        guard let wait else { return }
        var error = GatewayError(.rateLimited, "Too often: wait before you \(kind.rawValue) connectors again.")
        error.retryAfter = wait
        throw error
    }
}
