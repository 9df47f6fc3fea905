import Loop
import Providers
import SQLite
import Support
import Synchronization
import Testing
import Wire

@testable import Gateway

/// Results of checks in the store, in the audit trail and in the owner's mail, and the Test button's course.
@Suite(.timeLimit(.minutes(1)))
struct HealthLedgerTests {
    private func finding(_ outcome: String) -> HealthLedger.Finding { .init(connector: "con_1", outcome: outcome) }

    @Test func aWrongKeyChangesTheStatusInTheStoreWritesAnEventAndALetterAndBackAgain() async throws {
        let bench = try await HealthBench()
        try await bench.ledger.note(finding("ok"))
        #expect(bench.events.lines.isEmpty)
        try await bench.ledger.note(finding("auth_invalid"))
        try await bench.ledger.note(finding("auth_invalid"))
        let stored = try await bench.stored
        #expect(stored.status == .authInvalid && stored.lastHealthCheckStatus == "auth_invalid")
        #expect(try await bench.connector.status == .authInvalid)
        #expect(bench.hasEvent("connector.auth_invalid") == 1, "told once")
        try await eventually("a letter") { bench.mailbox.letters.count == 1 }
        let letter = try #require(bench.mailbox.letters.first)
        #expect(letter.to == ["<ada@example.org>"])
        #expect(letter.text.contains("Subject: Martlet: a connector's credentials are refused\r\n"))
        #expect(letter.text.contains(#"your connector "work" (openai_apikey, con_1)"#))
        #expect(!letter.text.contains("canary"))
        try await bench.ledger.note(finding("ok"))
        #expect(try await bench.stored.status == .active)
        #expect(bench.hasEvent("connector.active") == 1)
        try await eventually("another letter") { bench.mailbox.letters.count == 2 }
        #expect(bench.mailbox.letters.last?.text.contains("works again") == true)
    }

    @Test func theOrganisationsConnectorIsToldToTheAdmins() async throws {
        let bench = try await HealthBench()
        let told = try await bench.commit.read { db in
            (try UserStore.addresses(of: .organisation, in: db), try UserStore.addresses(of: .user("ada"), in: db))
        }
        #expect(told == (["root@example.org"], ["ada@example.org"]))
    }

    @Test func anOutageIsWrittenAndAuditedOnceAndChangesNoStatus() async throws {
        let bench = try await HealthBench()
        for outcome in ["ok", "timeout", "timeout", "rate_limited"] { try await bench.ledger.note(finding(outcome)) }
        #expect(try await bench.stored.status == .active)
        #expect(try await bench.stored.lastHealthCheckStatus == "rate_limited")
        #expect(bench.hasEvent("connector.health_check_failed") == 1)
        #expect(bench.mailbox.letters.isEmpty)
    }

    @Test func aRevokedOrDeletedConnectorIsNotBroughtBack() async throws {
        let bench = try await HealthBench()
        var connector = try await bench.connector
        connector.status = .authInvalid
        await bench.connectors.put(connector)
        try await bench.ledger.note(finding("ok"))
        #expect(try await bench.stored.lastHealthCheckStatus == nil, "the store has another status than the check knew")
        #expect(bench.events.lines.isEmpty)
        connector.status = .revoked
        await bench.connectors.put(connector)
        try await bench.ledger.note(finding("ok"))
        #expect(try await bench.connector.status == .revoked)
        await bench.connectors.remove("con_1")
        try await bench.ledger.note(finding("auth_invalid"))
        #expect(bench.events.lines.isEmpty)
    }

    @Test func whatElseChangedDuringAWriteStays() async throws {
        let bench = try await HealthBench()
        await bench.connectors.markUsed("con_1")
        let used = try await bench.connector.lastUsedAt
        try await bench.ledger.note(finding("ok"))
        #expect(try await bench.connector.lastUsedAt == used && used != nil)
    }

    // MARK: The Test button

    @Test func theMonitorsAnswerIsThePersonsAndAGoodOneIsWrittenAtOnce() async throws {
        let bench = try await HealthBench()
        func status(_ outcome: String) -> HealthDesk.Answer {
            .status(HealthStatus(connector: "con_1", outcome: outcome, latencyMs: 7, evidence: .active, since: 1))
        }
        let good = try await bench.tester(status("ok")).run(bench.connector)
        #expect(good == .init(status: "ok", latencyMs: 7, message: "The provider accepts the credentials."))
        #expect(try await bench.stored.lastHealthCheckStatus == "ok")
        let bad = try await bench.tester(status("auth_invalid")).run(bench.connector)
        #expect(bad.status == "auth_invalid")
        #expect(try await bench.stored.status == .active, "the monitor confirms it first")
        #expect(bench.calls.withLock { $0.count } == 0)
    }

    @Test func withoutAMonitorTheGatewayAsksTheProviderOneAtATime() async throws {
        let bench = try await HealthBench()
        let tester = try await bench.tester()
        let connector = try await bench.connector
        let results = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<5 { group.addTask { try await tester.run(connector).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == Array(repeating: "ok", count: 5))
        #expect(bench.calls.withLock { $0.most } == 1)
        #expect(try await bench.stored.lastHealthCheckStatus == "ok")
    }

    @Test func withoutAMonitorABadAnswerIsLookedAtOnceMoreBeforeItCounts() async throws {
        let bench = try await HealthBench()
        bench.answers.withLock { $0 = [401, 200] }
        #expect(try await bench.tester().run(bench.connector).status == "ok")
        #expect(try await bench.stored.status == .active)
        bench.answers.withLock { $0 = [401, 401] }
        #expect(try await bench.tester().run(bench.connector).status == "auth_invalid")
        #expect(try await bench.stored.status == .authInvalid)
        #expect(bench.hasEvent("connector.auth_invalid") == 1)
    }

    @Test func aMonitorThatIsBusyIsATypedErrorAndNotADoubleCheck() async throws {
        let bench = try await HealthBench()
        let busy = HealthDesk.Answer.refused(ServiceError(code: "busy", detail: "d", retryable: true))
        let spent = HealthDesk.Answer.refused(ServiceError(code: "budget", detail: "d", retryable: true))
        for (answer, code) in [(busy, GatewayError.Code.notReady), (.silent, .notReady), (spent, .rateLimited)] {
            let tester = try await bench.tester(answer)
            let connector = try await bench.connector
            let error = await #expect(throws: GatewayError.self) { try await tester.run(connector) }
            #expect(error?.code == code)
        }
        #expect(bench.calls.withLock { $0.count } == 0)
    }
}
