import JSON
import Loop
import Providers
import Testing
import Wire

@testable import Gateway

/// What a connector's last check is still worth, and what live traffic says of it.
@Suite struct ConnectorHealthTests {
    private let day: Int64 = 86_400_000_000

    private func connector(_ outcome: String?, at time: Int64?) -> Connector {
        var connector = Connector(
            id: "con_a",
            owner: .organisation,
            displayName: "a",
            config: ConnectorConfig(type: "openai_apikey"),
            createdAt: 1
        )
        connector.lastHealthCheckStatus = outcome
        connector.lastHealthCheckAt = time
        return connector
    }

    @Test func aResultThatIsThreeIntervalsOldIsUnknown() {
        var one = connector("ok", at: day)
        let limit = day + 18 * 3_600_000_000
        #expect(one.shownHealth(at: limit) == "ok")
        #expect(one.shownHealth(at: limit + 1) == "unknown")
        one.checkInterval = .seconds(7 * 3_600)
        #expect(one.shownHealth(at: limit + 1) == "ok")
        #expect(connector(nil, at: nil).shownHealth(at: day) == nil, "never checked")
    }

    @Test func aStaleResultIsShownAsUnknownWithItsTime() throws {
        let bytes = JSONWriter.object { writer in connector("ok", at: day).write(&writer, .init()) }
        let json = try JSONValue(parsing: bytes)
        #expect(json["last_health_check_status"]?.string == "unknown")
        #expect(json["last_health_check_at"]?.string?.hasPrefix("1970-01-02T") == true)
    }

    @Test func anOutageKeepsCallsAwayForHalfAnHourUnlessItIsSeenAgain() {
        for outcome in ["provider_unavailable", "timeout", "malformed_response"] {
            #expect(connector(outcome, at: day).isDown(at: day + 1_800_000_000))
            #expect(!connector(outcome, at: day).isDown(at: day + 1_800_000_001))
            #expect(!connector(outcome, at: day).isDown(at: day - 1), "the clock was set back")
        }
        for outcome in ["ok", "rate_limited", "quota_exceeded", nil] {
            #expect(!connector(outcome, at: day).isDown(at: day))
        }
    }

    // MARK: Live traffic

    private let start = Moment(nanoseconds: 1_000_000_000_000)

    private func row(_ connector: String, _ outcome: CallRow.Outcome, latency: Int64 = 100) -> CallRow {
        CallRow(
            at: 1,
            id: "r",
            userID: "u",
            connectorID: connector,
            purpose: .chat,
            model: "m",
            latencyMs: latency,
            outcome: outcome,
            stream: false
        )
    }

    @Test func failuresByTheProvidersFaultAreTold() {
        var evidence = TrafficEvidence()
        evidence.observe(row("a", .succeeded), now: start)
        evidence.observe(row("a", .failed(.timeout)), now: start)
        evidence.observe(row("a", .failed(.authInvalid)), now: start)
        let signals = evidence.take(now: start + .seconds(2)) { _ in true }
        #expect(signals.count == 1)
        #expect(signals.first?.succeeded == 1 && signals.first?.failed == 2)
        #expect(signals.first?.code == "auth_invalid")
        #expect(signals.first?.windowMs == 2_100, "from the start of the first call")
        #expect(evidence.take(now: start) { _ in false }.isEmpty)
    }

    @Test func whatTheCallerDidWrongSaysNothing() {
        var evidence = TrafficEvidence()
        for code in [GatewayError.Code.rateLimited, .providerRejected, .invalidRequest, .modelNotFound, .capReached] {
            evidence.observe(row("a", .failed(code)), now: start)
        }
        evidence.observe(row("a", .cancelled), now: start)
        #expect(evidence.isEmpty)
    }

    @Test func goodNewsOfAGoodConnectorIsNoNews() {
        var evidence = TrafficEvidence()
        for latency in 1...20 { evidence.observe(row("bad", .succeeded, latency: Int64(latency)), now: start) }
        evidence.observe(row("good", .succeeded), now: start)
        let signals = evidence.take(now: start) { $0 == "good" }
        #expect(signals.map(\.connector) == ["bad"])
        #expect(signals.first?.latencyMs == 19)
    }

    @Test func theNumberOfConnectorsInAWindowIsBounded() {
        var evidence = TrafficEvidence()
        for number in 0..<2_000 { evidence.observe(row("c\(number)", .failed(.timeout)), now: start) }
        #expect(evidence.take(now: start) { _ in true }.count == 1_024)
    }
}
