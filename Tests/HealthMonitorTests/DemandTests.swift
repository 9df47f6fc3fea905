import Loop
import Support
import Testing

@testable import HealthMonitor

/// Checks that cost money and checks that people ask for, against a clock that stands wherever the test puts it.
struct DemandTests {
    private let start = Moment(nanoseconds: 1_000_000_000_000)

    private func target(
        _ number: Int,
        lane: String? = nil,
        interval: Duration,
        sinceCheck: Duration? = nil
    ) -> Schedule.Target {
        Schedule.Target(
            id: "con_\(number)",
            lane: lane ?? "lane \(number)",
            interval: interval,
            sinceCheck: sinceCheck
        )
    }

    private func schedule() -> Schedule { Schedule(pace: Pace(), seed: runSeed) }

    // MARK: Checks that cost money

    private func paid(_ number: Int, interval: Duration = .seconds(3_600)) -> Schedule.Target {
        var target = target(number, interval: interval)
        target.isPaid = true
        return target
    }

    @Test func aTypeWithoutAFreeCheckIsNotCheckedMoreOftenThanItsBudgetInAnyDay() {
        var schedule = schedule()
        let one = paid(1)
        schedule.replace(with: [one], now: start)
        let times = schedule.starts(from: start, until: .seconds(3 * 86_400), each: .milliseconds(500)).map(\.at)
        for first in times {
            #expect(times.count { $0 >= first && $0 < first + .seconds(86_400) } <= 6, "seed \(runSeed)")
        }
        #expect(times.count >= 18)
    }

    @Test func aMonitorThatStartsAgainAndAgainSpendsNoMoreThanOneThatStays() {
        var checks: [Moment] = []
        var now = start
        for _ in 0..<500 {
            var schedule = schedule()
            var one = paid(1)
            one.paidAges = checks.filter { $0 >= now - .seconds(86_400) }.map { now - $0 }
            schedule.replace(with: [one], now: now)
            // Never checked, for all that this process knows: it is due within ten seconds.
            checks += schedule.starts(from: now, until: .seconds(30), each: .milliseconds(500)).map { now + $0.at }
            now += .seconds(600)
        }
        for first in checks {
            #expect(checks.count { $0 >= first && $0 < first + .seconds(86_400) } <= 6, "seed \(runSeed)")
        }
        #expect(checks.count >= 18, "it goes on the next day")
    }

    @Test func anotherRevisionIsLookedAtSoonAndTheSameOneIsNot() {
        var schedule = schedule()
        var one = target(1, interval: .seconds(20_000), sinceCheck: .seconds(1))
        schedule.replace(with: [one], now: start)
        #expect(((schedule.due(one.id) ?? start) - start).seconds > 10_000)
        schedule.put(one, now: start)
        #expect(((schedule.due(one.id) ?? start) - start).seconds > 10_000)
        one.revision += 1
        schedule.put(one, now: start)
        #expect(((schedule.due(one.id) ?? start) - start).seconds <= 10)
    }

    @Test func aConfirmationAndAPersonMayTakeFromTheReserveAndNothingMore() {
        var schedule = schedule()
        let one = paid(1)
        schedule.replace(with: [one], now: start)
        var now = start + .seconds(10)
        var checks = 0
        for _ in 0..<6 {
            now = max(now, schedule.due(one.id) ?? now)
            checks += schedule.begin(now: now).count
            let sequel: Schedule.Sequel = checks == 6 ? .confirmation : .routine
            schedule.finished(one.id, lane: one.lane, then: sequel, now: now)
        }
        #expect(checks == 6)
        now += .seconds(2)
        #expect(schedule.begin(now: now) == [one], "the confirmation")
        schedule.finished(one.id, lane: one.lane, then: .routine, now: now)
        now += .seconds(5)
        #expect(schedule.demand(one.id, now: now) == .queued)
        let begun = schedule.beginDemanded(now: now)
        #expect(begun.map(\.id) == [one.id])
        if let demand = begun.first { schedule.demandFinished(demand, then: .routine, now: now) }
        #expect(schedule.demand(one.id, now: now + .seconds(5)) == .spent)
        #expect(schedule.begin(now: now + .seconds(3_600 * 2)).isEmpty)
        #expect(schedule.begin(now: now + .seconds(86_400)) == [one])
    }

    @Test func anOutageOfATypeWithoutAFreeCheckWaitsForItsInterval() {
        var schedule = schedule()
        let one = paid(1, interval: .seconds(10_000))
        schedule.replace(with: [one], now: start)
        _ = schedule.begin(now: start + .seconds(10))
        schedule.finished(one.id, lane: one.lane, then: .outage, now: start)
        #expect(((schedule.due(one.id) ?? start) - start).seconds >= 7_000)
    }

    // MARK: On demand

    @Test func aDemandGoesFirstInItsLaneAndAloneWithThePauseBefore() {
        var schedule = schedule()
        let (first, second) = (
            target(1, lane: "one", interval: .seconds(5)), target(2, lane: "one", interval: .seconds(5))
        )
        schedule.replace(with: [first, second], now: start)
        var now = start + .seconds(5)
        let begun = schedule.begin(now: now)
        #expect(begun.count == 1)
        #expect(schedule.demand("con_2", now: now) == .queued)
        #expect(schedule.demand("con_1", now: now) == .queued)
        #expect(schedule.beginDemanded(now: now).isEmpty, "a check is under way")
        schedule.finished(begun[0].id, lane: "one", then: .routine, now: now)
        #expect(schedule.beginDemanded(now: now).isEmpty, "the pause")
        #expect(schedule.nextDeadline == now + .seconds(1))
        now += .seconds(1)
        let demands = schedule.beginDemanded(now: now)
        #expect(demands.map(\.id) == ["con_2"], "one at a time")
        #expect(schedule.begin(now: now).isEmpty)
        schedule.demandFinished(demands[0], then: .routine, now: now)
        now += .seconds(1)
        #expect(schedule.beginDemanded(now: now).map(\.id) == ["con_1"], "in the order of asking")
    }

    @Test func aDemandDoesNotWaitForTheRestThatAProviderAskedFor() {
        var schedule = schedule()
        let one = target(1, lane: "one", interval: .seconds(5))
        schedule.replace(with: [one], now: start)
        let now = start + .seconds(5)
        _ = schedule.begin(now: now)
        schedule.finished(one.id, lane: "one", then: .rest(.seconds(600)), now: now)
        #expect(schedule.demand(one.id, now: now) == .queued)
        #expect(schedule.beginDemanded(now: now + .seconds(1)).count == 1)
    }

    @Test func aDemandedCheckMovesTheRhythmOn() {
        var schedule = schedule()
        let one = target(1, interval: .seconds(1_000), sinceCheck: .seconds(500))
        schedule.replace(with: [one], now: start)
        #expect(schedule.demand(one.id, now: start) == .queued)
        let demands = schedule.beginDemanded(now: start)
        schedule.demandFinished(demands[0], then: .routine, now: start)
        let wait = ((schedule.due(one.id) ?? start) - start).seconds
        #expect(wait >= 700 && wait <= 1_300)
    }

    @Test func demandsAreBoundedAndTwoForOneConnectorAreOneCheck() {
        var schedule = schedule()
        for number in 0..<32 { #expect(schedule.demand("con_\(number)", now: start) == .queued) }
        #expect(schedule.demand("con_99", now: start) == .full)
        #expect(schedule.demand("con_3", now: start) == .queued)
        #expect(schedule.beginDemanded(now: start).count == 1, "what nobody knows shares a lane")
        schedule.dropDemands()
        #expect(schedule.nextDemand == nil)
    }
}
