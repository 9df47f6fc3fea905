import Loop
import Testing

@testable import Martlet

@Suite struct SupervisorMachineTests {
    private let start = Moment(nanoseconds: 0)

    /// A machine all of whose children run, with pids 1, 2, 3.
    private func running(serving: Bool = true) -> SupervisorMachine {
        var machine = SupervisorMachine(
            [.init(name: "audit", stage: 1), .init(name: "gateway", stage: 0), .init(name: "worker", stage: 0)],
            now: start
        )
        #expect(machine.startRequested() == [.start("audit"), .start("gateway"), .start("worker")])
        for (index, name) in ["audit", "gateway", "worker"].enumerated() {
            #expect(machine.childStarted(name, pid: Int32(index + 1), now: start) == [])
        }
        if serving { #expect(machine.servingBegan() == [.announce]) }
        return machine
    }

    @Test func theClusterIsAnnouncedOnce() {
        var machine = running()
        #expect(machine.servingBegan() == [])
        #expect(!machine.awaitsServing)
    }

    @Test func theAnnouncementWaitsForEveryChild() {
        var machine = running(serving: false)
        _ = machine.childEnded(pid: 3, .code(1), now: start)
        #expect(machine.servingBegan() == [])
        _ = machine.timePassed(now: start + .milliseconds(200))
        _ = machine.childStarted("worker", pid: 9, now: start)
        #expect(machine.servingBegan() == [.announce])
    }

    @Test func aDeadChildIsStartedAgainAfterAPause() {
        var machine = running()
        let actions = machine.childEnded(pid: 2, .signal(9), now: start)
        #expect(actions == [.say("gateway was killed by signal 9; starting it again in 200 ms")])
        #expect(machine.nextDeadline == start + .milliseconds(200))
        #expect(machine.timePassed(now: start + .milliseconds(199)) == [])
        #expect(machine.timePassed(now: start + .milliseconds(200)) == [.start("gateway")])
        #expect(machine.childStarted("gateway", pid: 7, now: start) == [.say("gateway runs again, pid 7")])
        #expect(machine.pids.map(\.pid) == [1, 7, 3])
    }

    @Test func thePauseGrowsAndIsForgottenAfterASteadyRun() {
        var machine = running()
        var now = start
        var pid: Int32 = 2
        var pauses: [Int64] = []
        for _ in 0..<8 {
            _ = machine.childEnded(pid: pid, .code(1), now: now)
            let due = machine.nextDeadline ?? now
            pauses.append((due - now).milliseconds)
            now = due
            #expect(machine.timePassed(now: now) == [.start("gateway")])
            pid += 10
            _ = machine.childStarted("gateway", pid: pid, now: now)
        }
        #expect(pauses == [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
        now += .seconds(20)
        _ = machine.childEnded(pid: pid, .code(1), now: now)
        #expect(machine.nextDeadline == now + .milliseconds(200))
    }

    @Test func stagesStopOneAfterTheOther() {
        var machine = running()
        #expect(machine.stopRequested(now: start) == [.terminate(pid: 2), .terminate(pid: 3)])
        #expect(machine.childEnded(pid: 3, .code(0), now: start) == [])
        #expect(machine.childEnded(pid: 2, .code(0), now: start) == [.terminate(pid: 1)])
        #expect(machine.childEnded(pid: 1, .code(0), now: start) == [.end(code: 0)])
        #expect(machine.nextDeadline == nil)
    }

    @Test func aStageThatTakesTooLongIsKilled() {
        var machine = running()
        _ = machine.stopRequested(now: start)
        _ = machine.childEnded(pid: 3, .code(0), now: start)
        #expect(machine.timePassed(now: start + .seconds(15)) == [.kill(pid: 2)])
        #expect(machine.childEnded(pid: 2, .signal(9), now: start) == [.terminate(pid: 1)])
    }

    @Test func aSecondRequestKillsAll() {
        var machine = running()
        _ = machine.stopRequested(now: start)
        #expect(machine.stopRequested(now: start) == [.kill(pid: 1), .kill(pid: 2), .kill(pid: 3)])
    }

    @Test func nothingIsStartedAgainWhileStopping() {
        var machine = running()
        _ = machine.childEnded(pid: 3, .code(1), now: start)
        _ = machine.stopRequested(now: start)
        #expect(machine.timePassed(now: start + .seconds(1)) == [])
        _ = machine.childEnded(pid: 2, .code(0), now: start)
        #expect(machine.childEnded(pid: 1, .code(0), now: start) == [.end(code: 0)])
    }

    @Test func aChildThatStartsWhileStoppingIsStoppedToo() {
        var machine = running()
        _ = machine.childEnded(pid: 3, .code(1), now: start)
        #expect(machine.timePassed(now: start + .seconds(1)) == [.start("worker")])
        _ = machine.stopRequested(now: start)
        #expect(machine.childStarted("worker", pid: 9, now: start) == [.terminate(pid: 9)])
    }

    @Test func aServiceThatNeverHoldsEndsTheStart() {
        var machine = running(serving: false)
        var actions: [SupervisorMachine.Action] = []
        for pid in [2, 12, 22, 32] as [Int32] {
            actions = machine.childEnded(pid: pid, .code(69), now: start)
            _ = machine.timePassed(now: start + .seconds(5))
            _ = machine.childStarted("gateway", pid: pid + 10, now: start)
        }
        #expect(actions.first == .say("gateway ended with code 69"))
        #expect(actions.contains(.terminate(pid: 3)))
    }

    @Test func aServiceThatIsWronglySetUpEndsTheStartAtOnce() {
        var machine = running(serving: false)
        let actions = machine.childEnded(pid: 2, .code(78), now: start)
        #expect(actions == [.say("gateway ended with code 78"), .terminate(pid: 3)])
        var later = running()
        #expect(later.childEnded(pid: 2, .code(78), now: start).count == 1)
    }

    @Test func aStartWithoutEndIsGivenUp() {
        var machine = running(serving: false)
        let actions = machine.timePassed(now: start + .seconds(30))
        #expect(actions.dropFirst() == [.terminate(pid: 2), .terminate(pid: 3)])
        _ = machine.childEnded(pid: 2, .code(0), now: start)
        _ = machine.childEnded(pid: 3, .code(0), now: start)
        #expect(machine.childEnded(pid: 1, .code(0), now: start) == [.end(code: 1)])
    }

    @Test func aChildThatCannotBeStartedCountsAsADeath() {
        var machine = SupervisorMachine([.init(name: "gateway", stage: 0)], now: start)
        _ = machine.startRequested()
        let actions = machine.childCouldNotStart("gateway", reason: "no such file", now: start)
        #expect(actions == [.say("gateway could not be started: no such file; starting it again in 200 ms")])
    }

    @Test func theStatusWordIsRead() {
        #expect(ExitStatus(waitStatus: 0x4e00) == .code(78))
        #expect(ExitStatus(waitStatus: 9) == .signal(9))
        #expect(ExitStatus(waitStatus: 0x8b) == .signal(11))
    }
}
