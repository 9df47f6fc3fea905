import Crypto
import Loop
import SQLite
import Support
import Synchronization
import Testing

@testable import Gateway

/// Checks that cost money are counted on disk, whoever makes them and however often a process starts.
@Suite(.timeLimit(.minutes(1)))
struct PaidChecksTests {
    @Test func aDaysChecksAreSpentOnceHoweverOftenAMonitorStarts() async throws {
        let bench = try await HealthBench()
        let checks = bench.paidChecks(of: ["openai_apikey"])
        for _ in 0..<PaidChecks.most { #expect(try await checks.begin(bench.connector)) }
        #expect(try await !checks.begin(bench.connector))
        #expect(try await bench.connector.paidChecks.count == PaidChecks.most)

        // A gateway that starts now reads them.
        let stored = try await bench.stored
        #expect(stored.paidChecks.count == PaidChecks.most)
        let ages = PaidChecks.ages(stored.paidChecks, at: wallClockMicroseconds())
        #expect(ages.count == PaidChecks.most && ages.allSatisfy { (0...60).contains($0) }, "\(ages)")
        #expect(PaidChecks.ages(stored.paidChecks, at: wallClockMicroseconds() + 86_500_000_000).isEmpty)
    }

    @Test func theDayAfterThereAreOthers() async throws {
        let bench = try await HealthBench()
        let checks = bench.paidChecks(of: ["openai_apikey"])
        for _ in 0..<PaidChecks.most { _ = try await checks.begin(bench.connector) }
        try await bench.commit.write { db in _ = try db.run("UPDATE paid_checks SET at = at - 86400000000") }
        #expect(try await checks.begin(bench.connector))
        #expect(try await bench.stored.paidChecks.count == 1, "the old ones are gone")
    }

    @Test func freeOnesAreNotCountedAndAGoneConnectorsAreForgotten() async throws {
        let bench = try await HealthBench()
        for _ in 0..<20 { #expect(try await bench.paidChecks().begin(bench.connector)) }
        #expect(try await bench.stored.paidChecks.isEmpty)
        _ = try await bench.paidChecks(of: ["openai_apikey"]).begin(bench.connector)
        try await bench.commit.write { [store = bench.ledger.store] db in try store.delete("con_1", in: db) }
        #expect(try await bench.commit.read { try $0.int("SELECT count(*) FROM paid_checks") } == 0)
    }

    @Test func theGatewaysOwnLooksCountAndOnceSpentThePersonIsTold() async throws {
        let bench = try await HealthBench()
        let connector = try await bench.connector
        let tester = try await bench.tester(paid: ["openai_apikey"])
        for _ in 0..<PaidChecks.most { #expect(try await tester.run(connector).status == "ok") }
        let error = await #expect(throws: GatewayError.self) { try await tester.run(connector) }
        #expect(error?.code == .rateLimited)
        #expect(bench.calls.withLock { $0.count } == PaidChecks.most)
    }
}
