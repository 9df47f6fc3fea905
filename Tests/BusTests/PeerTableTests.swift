import Loop
import Testing
import Wire

@testable import Bus

/// The server's table alone: moments are made up, nothing is sent.
@Suite struct PeerTableTests {
    private let start = Moment(nanoseconds: 1_000_000_000_000)

    private func at(_ seconds: Double) -> Moment { start + .seconds(seconds) }

    private func sender(
        _ routing: UInt8,
        instance: String = "one",
        boot: String = "b1",
        role: Role = .imageWorker
    ) -> PeerTable.Sender {
        PeerTable.Sender(
            routing: RoutingID([routing]),
            role: role,
            service: role.rawValue,
            instance: instance,
            boot: boot
        )
    }

    private func welcomed(_ table: inout PeerTable, _ sender: PeerTable.Sender, at now: Moment? = nil) throws -> Peer {
        guard case .welcome(let peer, _, _) = table.hello(sender, sequence: 1, now: now ?? start) else {
            throw BusError(.closed, "not welcomed")
        }
        return peer
    }

    @Test func anUnknownPeerIsChallengedAndNotTooOften() {
        var table = PeerTable(now: start)
        #expect(table.heard(sender(1), sequence: 9, now: start) == .challenge)
        #expect(table.heard(sender(1), sequence: 10, now: at(0.1)) == .ignore)
        #expect(table.heard(sender(2), sequence: 1, now: at(0.1)) == .challenge)
        #expect(table.heard(sender(1), sequence: 11, now: at(0.6)) == .challenge)
    }

    @Test func whoSaidHelloIsHeard() throws {
        var table = PeerTable(now: start)
        let peer = try welcomed(&table, sender(1))
        #expect(table.heard(sender(1), sequence: 2, now: at(1)) == .deliver(peer, lost: 0))
        #expect(table.heard(sender(1), sequence: 5, now: at(1)) == .deliver(peer, lost: 2))
    }

    @Test func anotherIdentityOnTheSameConnectionIsChallenged() throws {
        var table = PeerTable(now: start)
        _ = try welcomed(&table, sender(1))
        #expect(table.heard(sender(1, boot: "b2"), sequence: 2, now: at(1)) == .challenge)
        #expect(table.heard(sender(1, role: .tap), sequence: 2, now: at(2)) == .challenge)
        #expect(table.heard(sender(1, instance: "two"), sequence: 2, now: at(3)) == .challenge)
    }

    @Test func theSameProcessOnANewConnectionRenewsItsSession() throws {
        var table = PeerTable(now: start)
        let former = try welcomed(&table, sender(1))
        guard case .welcome(let peer, let ended, _) = table.hello(sender(2), sequence: 1, now: at(1)) else {
            Issue.record("not welcomed")
            return
        }
        #expect(ended == [PeerTable.Ended(peer: former, reason: .renewed)])
        #expect(peer != former)
        #expect(!table.isInSession(former))
        #expect(table.isInSession(peer))
        #expect(table.count == 1)
    }

    @Test func anotherBootOfTheSameInstanceReplacesTheOlderOneForGood() throws {
        var table = PeerTable(now: start)
        let older = try welcomed(&table, sender(1))
        guard case .welcome(_, let ended, _) = table.hello(sender(2, boot: "b2"), sequence: 1, now: at(1)) else {
            Issue.record("not welcomed")
            return
        }
        #expect(ended == [PeerTable.Ended(peer: older, reason: .replaced)])
        #expect(table.hello(sender(1), sequence: 1, now: at(2)) == .dismiss)
        #expect(table.heard(sender(1), sequence: 2, now: at(2)) == .challenge)
        #expect(table.count == 1)
    }

    @Test func whereNamesAreSharedBothAreServedAndTheFirstWordOfTheOlderProvesIt() throws {
        var limits = PeerTable.Limits()
        limits.sharesNames = true
        var table = PeerTable(limits, now: start)
        let older = try welcomed(&table, sender(1))
        guard
            case .welcome(let newer, let ended, let namesakes) = table.hello(
                sender(2, boot: "b2"),
                sequence: 1,
                now: at(1)
            )
        else {
            Issue.record("not welcomed")
            return
        }
        #expect(ended.isEmpty && namesakes == [older])
        #expect(table.hasNamesake(newer) && table.hasNamesake(older))
        #expect(table.provesNamesake(newer) == false)
        #expect(table.heard(sender(1), sequence: 2, now: at(2)) == .deliver(older, lost: 0))
        #expect(table.provesNamesake(older) == true)
        #expect(table.provesNamesake(older) == false, "once is enough")
        // A new connection of the older one's is its own session renewed, and nobody else's end.
        guard case .welcome(_, let renewed, _) = table.hello(sender(3), sequence: 1, now: at(3)) else { return }
        #expect(renewed == [PeerTable.Ended(peer: older, reason: .renewed)])
        #expect(table.count == 2)
        table.remove(newer)
        #expect(table.peers.allSatisfy { !table.hasNamesake($0) })
    }

