internal import Telemetry

/// What one link or server counts, in Prometheus' registry and for tests.
struct BusCounters: Sendable {
    let link: String
    /// Messages accepted by libzmq, and messages taken from it that were well-formed.
    let sent: Counter
    let received: Counter
    /// Messages that never arrived, by gaps in their sequence.
    let lost: Counter
    /// Messages whose time to live was over.
    let expired: Counter

    private static let messages = Metrics.counters(.busMessages)
    private static let losses = Metrics.counters(.busLost)
    private static let expiries = Metrics.counters(.busExpired)
    private static let refusals = Metrics.counters(.busRefused)
    private static let unsent = Metrics.counters(.busUnsent)
    private static let sessions = Metrics.counters(.busSessions)
    private static let roundTrips = Metrics.histograms(.busRoundTrip)

    init(link: String) {
        self.link = link
        sent = Self.messages.with(link, "out")
        received = Self.messages.with(link, "in")
        lost = Self.losses.with(link)
        expired = Self.expiries.with(link)
    }

    /// A peer's message that was not taken; the reason is one of `WireError`'s codes or `ignored`.
    func refused(_ reason: String) { refusals(reason).add() }
    func refusals(_ reason: String) -> Counter { Self.refusals.with(link, reason) }

    /// An own message that did not leave: `full`, `unreachable`, `down` or `invalid`.
    func unsent(_ reason: String) { unsents(reason).add() }
    func unsents(_ reason: String) -> Counter { Self.unsent.with(link, reason) }

    /// `up`, or why a session ended.
    func session(_ event: String) { Self.sessions.with(link, event).add() }

    func roundTrip(_ time: Duration) { Self.roundTrips.with(link).observe(time) }
}
