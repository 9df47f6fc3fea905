import Loop

/// How gently connectors are checked.
///
/// | value | default | when it is larger | when it is smaller |
/// |---|---|---|---|
/// | `jitter` | 0.7 … 1.3 | checks drift further apart | connectors added together stay together |
/// | `newcomerSpread` | 10 s | a new connector shows no health for longer | many new ones are checked at once |
/// | `overdueSpread` | 60 s | after a long absence statuses stay old for longer | all that is overdue is checked at once |
/// | `pause` | 1 s | a provider sees fewer requests | a provider sees bursts |
/// | `confirmation` | 1 … 2 s | an outage shows later | a hiccup confirms itself |
struct Pace: Sendable {
    /// What an interval is multiplied with, drawn anew for each check; around 1, so that the mean stays the interval.
    var jitter: ClosedRange<Double> = 0.7...1.3
    /// The longest that a connector which was never checked waits for its first check.
    var newcomerSpread: Duration = .seconds(10)
    /// Over how long the checks are spread that should have been made while the monitor was away.
    var overdueSpread: Duration = .seconds(60)
    /// The time between the end of a check and the start of the next one at the same provider.
    var pause: Duration = .seconds(1)
    /// When a bad outcome is looked at once more.
    var confirmation: ClosedRange<Duration> = .seconds(1)...(.seconds(2))
    /// When a check that could not be made, because the gateway gave no credential, is tried again.
    var setback: Duration = .seconds(5)
    /// The least time between a check and one that live traffic brings forward.
    var restraint: Duration = .seconds(30)
    /// How long the gateway may take for a credential or a note, and when a result that was not noted is sent again.
    var answer: Duration = .seconds(5)
    /// How many checks run at the same time over all providers.
    var atOnce = 8
}
