import Loop
import Support
import Testing

@testable import HealthMonitor

/// The schedule against a clock that stands wherever the test puts it.
struct ScheduleTests {
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

    private func schedule(_ pace: Pace = Pace()) -> Schedule {
        Schedule(pace: pace, seed: runSeed)
    }

    /// The largest distance between the phases of 500 connectors and an even spread.
    private func unevenness(ofSet set: Int) -> Double {
        let fractions = (0..<500).map { Schedule.fraction(of: "con_\(set)_\($0)") }.sorted()
        let distances = fractions.enumerated().map { index, value in
            max(abs(value - Double(index) / 500), abs(value - Double(index + 1) / 500))
        }
        return distances.max() ?? 1
    }

    /// Kolmogorov and Smirnov at one per cent, 1.63 / √500: an even hash fails it once in a hundred sets, so a single
    /// set proves nothing either way. Of 200 sets two are expected to fail; more than eight happen once in 4,000 runs.
    @Test func phasesOfFiveHundredConnectorsFillTheIntervalEvenly() {
        let failures = (0..<200).filter { unevenness(ofSet: $0) > 0.0729 }
        #expect(failures.count <= 8)
        #expect((0..<10_000).allSatisfy { (0..<1).contains(Schedule.fraction(of: "con_\($0)")) })
    }

    /// 500 connectors at 30 s are 16.7 a second; five standard deviations above that are 37.
    @Test(arguments: [nil, Duration.seconds(7), .seconds(3_600)])
    func noSecondOfARestartIsOverloaded(_ sinceCheck: Duration?) {
        var pace = Pace()
        pace.newcomerSpread = .seconds(30)
        var schedule = schedule(pace)
        let targets = (0..<500).map { target($0, interval: .seconds(30), sinceCheck: sinceCheck) }
        schedule.replace(with: targets, now: start)
        var perSecond = [Int](repeating: 0, count: 121)
        for check in schedule.starts(from: start, until: .seconds(120), each: .milliseconds(50)) {
            perSecond[Int(check.at.seconds)] += 1
        }
        // Checked all at once 7 s ago, they come again within the 18 s that the jitter spreads them over: 28 a second.
        #expect(perSecond.max() ?? .max <= (sinceCheck == .seconds(7) ? 54 : 37), "seed \(runSeed)")
        #expect(perSecond[0..<120].reduce(0, +) > 1_700)
    }

    /// When in the thirteenth interval the checks of 200 connectors come that were all added at once: the largest
    /// distance from an even spread, in units of Kolmogorov and Smirnov's 1 / √n.
    private func unevennessAfterTwelveIntervals(seed: UInt64) -> Double {
        var schedule = Schedule(pace: Pace(), seed: seed)
        let targets = (0..<200).map { target($0, interval: .seconds(3_600)) }
        schedule.replace(with: targets, now: start)
        let phases = schedule.starts(from: start, until: .seconds(13 * 3_600), each: .zero)
            .map { $0.at.seconds / 3_600 - 12 }.filter { $0 >= 0 }.sorted()
        let count = Double(phases.count)
        let distances = phases.enumerated().map { max(abs($1 - Double($0) / count), abs($1 - Double($0 + 1) / count)) }
        return (distances.max() ?? 1) * count.squareRoot()
    }

    /// 1.63 is passed by one even schedule in a hundred; two of five past it happen once in 1,000 runs.
    @Test func connectorsThatWereAddedTogetherFillTheIntervalEvenlyInTime() {
        let distances = (0..<5).map { unevennessAfterTwelveIntervals(seed: runSeed &+ $0) }
        #expect(distances.count { $0 > 1.63 } <= 1, "seed \(runSeed): \(distances)")
    }

    @Test func everyIntervalStaysWithinItsJitterAndTheMeanIsKept() {
        var schedule = schedule()
        let one = target(1, interval: .seconds(1_000))
        schedule.replace(with: [one], now: start)
        var now = start
        var sum = 0.0
        for round in 0..<400 {
            now = schedule.due(one.id) ?? now
            #expect(schedule.begin(now: now) == [one])
            schedule.finished(one.id, lane: one.lane, then: .routine, now: now)
            let gap = ((schedule.due(one.id) ?? now) - now).seconds
            #expect(gap >= 700 && gap <= 1_300, "round \(round), seed \(runSeed)")
            sum += gap
        }
        #expect(abs(sum / 400 - 1_000) < 40)
    }

