import Loop
import Testing
import Wire

@testable import Bus

/// The link's machine alone: moments are made up, nothing is sent.
@Suite struct LinkMachineTests {
    private let start = Moment(nanoseconds: 1_000_000_000_000)

    private func at(_ seconds: Double) -> Moment { start + .seconds(seconds) }

    private func machineInSession() -> LinkMachine {
        var machine = LinkMachine(now: start)
        #expect(machine.connected(spread: 0, now: start) == [.hello])
        machine.helloSent(true, now: start)
        #expect(machine.heard(.welcome(session: "1", boot: "b1"), boot: "b1", sequence: 1, now: start) == [.up])
        return machine
    }

    @Test func theFirstConnectionIsGreetedAtOnce() {
        var machine = LinkMachine(now: start)
        #expect(machine.connected(spread: 0.9, now: start) == [.hello])
        #expect(!machine.isUp)
    }

    @Test func anUnansweredHelloIsRepeatedWithGrowingPauses() {
        var machine = LinkMachine(now: start)
        _ = machine.connected(spread: 0, now: start)
        machine.helloSent(true, now: start)
        var hellos: [Double] = []
        for step in 1...400 {
            let now = at(Double(step) / 10)
            if machine.tick(now) == [.hello] {
                hellos.append(Double(step) / 10)
                machine.helloSent(true, now: now)
            }
        }
        #expect(hellos.prefix(5) == [1, 3, 7, 12, 17])
    }

    @Test func aLateTickReadsItsMailBeforeItGreetsAgain() {
        var machine = LinkMachine(now: start)
        _ = machine.connected(spread: 0, now: start)
        machine.helloSent(true, now: start)
        #expect(machine.tick(at(3)) == [])
        #expect(machine.nextTick(now: at(3)) == at(3.25))
        #expect(machine.tick(at(6)) == [.hello])
    }

    @Test func aHelloThatTheSocketRefusedIsTriedAgainSoon() {
        var machine = LinkMachine(now: start)
        _ = machine.connected(spread: 0, now: start)
        machine.helloSent(false, now: start)
        #expect(machine.tick(at(0.04)) == [])
        #expect(machine.tick(at(0.06)) == [.hello])
    }

    @Test func aReconnectionIsGreetedAfterItsShareOfTheSpread() {
        var machine = machineInSession()
        #expect(machine.disconnected() == [.down(.disconnected)])
        #expect(machine.connected(spread: 0.5, now: at(1)) == [])
        #expect(machine.nextTick(now: at(1)) == at(1.05))
        #expect(machine.tick(at(1.04)) == [])
        #expect(machine.tick(at(1.06)) == [.hello])
    }

    @Test func aConnectionThatReplacesAnUnnoticedOneEndsTheSession() {
        var machine = machineInSession()
        #expect(machine.connected(spread: 0, now: at(1)) == [.down(.disconnected)])
        #expect(machine.tick(at(1)) == [.hello])
    }

    @Test func aChallengeIsAnsweredByOneHello() {
        var machine = machineInSession()
        #expect(machine.heard(.who, boot: "b2", sequence: 0, now: at(1)) == [.down(.challenged), .hello])
        machine.helloSent(true, now: at(1))
        #expect(machine.heard(.who, boot: "b2", sequence: 0, now: at(1.01)) == [])
        #expect(machine.heard(.welcome(session: "2", boot: "b2"), boot: "b2", sequence: 1, now: at(1.02)) == [.up])
    }

    @Test func aMessageOfAnotherBootEndsTheSessionAndIsNotDelivered() {
        var machine = machineInSession()
        #expect(machine.heard(.other, boot: "b2", sequence: 2, now: at(1)) == [.down(.restarted), .hello])
    }

    @Test func silenceEndsTheSession() {
        var machine = machineInSession()
        var downAt: Double?
        for step in 1...20 {
            let actions = machine.tick(at(Double(step) / 2))
            if actions.contains(.down(.silent)) { downAt = downAt ?? Double(step) / 2 }
        }
        #expect(downAt == 6.5)
    }

