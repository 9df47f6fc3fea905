import Loop
import Support
import Testing
import Wire

@testable import Bus

/// The tap's source against a hub's socket.
@Suite(.timeLimit(.minutes(1))) @BusLoop struct TapPointTests {
    @BusLoop final class Hub {
        let socket: Socket
        let address: String
        private(set) var topics: [String] = []
        private(set) var records: [TapRecord] = []

        init(_ stage: Stage) throws {
            let keys = try stage.ring(.tap)
            let domain = stage.context.uniqueDomain("tap")
            try Gatekeeper.of(stage.context).open(domain, to: Set(Role.allCases), keys: keys)
            socket = try Socket(.xsub, in: stage.context)
            var profile = Profile.tap
            profile.highWater = 10
            profile.connectionTimeout = .seconds(60)
            try socket.configure(profile)
            try socket.secureAsServer(keys, domain: domain)
            address = try socket.bind("tcp://127.0.0.1:0")
        }

        func startReading() {
            socket.onReadable { [weak self] in self?.read() }
        }

        func ask(_ topic: String, _ verb: UInt8 = 1) throws {
            _ = try socket.send([[verb] + Array(topic.utf8)])
        }

        private func read() {
            while let received = try? socket.receive(ReceiveLimits()), received.frames.count == 2 {
                topics.append(String(decoding: received.frames[0], as: UTF8.self))
                if let record = try? Message(firstFrame: received.frames[1]).body(TapRecord.self) {
                    records.append(record)
                }
            }
        }
    }

    func point(_ stage: Stage, _ hub: Hub) throws -> TapPoint {
        let redaction = Redaction(prompts: .none) { _ in [] }
        let point = TapPoint(
            to: hub.address,
            keys: try stage.ring(.gateway),
            source: stage.source(.gateway),
            context: stage.context,
            redact: { redaction.redact($0) }
        )
        point.profile.connectionTimeout = .seconds(60)
        try point.start()
        return point
    }

    private func message(_ total: UInt64, _ stage: Stage) throws -> Message {
        try Message(
            header: Envelope(kind: .jobCredit, source: stage.source(.imageWorker)),
            body: JobCredit(total: total)
        )
    }

    @Test func nobodyListeningMeansNoRecords() async throws {
        let stage = try Stage()
        let hub = try Hub(stage)
        hub.startReading()
        let point = try point(stage, hub)
        for number in 0..<100 { point.offer(try message(UInt64(number), stage), .received, link: "jobs") }
        #expect(!point.isWatched)
        #expect(point.shown == 0 && point.dropped == 0)
        point.close()
        hub.socket.close()
    }

    @Test func whoAsksForHeadersGetsThemCountedAndWithoutPayloads() async throws {
        let stage = try Stage()
        let hub = try Hub(stage)
        hub.startReading()
        let point = try point(stage, hub)
        try hub.ask("h.gateway.job.")
        try await until("watched") { point.isWatched }
        for number in 0..<10 { point.offer(try message(UInt64(number), stage), .received, link: "jobs") }
        try await until("ten records") { hub.records.count == 10 }
        #expect(Set(hub.topics) == ["h.gateway.job.credit"])
        #expect(hub.records.map(\.count) == Array(1...10))
        #expect(hub.records.allSatisfy { $0.payload == nil && $0.link == "jobs" && $0.direction == .received })
        #expect(hub.records.allSatisfy { $0.payloadBytes > 0 && $0.dropped == 0 })
        point.close()
        hub.socket.close()
    }

    @Test func payloadsAreRedactedAndOnlyForWhoAsks() async throws {
        let stage = try Stage()
        let hub = try Hub(stage)
        hub.startReading()
        let point = try point(stage, hub)
        try hub.ask("p.")
        try await until("watched") { point.isWatched }
        point.offer(try message(5, stage), .sent, link: "jobs")
        try await until("a record") { hub.records.count == 1 }
        #expect(hub.topics == ["p.gateway.job.credit"])
        #expect(hub.records.first?.payload != nil)
        try hub.ask("p.", 0)
        try await until("unwatched") { !point.isWatched }
        point.offer(try message(6, stage), .sent, link: "jobs")
        #expect(point.shown == 1)
        point.close()
        hub.socket.close()
    }

    @Test func aStuckHubCostsRecordsAndNoTimeAndTheLossesAreCounted() async throws {
        let stage = try Stage()
        let hub = try Hub(stage)
        let point = try point(stage, hub)
        // A look at the hub's socket lets it send its subscription; then it stands still.
        try hub.ask("h.")
        try await until("watched") {
            _ = try hub.socket.receive(ReceiveLimits())
            return point.isWatched
        }
        let one = try message(1, stage)
        let start = Moment.now
        var offered: UInt64 = 0
        while point.dropped < 100, offered < 200_000 {
            point.offer(one, .received, link: "jobs")
            offered += 1
            if offered % 1_000 == 0 { await pause(.zero) }
        }
        #expect(point.dropped == 100)
        #expect(point.shown + point.dropped == offered)
        #expect(Moment.now - start < .seconds(30))
        hub.startReading()
        try await until("what was sent") { hub.records.count == Int(point.shown) }
        point.offer(one, .received, link: "jobs")
        try await until("one more") { hub.records.last?.dropped == 100 }
        #expect(hub.records.last?.count == offered + 1)
        point.close()
        hub.socket.close()
    }

    @Test func aHubThatComesBackIsFoundAgain() async throws {
        let stage = try Stage()
        let hub = try Hub(stage)
        hub.startReading()
        let point = try point(stage, hub)
        try hub.ask("h.")
        try await until("watched") { point.isWatched }
        hub.socket.close()
        try await until("unwatched") { !point.isWatched }
        point.offer(try message(1, stage), .sent, link: "jobs")
        #expect(point.shown == 0)
        point.close()
    }

    @Test func aServerShowsWhatItSendsAndReceives() async throws {
        let stage = try Stage()
        let hub = try Hub(stage)
        hub.startReading()
        let point = try point(stage, hub)
        try hub.ask("h.")
        try await until("watched") { point.isWatched }
        let server = try stage.server(tap: point)
        try await server.start()
        let link = try stage.link(to: server)
        try link.start()
        try await until("up") { link.isUp }
        try await until("both records") { hub.records.count >= 2 }
        #expect(hub.topics.prefix(2) == ["h.gateway.service.hello", "h.gateway.service.welcome"])
        #expect(hub.records.prefix(2).map(\.direction) == [.received, .sent])
        stage.end()
        point.close()
        hub.socket.close()
    }
}
