import Support
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

    // MARK: Live traffic

    private func traffic(_ succeeded: Int, _ failed: Int, _ code: String? = nil, from begin: Int64, to end: Int64)
        -> Detector.Traffic
    {
        Detector.Traffic(succeeded: succeeded, failed: failed, code: code, begin: begin, end: end)
    }

    private func detector(after outcomes: String...) -> Detector {
        var detector = Detector()
        for (index, outcome) in outcomes.enumerated() { _ = detector.observe(outcome, at: Int64(index + 1)) }
        return detector
    }

    @Test func trafficWithAWrongKeyCountsAsTheFirstLookAndNeverAsTheSecond() {
        var detector = detector(after: "ok")
        for round in 0..<5 {
            let begin = Int64(10 + round * 10)
            #expect(detector.witness(traffic(0, 3, "auth_invalid", from: begin, to: begin + 5)) == .look)
        }
        #expect(detector.standing?.outcome == "ok")
        #expect(detector.observe("auth_invalid", at: 70) == report("auth_invalid", since: 15, change: true))
        #expect(detector.witness(traffic(0, 3, "auth_invalid", from: 80, to: 85)) == .nothing, "that is known")
    }

    @Test func aCheckThatSucceedsForgetsWhatFailingTrafficSaid() {
        var detector = detector(after: "ok")
        #expect(detector.witness(traffic(0, 1, "timeout", from: 10, to: 15)) == .look)
        #expect(detector.observe("ok", at: 20) == report("ok", since: 1, change: false))
        #expect(detector.observe("timeout", at: 30) == .confirm)
    }

    @Test func trafficThatSucceedsEndsAnOutageAndAWrongKey() {
        for outcome in ["provider_unavailable", "auth_invalid"] {
            var detector = detector(after: "ok", outcome, outcome)
            let told = Detector.Standing(outcome: "ok", since: 15, isChange: true)
            #expect(detector.witness(traffic(2, 0, from: 10, to: 15)) == .report(told))
            #expect(detector.witness(traffic(2, 0, from: 20, to: 25)) == .nothing, "told once")
        }
    }

    @Test func successesFromBeforeTheLastBadLookProveNothing() {
        var detector = detector(after: "ok", "auth_invalid", "auth_invalid")
        #expect(detector.witness(traffic(2, 0, from: 2, to: 9)) == .look)
        #expect(detector.standing?.outcome == "auth_invalid")
    }

    @Test func mixedTrafficDecidesNothing() {
        var good = detector(after: "ok")
        #expect(good.witness(traffic(9, 1, "timeout", from: 10, to: 15)) == .nothing)
        var bad = detector(after: "timeout", "timeout")
        #expect(bad.witness(traffic(1, 9, "timeout", from: 10, to: 15)) == .look)
        #expect(bad.witness(traffic(0, 0, from: 20, to: 25)) == .nothing)
    }

    /// Whatever comes in whatever order: nobody is told of a wrong key that no check of ours has seen, nor of any change
    /// for the worse after a single look.
    @Test func noChangeForTheWorseRestsOnOneLook() {
        var random = SeededGenerator(seed: runSeed)
        let outcomes = ["ok", "timeout", "auth_invalid", "rate_limited"]
        for _ in 0..<500 {
            var detector = Detector()
            var evidence: [String] = []
            for time in stride(from: Int64(10), to: 400, by: 10) {
                let before = detector.standing
                let outcome = outcomes[Int.random(in: 0..<4, using: &random)]
                if Bool.random(using: &random) {
                    let isGood = outcome == "ok"
                    _ = detector.witness(traffic(isGood ? 1 : 0, isGood ? 0 : 1, outcome, from: time - 5, to: time))
                } else {
                    _ = detector.observe(outcome, at: time)
                }
                evidence.append(outcome)
                guard let after = detector.standing, after != before, after.outcome != "ok" else { continue }
                let bad = evidence.filter { !["ok", "rate_limited"].contains($0) }.count
                #expect(bad >= 2 && outcome == after.outcome, "seed \(runSeed): \(evidence)")
                if after.outcome == "auth_invalid" {
                    #expect(evidence.filter { $0 == "auth_invalid" }.count >= 2, "seed \(runSeed): \(evidence)")
                }
            }
        }
    }
}
