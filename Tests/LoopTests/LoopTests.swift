import Foundation
import Synchronization
import Testing

@testable import Loop

/// A loop of the test's own, with an actor pinned to it.
private actor Pinned {
    let loop: Loop
    private var seen: [Int] = []

    init(_ loop: Loop) { self.loop = loop }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    func take(_ number: Int) { seen.append(number) }

    func takeAll() -> [Int] { seen }

    func statistics() -> Loop.Statistics { loop.statistics }

    /// Keeps the thread busy until it is let go, so that work piles up behind it.
    func hold(_ begun: CheckedContinuation<Void, Never>, until gate: DispatchSemaphore) {
        begun.resume()
        gate.wait()
    }

    func fire(after delays: [Duration], cancelling cancelled: Int, _ fired: @escaping @Sendable (Int) -> Void) {
        let timers = delays.enumerated().map { index, delay in loop.schedule(after: delay) { fired(index) } }
        loop.cancel(timers[cancelled])
    }
}

/// An actor without an executor of its own: what a careless library would bring along.
private actor Elsewhere {
    func isOn(_ loop: Loop) -> Bool { loop.isCurrent }
}

/// One thread that is both kinds of executor.
@Suite(.timeLimit(.minutes(1)))
struct LoopTests {
    @Test func workFromOtherThreadsWakesItOncePerBatch() async {
        let loop = Loop(name: "test", reactor: Park())
        let actor = Pinned(loop)
        let before = await actor.statistics()
        let gate = DispatchSemaphore(value: 0)
        await withCheckedContinuation { begun in
            Task(executorPreference: loop) { await actor.hold(begun, until: gate) }
        }
        Self.enqueue(1_000, on: loop, actor)
        gate.signal()
        #expect(await actor.takeAll().count == 1_000)
        let after = await actor.statistics()
        #expect(after.wakes - before.wakes < 100, "a thousand jobs rang \(after.wakes - before.wakes) times")
        loop.stop()
    }

    /// From many threads at once; when it returns, all of it is enqueued.
    private static func enqueue(_ count: Int, on loop: Loop, _ actor: Pinned) {
        DispatchQueue.concurrentPerform(iterations: count) { number in
            Task(executorPreference: loop) { await actor.take(number) }
        }
    }

    @Test func aDefaultActorsHopDoesNotLeaveTheLoopOfATaskThatPrefersIt() async {
        let loop = Loop(name: "test", reactor: Park())
        let stayed = await Task(executorPreference: loop) {
            let elsewhere = Elsewhere()
            let inside = await elsewhere.isOn(loop)
            await Task.yield()
            return inside && loop.isCurrent
        }.value
        #expect(stayed)
        let left = await Task { await Elsewhere().isOn(loop) }.value
        #expect(!left, "without the preference it does leave: the check can fail")
        loop.stop()
    }

    @Test func jobsOfOneSenderRunInTheirOrder() async {
        let loop = Loop(name: "test", reactor: Park())
        let actor = Pinned(loop)
        await Task(executorPreference: loop) {
            for number in 0..<500 { await actor.take(number) }
        }.value
        #expect(await actor.takeAll() == Array(0..<500))
        loop.stop()
    }

    @Test func timersFireInTheirOrderAndCancelledOnesDoNot() async {
        let loop = Loop(name: "test", reactor: Park())
        let actor = Pinned(loop)
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        let delays: [Duration] = [.milliseconds(30), .milliseconds(10), .milliseconds(20), .milliseconds(10)]
        await actor.fire(after: delays, cancelling: 2) { continuation.yield($0) }
        var fired: [Int] = []
        for await number in stream {
            fired.append(number)
            if fired.count == 3 { break }
        }
        #expect(fired == [1, 3, 0])
        loop.stop()
    }
}

/// The heap of deadlines alone.
@Suite struct TimersTests {
    @Test func theEarliestComesFirstWhateverTheOrderOfScheduling() {
        var timers = Timers()
        let log = Log()
        for time in [5, 3, 9, 1, 7, 3] {
            _ = timers.schedule(at: Moment(nanoseconds: Int64(time))) { log.values.append(time) }
        }
        #expect(timers.popDue(now: Moment(nanoseconds: 0)) == nil)
        while let action = timers.popDue(now: Moment(nanoseconds: 7)) { action() }
        #expect(log.values == [1, 3, 3, 5, 7])
        #expect(timers.nextDeadline == Moment(nanoseconds: 9))
    }

    @Test func cancelledOnesLeaveNothingBehind() {
        var timers = Timers()
        let ids = (0..<1_000).map { timers.schedule(at: Moment(nanoseconds: Int64($0))) {} }
        for id in ids.dropLast() { timers.cancel(id) }
        #expect(timers.count == 1)
        #expect(timers.nextDeadline == Moment(nanoseconds: 999))
        if let last = ids.last { timers.cancel(last) }
        #expect(timers.nextDeadline == nil)
    }

    @Test func momentsSaturateInsteadOfTrapping() {
        let end = Moment(nanoseconds: .max)
        #expect(end + .seconds(1) == end)
        #expect(Moment(nanoseconds: 0) + .seconds(Int64.max) == end)
        #expect(Moment(nanoseconds: 1_500_000_000) - Moment(nanoseconds: 0) == .milliseconds(1_500))
    }

    private final class Log { var values: [Int] = [] }
}
