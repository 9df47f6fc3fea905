import CZeroMQ
import Loop
import Support
import Testing
import Wire

@testable import Bus

/// libzmq 4.3.4 as it behaves, and the sockets around it. The traps of the messaging notes and where they are held:
///
/// | traps | held by |
/// |---|---|
/// | T1 T2 T3 | no routing id is ever set; `manyPeersOfOneRoleAreKeptApart`, `aSecondProcessOfTheSameNameReplacesTheFirst` |
/// | T4 | routers only bind: `Server` has no connect |
/// | T5 | `theUserIdIsReadFromAFrameThatHasIt` |
/// | T6 T7 | `aServerThatWasKilledIsGreetedAgainWithWhatIsHeld`, `aMessageBeforeTheWelcomeIsNotSent` |
/// | T8 | `aPeerThatDoesNotReadGetsARefusalAndHoldsUpNobody` |
/// | T9 T10 | `oversizeMessagesAreDrainedWholeAndTheNextOneIsRead`, `aFrameOverLibzmqsLimitCostsItsSender…` |
/// | T11 | `aRefusedMessageLeavesNothingOfItselfBehind` |
/// | T12 | `aFollowerKnowsWhenItIsSubscribed` |
/// | T13 | the server always reads; `aPeerThatWentAwayIsUnreachable` |
/// | T14 | `aHubPassesFramesOnWithoutProxy` |
/// | T15 T18 | `heartbeatsOfZMTPStayOff` |
/// | T20 T22 | `theProfilesKeepTheirDistanceFromLibzmqsLimits` |
/// | T16 | `aServerWhoseLoopHangsIsNoticed` |
/// | T17 | CONNECTED is not listened to; `SocketMonitor` |
/// | T21 | `theOwnStandstillIsNotTheServersSilence`, `theOwnStandstillIsNobodysSilence`, `aMessageWhoseTimeIsOverIsDropped` |
/// | T25 T26 | `Poller`; errno is read by the line behind the call |
/// | T27 | `SocketMonitor` loads unaligned; `attachmentsUpToTheLimitArrive` frees on the I/O thread |
/// | T28 | `aContextShutsDownAtOnceWithOpenSocketsAndUnsentMessages` |
/// | T29 | `aServerWithoutTheProtectionOfCurveIsNotOffered` |
/// | T31 T32 | `theSelfTestFailsWithoutAGatekeeper`, `aServerDoesNotStartWhenItsGateIsOpen`, `aClosedGateKeeps…` |
/// | T33 | `noDraftIsNeeded` |
/// | our own | `aMonitorClosedBeforeItsSocketDoesNotStopTheIOThread` |
///
/// T19, T23, T24 and T30 are the services' (limits, order of start) or can't be shown on one machine.
@Suite(.timeLimit(.minutes(1))) @BusLoop struct SocketTests {
    /// A pair over TCP without CURVE, in a context of its own.
    private func pair(_ body: @BusLoop (Context, Socket, Socket) async throws -> Void) async throws {
        let context = Context()
        let router = try Socket(.router, in: context)
        let dealer = try Socket(.dealer, in: context)
        try router.configure(.control)
        try dealer.configure(.control)
        try dealer.connect(router.bind("tcp://127.0.0.1:0"))
        try await body(context, router, dealer)
        context.shutdown()
    }

    private func receive(_ socket: Socket, routed: Bool = false) async throws -> Received {
        var limits = ReceiveLimits()
        limits.hasRoutingID = routed
        var received: Received?
        try await until("a message") {
            received = try socket.receive(limits)
            return received != nil
        }
        return try #require(received)
    }

    @Test func aRefusedMessageLeavesNothingOfItselfBehind() async throws {
        try await pair { _, router, dealer in
            try await until("sent") { try dealer.send([[1]]) == .accepted }
            let routing = try await receive(router, routed: true).routing
            let nobody = try router.send(to: [9, 9, 9, 9, 9], [[1], [2], [3]])
            #expect(nobody == .unreachable)
            let somebody = try router.send(to: routing, [[4], [5]])
            #expect(somebody == .accepted)
            let received = try await receive(dealer)
            #expect(received.frames == [[4], [5]])
        }
    }

    @Test func aFullQueueRefusesTheFirstFrameAndKeepsMessagesWhole() async throws {
        try await pair { _, router, dealer in
            try await until("sent") { try dealer.send([[1]]) == .accepted }
            let routing = try await receive(router, routed: true).routing
            let block = [UInt8](repeating: 1, count: 10_000)
            var accepted = 0
            while try router.send(to: routing, [block, [2], [3]]) == .accepted { accepted += 1 }
            for _ in 0..<accepted {
                let received = try await receive(dealer)
                #expect(received.frames.count == 3)
            }
            try await until("room again") { try router.send(to: routing, [[7]]) == .accepted }
            let received = try await receive(dealer)
            #expect(received.frames == [[7]])
        }
    }

    @Test func aPeerThatWentAwayIsUnreachable() async throws {
        try await pair { _, router, dealer in
            try await until("sent") { try dealer.send([[1]]) == .accepted }
            let routing = try await receive(router, routed: true).routing
            dealer.close()
            try await until("unreachable") {
                _ = try router.receive(ReceiveLimits())
                return try router.send(to: routing, [[1]]) == .unreachable
            }
        }
    }

    @Test func aTurnTakesABoundedShareAndComesBackForTheRest() async throws {
        try await pair { _, router, dealer in
            var turns: [Int] = []
            router.onReadable {
                var limits = ReceiveLimits()
                limits.hasRoutingID = true
                var count = 0
                while count < Socket.messagesPerTurn, (try? router.receive(limits)) != nil { count += 1 }
                turns.append(count)
            }
            var sent = 0
            while sent < 600 {
                if try dealer.send([[1]]) == .accepted { sent += 1 } else { await pause(.milliseconds(1)) }
            }
            try await until("all") { turns.reduce(0, +) == 600 }
            #expect((turns.max() ?? 0) <= Socket.messagesPerTurn)
        }
    }

    @Test func aMonitorClosedBeforeItsSocketDoesNotStopTheIOThread() async throws {
        try await pair { _, router, dealer in
            var events = 0
            let monitor = try SocketMonitor(dealer) { _ in events += 1 }
            try await until("sent") { try dealer.send([[1]]) == .accepted }
            monitor.close()
            let routing = try await receive(router, routed: true).routing
            router.close()
            await pause(.milliseconds(50))
            let other = try Socket(.router, in: router.context)
            let second = try Socket(.dealer, in: router.context)
            try other.configure(.control)
            try second.configure(.control)
            try second.connect(other.bind("tcp://127.0.0.1:0"))
            try await until("sent over the same I/O thread") { try second.send([[2]]) == .accepted }
            let received = try await receive(other, routed: true)
            #expect(received.frames == [[2]])
            #expect(!routing.isEmpty)
        }
    }

    @Test func aContextShutsDownAtOnceWithOpenSocketsAndUnsentMessages() async throws {
        let context = Context()
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect("tcp://127.0.0.1:9")
        _ = try dealer.send([[1]])
        let start = Moment.now
        context.shutdown()
        #expect(Moment.now - start < .seconds(5))
        #expect(!dealer.isOpen)
        #expect(throws: BusError.self) { try Socket(.dealer, in: context) }
        #expect(throws: BusError.self) { try dealer.send([[1]]) }
    }

    @Test func theProfilesKeepTheirDistanceFromLibzmqsLimits() {
        for profile in [Profile.jobs, .control, .audit, .tap] {
            #expect(profile.reconnectAfter >= .milliseconds(250))
            #expect(profile.highWater > 0 && profile.maxFrameBytes > 0)
        }
        #expect(Profile.jobs.maxFrameBytes >= Int64(WireLimits.attachmentBytes))
        #expect(Profile.control.maxFrameBytes >= Int64(WireLimits.firstFrame))
        // A name that takes seconds to resolve holds up its I/O thread: whose peers may be away share it with nobody.
        #expect(Profile.tap.affinity & Profile.jobs.affinity == 0)
        #expect(Profile.audit.affinity & (Profile.jobs.affinity | Profile.tap.affinity) == 0)
        #expect(Profile.named("jobs") == .jobs && Profile.named("anything") == .control)
    }

    @Test func heartbeatsOfZMTPStayOff() async throws {
        try await pair { _, router, dealer in
            let intervals = [try router.value(of: ZMQ_HEARTBEAT_IVL), try dealer.value(of: ZMQ_HEARTBEAT_IVL)]
            let unacknowledged = try dealer.value(of: ZMQ_TCP_MAXRT)
            #expect(intervals == [0, 0])
            #expect(unacknowledged == 6_000)
        }
    }

    /// The story behind it: input stops at the full queue, the connection breaks, the engine waits for room.
    @Test func aBrokenConnectionBehindAFullQueueEndsNothingElse() async throws {
        try await pair { _, router, dealer in
            try await until("sent") { try dealer.send([[1]]) == .accepted }
            let routing = try await receive(router, routed: true).routing
            let block = [UInt8](repeating: 1, count: 50_000)
            while try router.send(to: routing, [block]) == .accepted {}
            await pause(.milliseconds(100))
            router.close()
            await pause(.milliseconds(2_500))
            var count = 0
            while try dealer.receive(ReceiveLimits()) != nil { count += 1 }
            #expect(count > 0)
        }
    }

    @Test func noDraftIsNeeded() {
        #expect(zmq_has("curve") == 1)
        #expect(zmq_has("draft") == 0)
    }

    // MARK: The tap's sockets

    @Test func aHubPassesFramesOnWithoutProxy() async throws {
        let context = Context()
        let (into, out) = (try Socket(.xsub, in: context), try Socket(.xpub, in: context))
        let (source, follower) = (try Socket(.xpub, in: context), try Socket(.sub, in: context))
        try source.connect(into.bind("tcp://127.0.0.1:0"))
        try follower.subscribe("h.")
        try follower.connect(out.bind("tcp://127.0.0.1:0"))
        into.onReadable { Self.forward(from: into, to: out) }
        out.onReadable { Self.forward(from: out, to: into) }
        var asked: [[UInt8]] = []
        try await until("the subscription at the source") {
            if let received = try source.receive(ReceiveLimits()) { asked += received.frames }
            return !asked.isEmpty
        }
        #expect(asked == [[1] + Array("h.".utf8)])
        let body = [UInt8](repeating: 5, count: 100_000)
        _ = try source.send([Array("p.x".utf8), [0]])
        _ = try source.send([Array("h.x".utf8), body])
        let received = try await receive(follower)
        #expect(received.frames == [Array("h.x".utf8), body])
        context.shutdown()
    }

    private static func forward(from: Socket, to: Socket) {
        var frame = Frame()
        for _ in 0..<Socket.messagesPerTurn {
            guard (try? from.receive(into: &frame)) == true else { return }
            _ = try? to.forward(&frame, more: frame.hasMore)
        }
    }

    @Test func aFollowerKnowsWhenItIsSubscribed() async throws {
        let context = Context()
        let out = try Socket(.xpub, in: context)
        try out.reportEverySubscription()
        let (first, second) = (try Socket(.sub, in: context), try Socket(.sub, in: context))
        let address = try out.bind("tcp://127.0.0.1:0")
        for follower in [first, second] {
            try follower.subscribe("h.")
            try follower.connect(address)
        }
        var echoes = 0
        try await until("both subscriptions, though equal") {
            while try out.receive(ReceiveLimits()) != nil { echoes += 1 }
            return echoes == 2
        }
        context.shutdown()
    }
}
