import Testing

@testable import HealthMonitor

/// What one connector's outcomes, in a row, make the detector say.
struct DetectorTests {
    private func decisions(_ outcomes: [String]) -> [Detector.Decision] {
        var detector = Detector()
        return outcomes.enumerated().map { detector.observe($1, at: Int64($0 + 1)) }
    }

    private func report(_ outcome: String, since: Int64, change: Bool) -> Detector.Decision {
        .report(Detector.Standing(outcome: outcome, since: since, isChange: change))
    }

    @Test func theFirstSuccessIsToldAtOnce() {
        #expect(decisions(["ok"]) == [report("ok", since: 1, change: true)])
    }

    @Test func aRunOfTheSameOutcomeKeepsItsStart() {
        #expect(
            decisions(["ok", "ok", "ok"]) == [
                report("ok", since: 1, change: true), report("ok", since: 1, change: false),
                report("ok", since: 1, change: false),
            ]
        )
    }

    @Test func oneBadAnswerIsLookedAtAgainAndForgottenWhenTheSecondIsGood() {
        #expect(
            decisions(["ok", "timeout", "ok", "timeout"]) == [
                report("ok", since: 1, change: true), .confirm, report("ok", since: 1, change: false), .confirm,
            ]
        )
    }

    @Test func twoBadAnswersAreToldWithTheTimeOfTheFirst() {
        #expect(
            decisions(["ok", "timeout", "provider_unavailable"]) == [
                report("ok", since: 1, change: true), .confirm, report("provider_unavailable", since: 2, change: true),
            ]
        )
    }

    @Test func aWrongKeyIsToldOnlyWhenSeenTwiceInARow() {
        #expect(
            decisions(["auth_invalid", "auth_invalid"]) == [.confirm, report("auth_invalid", since: 1, change: true)]
        )
        #expect(
            decisions(["timeout", "auth_invalid", "auth_invalid"]) == [
                .confirm, .confirm, report("auth_invalid", since: 1, change: true),
            ]
        )
        #expect(
            decisions(["auth_invalid", "timeout"]) == [.confirm, report("timeout", since: 1, change: true)]
        )
        #expect(
            decisions(["timeout", "auth_invalid", "timeout"]) == [
                .confirm, .confirm, report("timeout", since: 1, change: true),
            ]
        )
    }

    @Test func aStandingFaultIsReportedWithoutASecondLook() {
        #expect(
            decisions(["auth_invalid", "auth_invalid", "auth_invalid"]).last
                == report("auth_invalid", since: 1, change: false)
        )
    }

    @Test func aRecoveryIsToldAtOnce() {
        #expect(decisions(["timeout", "timeout", "ok"]).last == report("ok", since: 3, change: true))
    }

    @Test func aRateLimitChangesNothing() {
        #expect(
            decisions(["ok", "rate_limited", "ok"]) == [
                report("ok", since: 1, change: true), report("rate_limited", since: 2, change: false),
                report("ok", since: 1, change: false),
            ]
        )
        #expect(decisions(["timeout", "rate_limited", "timeout"]).last == report("timeout", since: 1, change: true))
    }
}