    @Test func anyMessageCountsAsAHeartbeat() {
        var machine = machineInSession()
        for step in 1...20 {
            let now = at(Double(step) / 2)
            #expect(machine.heard(.other, boot: "b1", sequence: UInt64(step) + 1, now: now) == [.deliver])
            #expect(!machine.tick(now).contains(.down(.silent)))
        }
    }

    @Test func heartbeatsLeaveEveryTwoSeconds() {
        var machine = machineInSession()
        var beats = 0
        for step in 1...100 {
            let now = at(Double(step) / 10)
            _ = machine.heard(.other, boot: "b1", sequence: UInt64(step) + 1, now: now)
            beats += machine.tick(now).filter { $0 == .heartbeat }.count
        }
        #expect(beats == 5)
    }

    @Test func theOwnStandstillIsNotTheServersSilence() {
        var machine = machineInSession()
        for step in 1...4 { _ = machine.tick(at(Double(step))) }
        #expect(!machine.tick(at(34)).contains(.down(.silent)))
        #expect(machine.isUp)
        #expect(machine.takeLongestPause() == .seconds(30))
    }

    @Test func aGapIsCountedAsLoss() {
        var machine = machineInSession()
        #expect(machine.heard(.other, boot: "b1", sequence: 2, now: at(1)) == [.deliver])
        #expect(machine.heard(.other, boot: "b1", sequence: 6, now: at(1)) == [.lost(3), .deliver])
        #expect(machine.heard(.other, boot: "b1", sequence: 3, now: at(1)) == [.deliver])
        #expect(machine.heard(.other, boot: "b1", sequence: 7, now: at(1)) == [.deliver])
    }

    @Test func aHostileNumberDoesNotTrap() {
        var machine = machineInSession()
        #expect(machine.heard(.other, boot: "b1", sequence: .max, now: at(1)) == [.lost(1_000_000), .deliver])
        #expect(machine.heard(.other, boot: "b1", sequence: 0, now: at(1)) == [.deliver])
    }

    @Test func aReplacedProcessKeepsQuietForAMinute() {
        var machine = machineInSession()
        let goodbye = LinkMachine.Heard.bye(reason: "replaced")
        #expect(machine.heard(goodbye, boot: "b1", sequence: 2, now: at(1)) == [.down(.goodbye("replaced"))])
        #expect(machine.heard(.who, boot: "b1", sequence: 0, now: at(2)) == [])
        for step in 2...60 { #expect(machine.tick(at(Double(step))) == []) }
        #expect(machine.tick(at(61)) == [.hello])
    }

    @Test func aServerThatShutsDownIsGreetedWhenItIsBack() {
        var machine = machineInSession()
        let goodbye = LinkMachine.Heard.bye(reason: "shutdown")
        #expect(machine.heard(goodbye, boot: "b1", sequence: 2, now: at(1)) == [.down(.goodbye("shutdown"))])
        #expect(machine.tick(at(2)) == [])
        #expect(machine.disconnected() == [])
        #expect(machine.connected(spread: 0, now: at(3)) == [])
        #expect(machine.tick(at(3)) == [.hello])
    }

    @Test func aMessageThatWasRefusedLeavesNoGap() {
        var machine = machineInSession()
        #expect(machine.nextSequence == 2)
        machine.sent()
        #expect(machine.nextSequence == 3)
        #expect(machine.nextSequence == 3)
        _ = machine.heard(.who, boot: "b1", sequence: 0, now: at(1))
        #expect(machine.nextSequence == 1)
    }

    @Test func aClosedLinkDoesNothing() {
        var machine = machineInSession()
        #expect(machine.close() == [.down(.closed)])
        #expect(machine.connected(spread: 0, now: at(1)) == [])
        #expect(machine.heard(.who, boot: "b1", sequence: 0, now: at(1)) == [])
        #expect(machine.tick(at(100)) == [])
        #expect(machine.disconnected() == [])
    }
}
