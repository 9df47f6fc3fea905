import Loop
import Testing
import Wire

@testable import Bus

/// Row 21 of the failure table: a machine is suspended for ten minutes. Kernels differ in whether the monotonic clock
/// of the suspended side goes on; everybody else's does.
@Suite struct StallGuardTests {
    /// The clock of a machine that is suspended, and that of one which isn't.
    private struct Clocks {
        var own = Moment(nanoseconds: 1_000_000_000_000)
        var others = Moment(nanoseconds: 5_000_000_000_000)

        mutating func pass(_ time: Duration) {
            own += time
            others += time
        }

        mutating func suspend(_ time: Duration, goesOn: Bool) {
            if goesOn { own += time }
            others += time
        }
    }

    private let nap = Duration.seconds(600)

    private func sender() -> PeerTable.Sender {
        PeerTable.Sender(
            routing: RoutingID([1]),
            role: .imageWorker,
            service: "image-worker",
            instance: "w",
            boot: "b"
        )
    }

    @Test(arguments: [true, false])
    func aSuspendedServerTakesNobodysSilenceForDeath(clockGoesOn: Bool) throws {
        var clocks = Clocks()
        var table = PeerTable(now: clocks.own)
        guard case .welcome = table.hello(sender(), sequence: 1, now: clocks.own) else {
            Issue.record("not welcome")
            return
        }
        for _ in 0..<8 {
            clocks.pass(.milliseconds(500))
            #expect(table.tick(clocks.own).isEmpty)
        }
        clocks.suspend(nap, goesOn: clockGoesOn)
        #expect(table.tick(clocks.own).isEmpty)
        // From now on the peer has what was left of its time, and no more.
        var silentAfter: Duration = .zero
        while table.tick(clocks.own).isEmpty, silentAfter < .seconds(60) {
            clocks.pass(.milliseconds(500))
            silentAfter += .milliseconds(500)
        }
        #expect(silentAfter > .zero && silentAfter <= .seconds(7), "\(silentAfter)")
    }

    @Test(arguments: [true, false])
    func aSuspendedPeerKeepsItsSessionUntilTheServerSaysOtherwise(clockGoesOn: Bool) {
        var clocks = Clocks()
        var machine = LinkMachine(now: clocks.own)
        _ = machine.connected(spread: 0, now: clocks.own)
        machine.helloSent(true, now: clocks.own)
        _ = machine.heard(.welcome(session: "1", boot: "s"), boot: "s", sequence: 1, now: clocks.own)
        clocks.suspend(nap, goesOn: clockGoesOn)
        #expect(!machine.tick(clocks.own).contains(.down(.silent)))
        // The server, whose clock went on, has ended the session: whatever is said is challenged.
        #expect(machine.heard(.who, boot: "s", sequence: 0, now: clocks.own) == [.down(.challenged), .hello])
    }

    @Test func aGapIsAddedOnceAndOnlyWhenItIsLongerThanTwoHeartbeats() {
        var clocks = Clocks()
        var guardian = StallGuard(heartbeat: .seconds(2), now: clocks.own)
        clocks.pass(.seconds(4))
        #expect(guardian.tick(clocks.own) == .zero)
        clocks.suspend(nap, goesOn: true)
        #expect(guardian.tick(clocks.own) == nap)
        #expect(guardian.tick(clocks.own) == .zero)
        clocks.suspend(nap, goesOn: false)
        #expect(guardian.tick(clocks.own) == .zero)
        #expect(guardian.takeLongest() == nap)
    }
}
