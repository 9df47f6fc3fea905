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
/// | `outage` | 30 s … 15 min | a recovery shows later | a provider that is down is asked more often |
/// | `paidPerDay` | 6 | checks cost more | a wrong key of such a type shows later |
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
    /// Between looks at a connector whose provider is down: from the first wait, growing, to the longest.
    var outage: ClosedRange<Duration> = .seconds(30)...(.seconds(900))
    /// Checks of one connector within 24 hours where its type has no free one.
    var paidPerDay = 6
    /// How many more of them may confirm a change or answer a person.
    var paidReserve = 2
    /// When a check that could not be made, because the gateway gave no credential, is tried again.
    var setback: Duration = .seconds(5)
    /// The least time between a check and one that live traffic brings forward.
    var restraint: Duration = .seconds(30)
    /// How long the gateway may take for a credential or a note, and when a result that was not noted is sent again.
    var answer: Duration = .seconds(5)
    /// How many checks run at the same time over all providers.
    var atOnce = 8
    /// How many checks that people asked for may wait for their lanes.
    var demands = 32
}