    @Test func aNewcomerIsCheckedWithinTenSecondsHoweverLongItsInterval() {
        var schedule = schedule()
        schedule.replace(with: [], now: start)
        for number in 0..<50 { schedule.put(target(number, interval: .seconds(21_600)), now: start) }
        for number in 0..<50 {
            let wait = (schedule.due("con_\(number)") ?? start + .seconds(99)) - start
            #expect(wait >= .zero && wait <= .seconds(10))
        }
    }

    @Test func aRestartKeepsTheRhythm() {
        var schedule = schedule()
        schedule.replace(
            with: [
                target(1, interval: .seconds(1_000), sinceCheck: .seconds(600)),
                target(2, interval: .seconds(1_000), sinceCheck: .seconds(5_000)),
                target(3, interval: .seconds(1_000)),
            ],
            now: start
        )
        func wait(_ number: Int) -> Duration { (schedule.due("con_\(number)") ?? start + .seconds(9_999)) - start }
        #expect(wait(1) >= .seconds(100) && wait(1) <= .seconds(700))
        #expect(wait(2).milliseconds == (.seconds(60) * Schedule.fraction(of: "con_2")).milliseconds)
        #expect(wait(3).milliseconds == (.seconds(10) * Schedule.fraction(of: "con_3")).milliseconds)
    }

    @Test func aProviderSeesOneCheckAtATimeWithAPauseBetween() {
        var schedule = schedule()
        let targets = (0..<12).map { target($0, lane: "openai", interval: .seconds(20)) }
        schedule.replace(with: targets, now: start)
        let starts = schedule.starts(from: start, until: .seconds(200), each: .milliseconds(400))
        #expect(starts.count > 50)
        for (earlier, later) in zip(starts, starts.dropFirst()) {
            #expect(later.at - earlier.at >= .milliseconds(1_400))
        }
        #expect(Set(starts.map(\.id)).count == 12)
    }

    @Test func notMoreThanTheAllowedNumberRunAtOnce() {
        var pace = Pace()
        pace.atOnce = 3
        var schedule = schedule(pace)
        schedule.replace(with: (0..<10).map { target($0, interval: .seconds(10)) }, now: start)
        let now = start + .seconds(20)
        let begun = schedule.begin(now: now)
        #expect(begun.count == 3)
        #expect(schedule.begin(now: now).isEmpty)
        #expect(schedule.nextDeadline == nil)
        schedule.finished(begun[0].id, lane: begun[0].lane, then: .routine, now: now)
        #expect(schedule.begin(now: now).count == 1)
    }

    @Test func aConfirmationComesBeforeTheRestOfItsLane() {
        var schedule = schedule()
        let (first, second) = (
            target(1, lane: "one", interval: .seconds(5)), target(2, lane: "one", interval: .seconds(5))
        )
        schedule.replace(with: [first, second], now: start)
        var now = start + .seconds(5)
        let begun = schedule.begin(now: now)
        #expect(begun.count == 1)
        schedule.finished(begun[0].id, lane: "one", then: .confirmation, now: now)
        let wait = (schedule.due(begun[0].id) ?? now) - now
        #expect(wait >= .seconds(1) && wait <= .seconds(2))
        now += .seconds(2)
        #expect(schedule.begin(now: now) == begun)
    }

    @Test func aCheckThatCouldNotBeMadeComesBackAfterTheSetback() {
        var schedule = schedule()
        let one = target(1, interval: .seconds(3_600))
        schedule.put(one, now: start)
        let now = start + .seconds(10)
        _ = schedule.begin(now: now)
        schedule.finished(one.id, lane: one.lane, then: .setback, now: now)
        #expect(schedule.due(one.id) == now + .seconds(5))
    }

    @Test func aProviderThatAsksForRestGetsIt() {
        var schedule = schedule()
        let (first, second) = (
            target(1, lane: "one", interval: .seconds(5)), target(2, lane: "one", interval: .seconds(5))
        )
        schedule.replace(with: [first, second], now: start)
        let now = start + .seconds(5)
        let begun = schedule.begin(now: now)
        schedule.finished(begun[0].id, lane: "one", then: .rest(.seconds(60)), now: now)
        #expect(schedule.begin(now: now + .seconds(59)).isEmpty)
        #expect(schedule.begin(now: now + .seconds(60)).count == 1)
    }

