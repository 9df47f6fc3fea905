import Loop
import Support
import Telemetry
import Testing
import Wire

@testable import Bus

/// Server and link over real sockets on the loopback.
@Suite(.timeLimit(.minutes(1))) @BusLoop struct SessionTests {
    @Test func aHelloIsWelcomedAndMessagesFlowBothWays() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var log: [String] = []
        server.onHello = { peer, hello in
            log.append("hello \(peer.instance) \(hello.slots)")
            return WelcomeFields(lease: .seconds(7), keep: ["a"], drop: ["b"])
        }
        server.onWelcomed = { peer in
            log.append("welcomed")
            server.send(JobCancel(reason: "test"), to: peer) { $0.job = "img_1" }
        }
        server.onMessage = { _, message in log.append("server got \(message.header.kind) \(message.header.sequence)") }
        try await server.start()
        let link = try stage.link(to: server)
        var welcome: Welcome?
        link.onWelcome = { welcome = $0 }
        link.onMessage = { message in
            log.append("link got \(message.header.kind) \(message.header.job ?? "-")")
            link.send(JobCredit(total: 4))
        }
        try link.start()
        try await until("a credit") { log.count == 4 }
        #expect(log == ["hello one 1", "welcomed", "link got job.cancel img_1", "server got job.credit 2"])
        #expect(welcome?.leaseMs == 7_000)
        #expect(welcome?.keep == ["a"])
        #expect(welcome?.drop == ["b"])
        #expect(welcome?.boot == "g1")
        #expect(link.counters.lost.value == 0)
        stage.end()
    }

    @Test func aMessageBeforeTheWelcomeIsNotSent() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var early: Bool?
        server.onHello = { peer, _ in
            early = server.send(JobCancel(reason: "too early"), to: peer)
            return WelcomeFields()
        }
        try await server.start()
        let link = try stage.link(to: server)
        #expect(!link.send(JobCredit(total: 1)))
        try link.start()
        try await until("up") { link.isUp }
        #expect(early == false)
        stage.end()
    }

    @Test func anUnknownPeerIsChallengedNotIgnored() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let dealer = try stage.raw(to: server)
        dealer.startReading()
        try await dealer.connected()
        for _ in 0..<20 { try dealer.say(JobCredit(total: 1)) }
        try await until("a challenge") { dealer.heard(.serviceWho) > 0 }
        #expect(dealer.heard(.serviceWho) == 1)
        #expect(server.peers.isEmpty)
        dealer.close()
        stage.end()
    }

    @Test func aServerThatWasKilledIsGreetedAgainWithWhatIsHeld() async throws {
        let stage = try Stage()
        // Of the tests that bind twice: no other connection's port is taken from here meanwhile.
        let first = try stage.server(address: "tcp://127.0.0.2:0")
        try await first.start()
        let held = Holding(job: "img_1", attempt: 1, lease: "l1", phase: "AI_CALL")
        let link = try stage.link(to: first, holding: [held])
        var downs: [DownReason] = []
        var ups = 0
        link.onDown = { downs.append($0) }
        link.onWelcome = { _ in ups += 1 }
        try link.start()
        try await until("up") { ups > 0 }
        first.socket?.close()
        try await until("down") { downs == [.disconnected] }
        #expect(!link.send(JobCredit(total: 1)))
        var holding: [Holding] = []
        let second = try await retrying(while: { ($0 as? BusError)?.code == .address }) {
            let second = try stage.server(address: first.address, boot: "g2")
            second.onHello = { _, hello in
                holding = hello.holding
                return WelcomeFields()
            }
            try await second.start()
            return second
        }
        try await until("up again") { link.isUp }
        #expect(ups > 1)
        #expect(holding == [held])
        #expect(second.peers.count == 1)
        stage.end()
    }

    @Test func aServerThatForgotTheSessionGetsAnotherHello() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let link = try stage.link(to: server)
        var downs: [DownReason] = []
        link.onDown = { downs.append($0) }
        try link.start()
        try await until("up") { link.isUp }
        for peer in server.peers { server.table.remove(peer) }
        #expect(link.send(JobCredit(total: 1)))
        try await until("down") { downs == [.challenged] }
        try await until("up again") { link.isUp && server.peers.count == 1 }
        stage.end()
    }

    @Test func aGoodbyeEndsTheSessionAtOnce() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var gone: [GoneReason] = []
        server.onGone = { gone.append($1) }
        try await server.start()
        let link = try stage.link(to: server)
        try link.start()
        try await until("up") { link.isUp }
        link.close()
        try await until("gone") { gone == [.left] }
        #expect(server.peers.isEmpty)
        stage.end()
    }

    @Test func aGoodbyeLeavesBeforeTheContextEnds() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var gone: [GoneReason] = []
        server.onGone = { gone.append($1) }
        try await server.start()
        let context = Context()
        let hello = stage.hello(.imageWorker)
        let link = Link(
            name: stage.name,
            to: server.address,
            serverRole: .gateway,
            keys: try stage.ring(.imageWorker),
            source: stage.source(.imageWorker),
            context: context,
            hello: { hello }
        )
        try link.start()
        try await until("up") { link.isUp }
        let start = Moment.now
        link.close()
        context.shutdown()
        #expect(Moment.now - start < .seconds(10))
        try await until("gone") { gone == [.left] }
        stage.end()
    }

    @Test func aServerSaysGoodbyeBeforeItCloses() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let link = try stage.link(to: server)
        var downs: [DownReason] = []
        var drains: [String] = []
        link.onDown = { downs.append($0) }
        link.onDrain = { drains.append($0) }
        try link.start()
        try await until("up") { link.isUp }
        server.drain()
        try await until("drained") { drains == ["term"] }
        server.close()
        try await until("down") { !downs.isEmpty }
        // With ZMQ_IMMEDIATE a client that is late to read loses what its connection brought before it broke.
        #expect(downs == [.goodbye("term")] || downs == [.disconnected])
        stage.end()
    }

    @Test func aSecondProcessOfTheSameNameReplacesTheFirst() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var gone: [String] = []
        server.onGone = { gone.append("\($0.boot) \($1)") }
        try await server.start()
        let older = try stage.link(to: server, boot: "b1")
        var downs: [DownReason] = []
        older.onDown = { downs.append($0) }
        try older.start()
        try await until("up") { older.isUp }
        let newer = try stage.link(to: server, boot: "b2")
        try newer.start()
        try await until("replaced") { downs == [.goodbye("replaced")] && newer.isUp }
        #expect(gone.first == "b1 replaced" && !gone.contains("b2 replaced"))
        await pause(.milliseconds(300))
        #expect(newer.isUp && !older.isUp)
        #expect(server.peers.map(\.boot) == ["b2"])
        stage.end()
    }

    @Test func manyPeersOfOneRoleAreKeptApart() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var credits: [String: UInt64] = [:]
        server.onMessage = { peer, message in
            credits[peer.instance] = (try? message.body(JobCredit.self))?.total
        }
        try await server.start()
        for number in 1...8 {
            let link = try stage.link(to: server, instance: "worker-\(number)", boot: "b\(number)")
            link.onWelcome = { _ in link.send(JobCredit(total: UInt64(number))) }
            try link.start()
        }
        try await until("all credits") { credits.count == 8 }
        for number in 1...8 { #expect(credits["worker-\(number)"] == UInt64(number)) }
        stage.end()
    }

    // MARK: Heartbeats

    @Test func heartbeatsComeFromTheLoopAndAreEchoed() async throws {
        let stage = try Stage()
        let server = try stage.server(heartbeat: .milliseconds(500))
        var beats: [Heartbeat] = []
        server.onHeartbeat = { beats.append($1) }
        try await server.start()
        let link = try stage.link(to: server, heartbeat: .milliseconds(500))
        link.load = { Load(busy: 0.5, queue: 3) }
        var downs = 0
        link.onDown = { _ in downs += 1 }
        try link.start()
        try await until("three heartbeats") { beats.count >= 3 }
        #expect(beats.allSatisfy { $0.load == 0.5 && $0.queue == 3 && $0.residentBytes > 0 })
        #expect(downs == 0)
        #expect(link.beat != nil)
        stage.end()
    }

    @Test func aSilentPeerIsGoneAndComesBackWithItsNextMessage() async throws {
        let stage = try Stage()
        let server = try stage.server(heartbeat: .milliseconds(200))
        var gone: [GoneReason] = []
        server.onGone = { gone.append($1) }
        try await server.start()
        let dealer = try stage.raw(to: server)
        dealer.startReading()
        try await dealer.connected()
        try dealer.say(stage.hello(.imageWorker))
        try await until("welcome") { dealer.heard(.serviceWelcome) == 1 }
        try await until("silence noticed") { gone == [.silent] }
        try dealer.say(JobCredit(total: 1))
        try await until("a challenge") { dealer.heard(.serviceWho) == 1 }
        dealer.close()
        stage.end()
    }

    @Test func aPeerWhoseConnectionIsClosedIsGoneBeforeItsSilenceIsLongEnough() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var gone: [GoneReason] = []
        server.onGone = { gone.append($1) }
        try await server.start()
        let link = try stage.link(to: server)
        try link.start()
        try await until("up") { link.isUp }
        // As a process does that is killed: its kernel closes the connection, and nothing says goodbye.
        link.socket?.close()
        try await until("gone") { !gone.isEmpty }
        #expect(gone == [.disconnected])
        stage.end()
    }

    @Test func aServerWhoseLoopHangsIsNoticed() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let link = try stage.link(to: server, heartbeat: .milliseconds(200))
        var downs: [DownReason] = []
        link.onDown = { downs.append($0) }
        try link.start()
        try await until("up") { link.isUp }
        // The I/O threads live on and answer ZMTP pings; only the application is gone.
        server.socket?.onReadable {}
        try await until("down") { downs.contains(.silent) }
        stage.end()
    }
}
