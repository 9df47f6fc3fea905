import Loop
import Support
import Telemetry
import Testing
import Wire

@testable import Bus

/// Two versions at the ends of one link.
@Suite(.timeLimit(.minutes(1))) @BusLoop struct VersionTests {
    @Test(arguments: [(2, 2), (3, 3), (5, 3)])
    func theSessionsMinorIsTheLowerOne(ofThePeer: Int, expected: Int) async throws {
        let stage = try Stage()
        let server = try stage.server()
        server.minors = 1...3
        try await server.start()
        let dealer = try stage.raw(to: server)
        dealer.startReading()
        try await dealer.connected()
        var hello = stage.hello(.imageWorker)
        hello.minor = ofThePeer
        try dealer.say(hello)
        try await until("a welcome") { dealer.heard(.serviceWelcome) > 0 }
        let welcome = try #require(try dealer.messages.first?.body(Welcome.self))
        #expect(welcome.minor == expected)
        dealer.close()
        stage.end()
    }

    @Test func aPeerBelowTheFloorHearsWhatTheOperatorHasToDo() async throws {
        let stage = try Stage()
        let server = try stage.server()
        server.minors = 2...3
        var hellos = 0
        server.onHello = { _, _ in
            hellos += 1
            return WelcomeFields()
        }
        try await server.start()
        let link = try stage.link(to: server)
        var refusal: ServiceError?
        link.onRefusal = { refusal = $0 }
        try link.start()
        try await until("a refusal") { refusal != nil }
        #expect(refusal?.code == "too_old" && refusal?.retryable == false)
        #expect(
            refusal?.detail
                == "image-worker one speaks minor version 0, gateway needs 2 or later: upgrade image-worker"
        )
        #expect(!link.isUp && server.peers.isEmpty && hellos == 0)
        #expect(server.counters.refusals("too_old").value >= 1)
        server.minors = 0...3
        try await until("the session, once the floor is lower") { link.isUp }
        stage.end()
    }

    @Test func anUnknownKindIsAnsweredAndCostsNoSession() async throws {
        let stage = try Stage()
        let server = try stage.server()
        try await server.start()
        let dealer = try stage.raw(to: server)
        dealer.startReading()
        try await dealer.connected()
        try dealer.say(stage.hello(.imageWorker))
        try await until("a welcome") { dealer.heard(.serviceWelcome) > 0 }
        for number in 2...12 { try dealer.say(kind: "job.teleport", sequence: UInt64(number)) }
        try await until("an answer") { dealer.heard(.serviceError) > 0 }
        let error = try #require(dealer.messages.last { $0.header.kind == .serviceError })
        #expect(try error.body(ServiceError.self).code == "unknown_kind")
        #expect(server.peers.count == 1, "a later version's messages are no offence")
        #expect(server.counters.refusals("quarantined").value == 0)
        dealer.close()
        stage.end()
    }
}