    @Test func liveTrafficBringsACheckForwardButNotRightAfterOne() {
        var schedule = schedule()
        let one = target(1, interval: .seconds(3_600))
        schedule.replace(with: [one], now: start)
        schedule.bringForward(one.id, now: start)
        #expect(schedule.begin(now: start) == [one])
        schedule.finished(one.id, lane: one.lane, then: .routine, now: start)
        schedule.bringForward(one.id, now: start + .seconds(1))
        #expect(schedule.due(one.id) == start + .seconds(30))
    }

    @Test func aConnectorRemovedWhileItIsCheckedFreesItsLane() {
        var schedule = schedule()
        let (first, second) = (
            target(1, lane: "one", interval: .seconds(1)), target(2, lane: "one", interval: .seconds(9))
        )
        schedule.replace(with: [first], now: start)
        let now = start + .seconds(1)
        #expect(schedule.begin(now: now) == [first])
        schedule.replace(with: [second], now: now)
        #expect(schedule.begin(now: now + .seconds(10)).isEmpty)
        schedule.finished(first.id, lane: "one", then: .routine, now: now + .seconds(10))
        #expect(schedule.count == 1)
        #expect(schedule.begin(now: now + .seconds(11)) == [second])
    }

    @Test func aShorterIntervalTakesEffectAtOnceAndALongerOneAtTheNextCheck() {
        var schedule = schedule()
        let one = target(1, interval: .seconds(3_600))
        schedule.replace(with: [one], now: start)
        _ = schedule.begin(now: start + .seconds(3_600))
        schedule.finished(one.id, lane: one.lane, then: .routine, now: start)
        let before = schedule.due(one.id)
        schedule.put(target(1, interval: .seconds(36_000)), now: start)
        #expect(schedule.due(one.id) == before)
        schedule.put(target(1, interval: .seconds(10)), now: start)
        #expect((schedule.due(one.id) ?? .now) - start <= .seconds(13))
    }

    // MARK: Outages

    @Test func aProviderThatIsDownIsLookedAtLessAndLessOftenAndNeverLessThanItsInterval() {
        var schedule = schedule()
        let one = target(1, interval: .seconds(21_600))
        schedule.replace(with: [one], now: start)
        var now = start + .seconds(10)
        var waits: [Double] = []
        for _ in 0..<40 {
            #expect(schedule.begin(now: now) == [one])
            schedule.finished(one.id, lane: one.lane, then: .outage, now: now)
            let due = schedule.due(one.id) ?? now
            waits.append((due - now).seconds)
            now = due
        }
        #expect(waits[0] >= 30 && waits[0] <= 90, "seed \(runSeed)")
        #expect(waits.allSatisfy { $0 >= 30 && $0 <= 900 }, "seed \(runSeed): \(waits)")
        #expect((waits.max() ?? 0) > 300, "seed \(runSeed): \(waits)")
        _ = schedule.begin(now: now)
        schedule.finished(one.id, lane: one.lane, then: .routine, now: now)
        #expect(((schedule.due(one.id) ?? now) - now).seconds >= 15_120)
    }

    /// 300 connectors of 300 providers that went down together; an even spread over the first minute is 5 a second.
    @Test func connectorsThatWentDownTogetherDoNotComeBackTogether() {
        var schedule = schedule()
        let targets = (0..<300).map { target($0, interval: .seconds(21_600)) }
        schedule.replace(with: targets, now: start)
        var now = start + .seconds(10)
        while true {
            let begun = schedule.begin(now: now)
            guard !begun.isEmpty else { break }
            for target in begun { schedule.finished(target.id, lane: target.lane, then: .outage, now: now) }
            now += .nanoseconds(1)
        }
        var perSecond: [Int: Int] = [:]
        for target in targets {
            perSecond[Int(((schedule.due(target.id) ?? now) - start).seconds), default: 0] += 1
        }
        #expect((perSecond.values.max() ?? .max) <= 17, "seed \(runSeed)")
    }
}
