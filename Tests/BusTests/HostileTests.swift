import JSON
import Loop
import Support
import Telemetry
import Testing
import Wire

@testable import Bus

/// Peers that hold a key and keep no rules. Their mistakes are counted and answered; nothing traps, nobody else notices.
@Suite(.serialized, .timeLimit(.minutes(1))) @BusLoop struct HostileTests {
    private func refusals(_ server: Server, _ code: WireError.Code) -> Int {
        Int(server.counters.refusals(code.rawValue).value)
    }

    @Test func aKindThatTheRoleMayNotSendIsRefusedAndFiveMeanQuarantine() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var delivered = 0
        server.onMessage = { _, _ in delivered += 1 }
        try await server.start()
        let monitor = try stage.raw(to: server, role: .healthMonitor)
        monitor.startReading()
        try await monitor.connected()
        try monitor.say(stage.hello(.healthMonitor))
        try await until("welcome") { monitor.heard(.serviceWelcome) == 1 }
        for _ in 0..<8 { try monitor.say(JobCredit(total: 1)) }
        try await until("quarantine") { server.counters.refusals("ignored").value == 3 }
        #expect(refusals(server, .notAllowed) == 5)
        #expect(delivered == 0)
        try await until("one error for all") { monitor.heard(.serviceError) == 1 }
        monitor.close()
        stage.end()
    }

    @Test func aHelloInAnothersNameIsRefused() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let dealer = try stage.raw(to: server, role: .healthMonitor)
        dealer.startReading()
        try await dealer.connected()
        try dealer.say(stage.hello(.imageWorker))
        try dealer.say(stage.hello(.healthMonitor, instance: "two"))
        try await until("refused twice") { refusals(server, .notAllowed) == 2 }
        #expect(server.peers.isEmpty)
        dealer.close()
        stage.end()
    }

    @Test func aFrameOverLibzmqsLimitCostsItsSenderTheConnectionAndNobodyElse() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let link = try stage.link(to: server)
        try link.start()
        try await until("up") { link.isUp }
        let dealer = try stage.raw(to: server, role: .healthMonitor)
        try await dealer.connected()
        #expect(try dealer.socket.send([[UInt8](repeating: 7, count: 3 << 20)]) == .accepted)
        try await until("disconnection") { dealer.events.contains(.disconnected) }
        #expect(link.isUp && server.peers.count == 1)
        dealer.close()
        stage.end()
    }

    @Test func oversizeMessagesAreDrainedWholeAndTheNextOneIsRead() async throws {
        let stage = try Stage("jobs")
        let server = try stage.server(profile: .jobs)
        var total: UInt64 = 0
        server.onMessage = { _, message in total = (try? message.body(JobCredit.self))?.total ?? 0 }
        try await server.start()
        let dealer = try stage.raw(to: server, profile: .jobs)
        dealer.startReading()
        try await dealer.connected()
        try dealer.say(stage.hello(.imageWorker))
        try await until("welcome") { dealer.heard(.serviceWelcome) == 1 }
        let small: [UInt8] = [1, 2, 3]
        #expect(try dealer.socket.send([[UInt8](repeating: 7, count: WireLimits.firstFrame + 1)]) == .accepted)
        #expect(try dealer.socket.send([[UInt8]](repeating: small, count: 30)) == .accepted)
        let half = [UInt8](repeating: 7, count: WireLimits.attachmentBytes / 2 + 1)
        #expect(try dealer.socket.send([small, half, half]) == .accepted)
        try dealer.say(JobCredit(total: 9))
        try await until("the credit behind them") { total == 9 }
        #expect(refusals(server, .tooLarge) == 3)
        dealer.close()
        stage.end()
    }

    @Test func attachmentsUpToTheLimitArrive() async throws {
        let stage = try Stage("jobs")
        let server = try stage.server(profile: .jobs)
        var arrived: Message?
        server.onMessage = { _, message in arrived = message }
        try await server.start()
        let link = try stage.link(to: server, profile: .jobs)
        try link.start()
        try await until("up") { link.isUp }
        let sizes = [WireLimits.attachmentBytes - (1 << 20) - 5, 1 << 20, 5]
        let pictures = sizes.enumerated().map { [UInt8](repeating: UInt8($0.offset + 1), count: $0.element) }
        let described = sizes.map { size in
            Attachment(name: "original", type: "image/webp", length: size, sha256: String(repeating: "0", count: 64))
        }
        let accepted = link.send(JobRelease(reason: "test"), attachments: pictures) { $0.attachments = described }
        #expect(accepted)
        try await until("the pictures") { arrived != nil }
        #expect(arrived?.attachments.map(\.count) == sizes)
        #expect(arrived?.attachments.map { [$0.first, $0.last] } == [[1, 1], [2, 2], [3, 3]])
        stage.end()
    }

    @Test func garbageFromAnAuthenticatedPeerLeavesTheServerAlive() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var credits = 0
        server.onMessage = { peer, _ in if peer.instance == "good" { credits += 1 } }
        try await server.start()
        let good = try stage.link(to: server, instance: "good")
        try good.start()
        try await until("up") { good.isUp }
        var random = SeededGenerator(seed: runSeed)
        var envelope = Envelope(kind: .jobCredit, source: stage.source(.imageWorker))
        envelope.sequence = 1
        let valid = try Message(header: envelope, body: JobCredit(total: 1)).encodeFirstFrame()
        for _ in 0..<20 {
            let dealer = try stage.raw(to: server)
            try await dealer.connected()
            for _ in 0..<100 {
                let frames = (0..<Int.random(in: 1...4, using: &random)).map { _ in Self.garbage(valid, &random) }
                _ = try dealer.socket.send(frames)
            }
            await pause(.milliseconds(2))
            dealer.close()
        }
        let sent = good.send(JobCredit(total: 2))
        #expect(sent, "seed \(runSeed)")
        try await until("the credit of the good one, seed \(runSeed)") { credits == 1 }
        #expect(good.isUp)
        stage.end()
    }

    private static func garbage(_ valid: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = valid
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let count = Int.random(in: 0...2_000, using: &random)
            return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        case 1:
            return Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        case 2:
            for _ in 0...Int.random(in: 0..<8, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            return bytes
        default:
            bytes[Int.random(in: 4..<12, using: &random)] = .random(in: .min ... .max, using: &random)
            return bytes
        }
    }

    @Test func aPeerThatDoesNotReadGetsARefusalAndHoldsUpNobody() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let slow = try stage.raw(to: server)
        try await slow.connected()
        try slow.say(stage.hello(.imageWorker))
        let quick = try stage.link(to: server, instance: "quick")
        var cancels = 0
        quick.onMessage = { _ in cancels += 1 }
        try quick.start()
        try await until("both in session") { server.peers.count == 2 && quick.isUp }
        let slowPeer = try #require(server.peers.first { $0.instance == "one" })
        let quickPeer = try #require(server.peers.first { $0.instance == "quick" })
        let long = String(repeating: "x", count: 4_000)
        var accepted = 0
        let start = Moment.now
        // The queues of both ends and the kernel's buffers fill first.
        for _ in 0..<200_000 {
            if !server.send(JobCancel(reason: long), to: slowPeer) { break }
            accepted += 1
            if accepted % 200 == 0 { await pause(.zero) }
        }
        #expect(accepted < 200_000)
        #expect(Moment.now - start < .seconds(30))
        #expect(server.counters.unsents("full").value == 1)
        let sent = server.send(JobCancel(reason: "quick"), to: quickPeer)
        #expect(sent)
        try await until("the quick one's message") { cancels == 1 }
        #expect(server.table.isInSession(slowPeer))
        slow.close()
        stage.end()
    }

    @Test func aLossIsCountedByItsGap() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var heard = 0
        server.onMessage = { _, _ in heard += 1 }
        try await server.start()
        let link = try stage.link(to: server)
        try link.start()
        try await until("up") { link.isUp }
        link.send(JobCredit(total: 1))
        for _ in 0..<3 { link.machine.sent() }
        link.send(JobCredit(total: 2))
        try await until("both") { heard == 2 }
        #expect(server.counters.lost.value == 3)
        stage.end()
    }

    @Test func aMessageOverTheLimitIsRefusedByItsSender() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let link = try stage.link(to: server)
        try link.start()
        try await until("up") { link.isUp }
        let sent = link.send(JobRelease(reason: String(repeating: "x", count: WireLimits.payload)))
        #expect(!sent)
        #expect(link.counters.unsents("invalid").value == 1)
        #expect(link.isUp)
        stage.end()
    }

    @Test func aMessageWhoseTimeIsOverIsDropped() async throws {
        let stage = try Stage()
        let server = try stage.server()
        var totals: [UInt64] = []
        server.onMessage = { _, message in totals.append((try? message.body(JobCredit.self))?.total ?? 0) }
        try await server.start()
        let link = try stage.link(to: server)
        try link.start()
        try await until("up") { link.isUp }
        link.send(JobCredit(total: 1)) { $0.ttlMs = 0 }
        link.send(JobCredit(total: 2)) { $0.ttlMs = 1_000 }
        try await until("the second") { totals == [2] }
        #expect(server.counters.expired.value == 1)
        stage.end()
    }
}
