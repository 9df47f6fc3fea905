import Loop
import Testing
import Wire

@testable import Bus

/// Who gets in. Traps T5, T31, T32 of the messaging notes.
@Suite(.timeLimit(.minutes(1))) @BusLoop struct GatekeeperTests {
    @Test func aKnownKeyIsLetIn() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let dealer = try stage.raw(to: server)
        try await dealer.connected()
        dealer.close()
        stage.end()
    }

    @Test func aStrangersKeyIsRefused() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let stranger = KeyRing(role: .imageWorker, own: try .generate(), publicKeys: [:])
        let dealer = try RawDealer(
            to: server.address,
            keys: stranger,
            serverKey: server.keys.own.publicKey,
            source: stage.source(.imageWorker),
            context: stage.context
        )
        try await until("a refusal") { dealer.events.contains(.refused(code: 400)) }
        #expect(!dealer.events.contains(.handshakeSucceeded))
        dealer.close()
        stage.end()
    }

    @Test func aRoleThatIsNotAdmittedIsRefusedAtTheHandshake() async throws {
        let stage = try Stage()
        let server = try stage.server(admits: [.imageWorker])
        try await server.start()
        let dealer = try stage.raw(to: server, role: .tap)
        try await until("a refusal") { dealer.events.contains(.refused(code: 400)) }
        #expect(!dealer.events.contains(.handshakeSucceeded))
        dealer.close()
        stage.end()
    }

    @Test func aClientWithoutCurveIsRefused() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let dealer = try RawDealer(
            to: server.address,
            keys: nil,
            serverKey: "",
            source: stage.source(.imageWorker),
            context: stage.context
        )
        try await until("a failed handshake") { dealer.events.contains(.handshakeFailed) }
        #expect(!dealer.events.contains(.handshakeSucceeded))
        #expect(server.peers.isEmpty)
        dealer.close()
        stage.end()
    }

    @Test func aClientThatExpectsAnotherServerKeyDoesNotTalk() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let dealer = try RawDealer(
            to: server.address,
            keys: try stage.ring(.imageWorker),
            serverKey: stage.ring(.auditService).own.publicKey,
            source: stage.source(.imageWorker),
            context: stage.context
        )
        await pause(.milliseconds(200))
        #expect(!dealer.events.contains(.handshakeSucceeded))
        dealer.close()
        stage.end()
    }

    @Test func theSelfTestFailsWithoutAGatekeeper() async throws {
        let stage = try Stage(context: Context())
        let keys = try stage.ring(.gateway)
        let socket = try Socket(.router, in: stage.context)
        try socket.configure(.control)
        try socket.secureAsServer(keys, domain: "open")
        let address = try socket.bind("tcp://127.0.0.1:0")
        await #expect(throws: BusError.self) {
            try await Gatekeeper.selfTest(address, serverKey: keys.own.publicKey, context: stage.context)
        }
        stage.context.shutdown()
    }

    @Test func aServerDoesNotStartWhenItsGateIsOpen() async throws {
        let stage = try Stage(context: Context())
        try Gatekeeper.of(stage.context).retire()
        let server = try stage.server()
        let error = await #expect(throws: BusError.self) { try await server.start() }
        #expect(error?.code == .gate)
        #expect(server.socket?.isOpen == false)
        stage.context.shutdown()
    }

    @Test func aServerWithoutTheProtectionOfCurveIsNotOffered() async throws {
        let stage = try Stage()
        let server = try stage.server(address: "ipc:///tmp/martlet-test")
        let error = await #expect(throws: BusError.self) { try await server.start() }
        #expect(error?.code == .address)
    }

    @Test func anAddressInUseIsAClearError() async throws {
        let stage = try Stage()
        let first = try stage.server()
        try await first.start()
        let second = try stage.server(address: first.address)
        let error = await #expect(throws: BusError.self) { try await second.start() }
        #expect(error?.code == .address)
        stage.end()
    }

    @Test func theUserIdIsReadFromAFrameThatHasIt() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        server.socket?.onReadable {}
        let dealer = try stage.raw(to: server, role: .healthMonitor)
        try await dealer.connected()
        try dealer.say(Who(boot: "x"))
        var frame = Frame()
        try await until("a message") { try server.socket?.receive(into: &frame) == true }
        // Whether this frame, the routing id, has the property depends on who fetched it: a poll loses it.
        let hasMore = frame.hasMore
        #expect(hasMore)
        #expect(try server.socket?.receive(into: &frame) == true)
        let user = frame.property("User-Id")
        #expect(user == "health-monitor")
        dealer.close()
        stage.end()
    }

    @Test func aClosedGateKeepsTheConnectionsThatItHas() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let link = try stage.link(to: server)
        try link.start()
        try await until("up") { link.isUp }
        stage.context.gatekeeper?.close(server.domain)
        let late = try stage.raw(to: server)
        try await until("a refusal") { late.events.contains(.refused(code: 400)) }
        #expect(link.isUp)
        #expect(link.send(Heartbeat(load: 0, residentBytes: 0, queue: 0, tapDropped: 0, tickGapMs: 0)))
        late.close()
        stage.end()
    }
}
