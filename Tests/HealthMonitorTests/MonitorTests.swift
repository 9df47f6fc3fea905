import Crypto
import HTTP
import Loop
import Support
import Synchronization
import Testing
import Wire

@testable import HealthMonitor

/// The monitor between a gateway and a provider that are real servers on the loopback.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct MonitorTests {
    private func ready(_ ward: Ward) async throws {
        try await eventually("the monitor is in session") { await ward.isUp }
    }

    @Test func aConnectorIsCheckedAtItsIntervalWithItsOwnKey() async throws {
        let ward = try await Ward()
        try await ready(ward)
        await ward.list(["a"], interval: 1)
        try await eventually("three results") { ward.statuses(of: "a").count >= 3 }
        let statuses = ward.statuses(of: "a")
        #expect(statuses.allSatisfy { $0.outcome == "ok" && $0.evidence == .active })
        #expect(Set(statuses.map(\.since)).count == 1)
        #expect(ward.provider.calls(of: "key-a") >= 3)
        let times = ward.provider.books.withLock { $0.calls.map(\.at) }
        for (earlier, later) in zip(times, times.dropFirst()) {
            let gap = later - earlier
            #expect(gap >= .milliseconds(690) && gap <= .milliseconds(2_500))
        }
        await ward.stop()
    }

    @Test func aWrongKeyIsToldAfterASecondLookAndNoSecretIsInIt() async throws {
        let ward = try await Ward()
        ward.provider.answer(401, to: "key-a")
        try await ready(ward)
        await ward.list(["a"], interval: 60)
        try await eventually("a result") { !ward.statuses(of: "a").isEmpty }
        #expect(ward.provider.calls(of: "key-a") == 2)
        let status = ward.statuses(of: "a")[0]
        #expect(status.outcome == "auth_invalid")
        #expect(!(status.message ?? "").contains("key-a"))
        await ward.stop()
    }

    @Test func otherCredentialsAreLookedAtSoonAndALateLookAtTheOldOnesIsNotTold() async throws {
        let ward = try await Ward()
        try await ready(ward)
        await ward.list(["a"], interval: 3_600)
        try await eventually("the first check") { ward.statuses(of: "a").count == 1 }
        ward.provider.books.withLock { $0.delay = .milliseconds(300) }
        ward.provider.answerOnce(401, to: "key-a")
        let calls = ward.provider.calls(of: "key-a")
        async let person = ward.ping("a")
        try await eventually("a look at the old ones is under way") { ward.provider.calls(of: "key-a") == calls + 1 }
        await ward.rotate("a")
        let answer = try await person
        #expect(answer.outcome == "auth_invalid" && answer.revision == 1)
        try await eventually("the new ones' result", within: .seconds(20)) {
            ward.statuses(of: "a").last?.revision == 2
        }
        #expect(ward.statuses(of: "a").map(\.outcome) == ["ok", "ok"])
        await ward.stop()
    }

    @Test func aHiccupIsNotTold() async throws {
        let ward = try await Ward()
        ward.provider.answerOnce(500, to: "key-a")
        try await ready(ward)
        await ward.list(["a"], interval: 60)
        try await eventually("a result") { !ward.statuses(of: "a").isEmpty }
        #expect(ward.statuses(of: "a").map(\.outcome) == ["ok"])
        #expect(ward.provider.calls(of: "key-a") == 2)
        await ward.stop()
    }

    @Test func aProviderSeesOneCheckAtATime() async throws {
        let ward = try await Ward()
        ward.provider.books.withLock { $0.delay = .milliseconds(20) }
        try await ready(ward)
        let ids = (0..<8).map { "c\($0)" }
        await ward.list(ids, interval: 1)
        try await eventually("all are checked") { ids.allSatisfy { !ward.statuses(of: $0).isEmpty } }
        #expect(ward.provider.books.withLock { $0.mostAtOnce } == 1)
        await ward.stop()
    }

    @Test func aResultIsToldUntilItIsNoted() async throws {
        let ward = try await Ward()
        ward.refusals.withLock { $0 = 1 }
        try await ready(ward)
        await ward.list(["a"], interval: 3_600)
        try await eventually("told twice", within: .seconds(20)) { ward.statuses(of: "a").count == 2 }
        let statuses = ward.statuses(of: "a")
        #expect(statuses[0] == statuses[1])
        #expect(ward.provider.calls(of: "key-a") == 1)
        await ward.stop()
    }

    @Test func aPingIsAnsweredAtOnceAlsoForAConnectorThatIsNotDue() async throws {
        let ward = try await Ward()
        try await ready(ward)
        await ward.list(["a"], interval: 3_600)
        try await eventually("the first check") { ward.statuses(of: "a").count == 1 }
        #expect(try await ward.ping("a").outcome == "ok")
        ward.provider.answer(401, to: "key-a")
        #expect(try await ward.ping("a").outcome == "auth_invalid")
        // The person knows; the change is confirmed for everyone else.
        try await eventually("the confirmation") { ward.statuses(of: "a").last?.outcome == "auth_invalid" }
        await ward.stop()
    }

    @Test func liveTrafficThatFailsBringsTheCheckForward() async throws {
        let ward = try await Ward()
        try await ready(ward)
        await ward.list(["a"], interval: 3_600)
        try await eventually("the first check") { ward.statuses(of: "a").count == 1 }
        await ward.signal("a", succeeded: 5, failed: 1)
        ward.provider.answer(503, to: "key-a")
        await ward.signal("a", succeeded: 0, failed: 3)
        try await eventually("the outage is told") {
            ward.statuses(of: "a").last?.outcome == "provider_unavailable"
        }
        ward.provider.answer(200, to: "key-a")
        try await eventually("and its end") {
            await ward.signal("a", succeeded: 3, failed: 0)
            return ward.statuses(of: "a").last?.outcome == "ok"
        }
        await ward.stop()
    }

    @Test func aWrongKeySeenByLiveTrafficIsConfirmedByACheckAndAGoodCallTakesItBack() async throws {
        let ward = try await Ward()
        try await ready(ward)
        await ward.list(["a"], interval: 3_600)
        try await eventually("the first check") { ward.statuses(of: "a").count == 1 }
        ward.provider.answer(401, to: "key-a")
        await ward.signal("a", succeeded: 0, failed: 1, code: "auth_invalid")
        try await eventually("the wrong key is told") { ward.statuses(of: "a").last?.outcome == "auth_invalid" }
        #expect(ward.provider.calls(of: "key-a") == 2, "traffic was the first look")
        try await eventually("it works again") {
            await ward.signal("a", succeeded: 3, failed: 0, windowMs: 1)
            return ward.statuses(of: "a").last?.outcome == "ok"
        }
        #expect(ward.statuses(of: "a").last?.evidence == .passive)
        await ward.stop()
    }

    @Test func pingsOfOneProviderAreMadeOneAfterTheOther() async throws {
        let ward = try await Ward()
        ward.provider.books.withLock { $0.delay = .milliseconds(20) }
        try await ready(ward)
        let ids = (0..<6).map { "c\($0)" }
        await ward.list(ids, interval: 3_600)
        let outcomes = try await withThrowingTaskGroup(of: String.self) { group in
            for id in ids + ids { group.addTask { try await ward.ping(id).outcome } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes == Array(repeating: "ok", count: 12))
        #expect(ward.provider.books.withLock { $0.mostAtOnce } == 1)
        await ward.stop()
    }

    @Test func aChangeIsTakenAndAGapAsksForEverythingAnew() async throws {
        let ward = try await Ward()
        try await ready(ward)
        await ward.list(["a"], interval: 3_600)
        await ward.add("b", interval: 3_600)
        try await eventually("b is checked") { !ward.statuses(of: "b").isEmpty }
        #expect(ward.told.withLock { $0.hellos } == 1)
        await ward.add("c", interval: 3_600, skipping: 1)
        try await eventually("c is checked") { !ward.statuses(of: "c").isEmpty }
        #expect(ward.told.withLock { $0.hellos } == 2)
        #expect(ward.statuses(of: "a").count == 1)
        await ward.stop()
    }

    @Test func aGatewayThatComesBackFindsTheMonitorAtWork() async throws {
        let ward = try await Ward()
        try await ready(ward)
        await ward.list(["a"], interval: 1)
        try await eventually("a result") { !ward.statuses(of: "a").isEmpty }
        await ward.stopGateway()
        try await eventually("the session is over") { await !ward.isUp }
        let before = ward.statuses(of: "a").count
        try await ward.startGateway()
        try await eventually("results again", within: .seconds(20)) { ward.statuses(of: "a").count > before + 1 }
        await ward.stop()
    }

    @Test func aTypeThatTheMonitorDoesNotKnowNeverLeavesARequest() async throws {
        let probe = await Probe(client: Client(), upstreams: [:])
        let unknown = HealthCredential(connector: "a", type: "nonsense")
        #expect(await probe.check(unknown, opening: .generate()).outcome == "config_error")
        let sealedToAnother = HealthCredential(
            connector: "a",
            type: "openai_compatible",
            baseURL: "http://127.0.0.1:9",
            credential: "AAAA"
        )
        #expect(await probe.check(sealedToAnother, opening: .generate()).outcome == "config_error")
        let nobody = HealthCredential(connector: "a", type: "openai_compatible", baseURL: "http://127.0.0.1:9")
        #expect(await probe.check(nobody, opening: .generate()).outcome == "provider_unavailable")
        let metadata = HealthCredential(
            connector: "a",
            type: "openai_compatible",
            baseURL: "http://169.254.169.254/latest"
        )
        #expect(await probe.check(metadata, opening: .generate()).outcome == "config_error")
    }
}
