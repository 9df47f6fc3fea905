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

    /// Lets every check take that long and gives the starts, in order, up to the end.
    private func starts(
        _ schedule: inout Schedule,
        until end: Duration,
        each length: Duration
    ) -> [(id: String, lane: String, at: Duration)] {
        var starts: [(id: String, lane: String, at: Duration)] = []
        var running: [(target: Schedule.Target, end: Moment)] = []
        var now = start
        while now <= start + end {
            for check in running where check.end <= now {
                schedule.finished(check.target.id, lane: check.target.lane, then: .routine, now: now)
            }
            running.removeAll { $0.end <= now }
            for target in schedule.begin(now: now) {
                starts.append((target.id, target.lane, now - start))
                running.append((target, now + length))
            }
            let next = [schedule.nextDeadline, running.map(\.end).min()].compactMap { $0 }.min()
            guard let next else { break }
            now = max(next, now + .nanoseconds(1))
        }
        return starts
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
        for check in starts(&schedule, until: .seconds(120), each: .milliseconds(50)) {
            perSecond[Int(check.at.seconds)] += 1
        }
        // Checked all at once 7 s ago, they come again within the 18 s that the jitter spreads them over: 28 a second.
        #expect(perSecond.max() ?? .max <= (sinceCheck == .seconds(7) ? 54 : 37))
        #expect(perSecond[0..<120].reduce(0, +) > 1_700)
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
        let starts = starts(&schedule, until: .seconds(200), each: .milliseconds(400))
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
}