    @Test func anotherRolesInstanceOfTheSameNameIsNotReplaced() throws {
        var table = PeerTable(now: start)
        let worker = try welcomed(&table, sender(1))
        let tap = try welcomed(&table, sender(2, boot: "b2", role: .tap))
        #expect(table.isInSession(worker))
        #expect(table.isInSession(tap))
    }

    @Test func silenceEndsASessionAfterThreeHeartbeats() throws {
        var table = PeerTable(now: start)
        let silent = try welcomed(&table, sender(1))
        let alive = try welcomed(&table, sender(2, instance: "two"))
        for step in 1...6 {
            _ = table.heard(sender(2, instance: "two"), sequence: UInt64(step) + 1, now: at(Double(step)))
            #expect(table.tick(at(Double(step))) == [])
        }
        #expect(table.tick(at(6.5)) == [PeerTable.Ended(peer: silent, reason: .silent)])
        #expect(table.isInSession(alive))
        #expect(table.heard(sender(1), sequence: 2, now: at(7)) == .challenge)
    }

    @Test func whoIsOverdueIsAskedForEveryHalfHeartbeat() throws {
        var table = PeerTable(now: start)
        let peer = try welcomed(&table, sender(1))
        #expect(table.quiet(at(2.4)) == [])
        #expect(table.quiet(at(2.6)) == [peer])
        #expect(table.quiet(at(3)) == [])
        #expect(table.quiet(at(3.7)) == [peer])
        _ = table.heard(sender(1), sequence: 2, now: at(4))
        #expect(table.quiet(at(6)) == [])
    }

    @Test func theOwnStandstillIsNobodysSilence() throws {
        var table = PeerTable(now: start)
        _ = try welcomed(&table, sender(1))
        for step in 1...5 { #expect(table.tick(at(Double(step))) == []) }
        #expect(table.tick(at(35)) == [])
        #expect(table.takeLongestPause() == .seconds(30))
        #expect(table.tick(at(36.5)).count == 1)
    }

    @Test func aRefusedMessageLeavesNoGapAndEachPeerHasItsOwnNumbers() throws {
        var table = PeerTable(now: start)
        let one = try welcomed(&table, sender(1))
        let two = try welcomed(&table, sender(2, instance: "two"))
        #expect(table.nextSequence(one) == 1)
        table.sent(one)
        #expect(table.nextSequence(one) == 2)
        #expect(table.nextSequence(two) == 1)
        table.bye(one)
        #expect(table.nextSequence(one) == nil)
    }

    @Test func theTableIsBounded() throws {
        var limits = PeerTable.Limits()
        limits.peers = 3
        limits.strangers = 2
        var table = PeerTable(limits, now: start)
        for number in UInt8(1)...3 { _ = try welcomed(&table, sender(number, instance: "i\(number)")) }
        #expect(table.hello(sender(4, instance: "i4"), sequence: 1, now: start) == .full)
        #expect(table.heard(sender(10), sequence: 1, now: start) == .challenge)
        #expect(table.heard(sender(11), sequence: 1, now: start) == .challenge)
        #expect(table.heard(sender(12), sequence: 1, now: start) == .ignore)
        #expect(table.heard(sender(12), sequence: 1, now: at(1)) == .challenge)
    }

    // MARK: Offenders

    @Test func fiveBadMessagesInAMinuteMeanAMinuteOfQuarantine() {
        var offenders = Offenders()
        let peer = RoutingID([1])
        for step in 0..<4 {
            #expect(offenders.strike(peer, now: at(Double(step) * 10)).quarantined == false)
        }
        #expect(offenders.strike(peer, now: at(40)).quarantined)
        #expect(offenders.isIgnored(peer, now: at(99)))
        #expect(!offenders.isIgnored(RoutingID([2]), now: at(99)))
        #expect(!offenders.isIgnored(peer, now: at(101)))
    }

    @Test func badMessagesFarApartAreForgiven() {
        var offenders = Offenders()
        for step in 0..<50 {
            #expect(!offenders.strike(RoutingID([1]), now: at(Double(step) * 20)).quarantined)
        }
    }

    @Test func errorsAreAnsweredAtALimitedRate() {
        var offenders = Offenders()
        #expect(offenders.strike(RoutingID([1]), now: at(0)).answer)
        #expect(!offenders.strike(RoutingID([1]), now: at(0.5)).answer)
        #expect(offenders.strike(RoutingID([1]), now: at(1.1)).answer)
    }

    @Test func theListOfOffendersIsBounded() {
        var limits = Offenders.Limits()
        limits.peers = 8
        var offenders = Offenders(limits)
        for number in UInt8(0)..<200 { _ = offenders.strike(RoutingID([number]), now: at(Double(number))) }
        for _ in 0..<5 { _ = offenders.strike(RoutingID([250]), now: at(201)) }
        #expect(offenders.isIgnored(RoutingID([250]), now: at(202)))
        offenders.tick(at(1_000))
        #expect(!offenders.isIgnored(RoutingID([250]), now: at(202)))
    }
}
