import Bus
import JSON
import Loop
import Support
import Synchronization
import Testing
import Wire

@testable import Tap

/// A hub, a gateway and a monitor that talk through a real link with real keys, and taps that follow them.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct EndToEndTests {
    @Test func aFollowerShowsEachMessageOnceAsItsSenderSentIt() async throws {
        let rig = try await Rig()
        let tap = try await rig.follow("kind=health.ping")
        try await rig.ping(3)
        try await eventually("three lines") { tap.sink.lines.count >= 3 }
        let lines = tap.sink.lines
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.contains("out control gateway/g1") && $0.contains("→ health.ping") })
        #expect(tap.sink.notes.first == "subscribed")
        await rig.stop()
    }

    @Test func bothDirectionsAreShownWhenAskedFor() async throws {
        let rig = try await Rig()
        let tap = try await rig.follow("kind=health.ping", "--both", "-o", "json")
        try await rig.ping(1)
        try await eventually("both records") { tap.sink.lines.count >= 2 }
        let records = try tap.sink.lines.map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(Set(records.compactMap { $0["direction"]?.string }) == ["in", "out"])
        #expect(Set(records.compactMap { $0["header"]?["id"]?.string }).count == 1)
        #expect(Set(records.compactMap { $0["observer"]?["service"]?.string }) == ["gateway", "health-monitor"])
        await rig.stop()
    }

    @Test func aReplyShowsTheTimeSinceItsRequest() async throws {
        let rig = try await Rig()
        let tap = try await rig.follow("kind=health.*", "-o", "json")
        try await rig.ping(1)
        try await eventually("question and answer") { tap.sink.lines.count >= 2 }
        let records = try tap.sink.lines.map { try JSONValue(parsing: Array($0.utf8)) }
        let answer = records.first { $0["header"]?["kind"]?.string == "health.status" }
        #expect(answer?["latency_us"]?.int ?? -1 >= 0)
        await rig.stop()
    }

    @Test func noSecretIsInAHeaderAndNoneInARedactedPayload() async throws {
        let rig = try await Rig()
        let headers = try await rig.follow("-o", "json", "kind!=service.*")
        let payloads = try await rig.follow("--payload", "-o", "json", "kind!=service.*")
        try await rig.ping(2)
        for tap in [headers, payloads] {
            try await eventually("four records") { tap.sink.lines.count >= 4 }
            #expect(!tap.sink.text.contains(Rig.canary))
        }
        #expect(headers.sink.lines.allSatisfy { !$0.contains("\"payload\":") })
        #expect(payloads.sink.lines.allSatisfy { $0.contains("\"payload\":{") })
        await rig.stop()
    }

    @Test func whatIsExpectedEndsTheTapWithZeroAndWhatDoesNotComeWithOne() async throws {
        let rig = try await Rig()
        let met = try await rig.follow("--expect", "kind=health.status", "--timeout", "30s")
        let unmet = try await rig.follow("--expect", "kind=job.done", "--timeout", "3s")
        try await rig.ping(1)
        try await eventually("both end") { met.code.value != nil && unmet.code.value != nil }
        #expect(met.code.value == 0)
        #expect(met.sink.lines.count == 1)
        #expect(unmet.code.value == 1)
        await rig.stop()
    }

    @Test func itStopsAfterAsManyAsWereAskedForAndWhenNobodyReadsAnyMore() async throws {
        let rig = try await Rig()
        let two = try await rig.follow("-c", "2", "kind=health.ping")
        let closed = try await rig.follow("kind=health.ping")
        closed.sink.hangUp()
        try await rig.ping(5)
        try await eventually("both end") { two.code.value != nil && closed.code.value != nil }
        #expect(two.sink.lines.count == 2)
        #expect(two.code.value == 0 && closed.code.value == 0)
        #expect(two.sink.notes.last?.hasPrefix("2 shown of ") == true)
        await rig.stop()
    }

    @Test func withoutAHubTheTapSaysSoAndEndsWithItsOwnCode() async throws {
        let rig = try await Rig()
        await rig.hub.stop()
        let tap = try await rig.follow("--for", "200ms", awaitsEcho: false)
        try await eventually("it ends") { tap.code.value != nil }
        #expect(tap.code.value == 69)
        #expect(tap.sink.notes.last?.contains("did not answer") == true)
        await rig.stop()
    }

    @Test func strangersAndServicesAreNotLetInWhereTapsListen() async throws {
        let rig = try await Rig()
        let tap = try await rig.follow("kind=health.ping", "--for", "400ms", role: .gateway, awaitsEcho: false)
        try await rig.ping(2)
        try await eventually("it ends") { tap.code.value != nil }
        #expect(tap.code.value == 69)
        #expect(tap.sink.lines.isEmpty)
        await rig.stop()
    }

    @Test func theHubsDeathHarmsNobodyAndItsReturnBringsTheRecordsBack() async throws {
        let rig = try await Rig()
        let tap = try await rig.follow("kind=health.ping")
        try await rig.ping(1)
        try await eventually("the first line") { tap.sink.lines.count == 1 }
        await rig.hub.stop()
        try await rig.ping(20)
        try await rig.restartHub()
        try await eventually("subscribed again", within: .seconds(20)) {
            tap.sink.notes.contains { $0.hasPrefix("subscribed again") }
        }
        try await eventually("records again", within: .seconds(20)) {
            try await rig.ping(1)
            return tap.sink.lines.count > 1
        }
        await rig.stop()
    }

    @Test func anUnwatchedServiceSendsNothingToTheHub() async throws {
        let rig = try await Rig()
        try await rig.ping(20)
        #expect(await rig.hub.ledger.passed == 0)
        let tap = try await rig.follow("source=audit-service")
        try await rig.ping(20)
        #expect(tap.sink.lines.isEmpty)
        #expect(await rig.hub.ledger.passed == 0)
        await rig.stop()
    }
}
