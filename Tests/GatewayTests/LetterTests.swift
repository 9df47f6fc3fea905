import Loop
import SQLite
import Support
import Testing

@testable import Gateway

/// Letters wait on disk from the change that they tell until the mail server has taken them.
@Suite(.timeLimit(.minutes(1)))
struct LetterTests {
    private let refusal = HealthLedger.Finding(connector: "con_1", outcome: "auth_invalid")

    private func waiting(_ bench: HealthBench) async throws -> Int {
        try await bench.commit.read { try $0.int("SELECT count(*) FROM letters") } ?? 0
    }

    private func messageID(_ letter: Mailbox.Letter) -> Substring? {
        letter.text.split(separator: "\r\n").first { $0.hasPrefix("Message-ID: <ltr_") }
    }

    @Test func aLetterThatTheServerDidNotTakeArrivesAfterARestartUnderTheSameID() async throws {
        let bench = try await HealthBench()
        bench.mailbox.refuse(2)
        try await bench.ledger.note(refusal)
        try await eventually("refused") { bench.mailbox.refused.count >= 1 }
        // The gateway dies: what it had in memory is gone.
        await bench.ledger.notices.postman?.stop()
        let again = try #require(HealthBench.postman(bench.mailbox, bench.commit))
        await again.look()
        try await eventually("the letter", within: .seconds(20)) { bench.mailbox.letters.count == 1 }
        let first = try #require(bench.mailbox.refused.first.flatMap(messageID))
        #expect(bench.mailbox.letters.first.flatMap(messageID) == first)
        try await eventually("nothing waits") { try await waiting(bench) == 0 }
        await again.look()
        #expect(bench.mailbox.letters.count == 1)
    }

    @Test func aLetterThatWasTakenAsTheGatewayDiedComesTwiceAndIsKnownByItsID() async throws {
        let bench = try await HealthBench()
        // The postman of this process sends, and the deletion never reaches the disk.
        try await bench.ledger.note(refusal)
        try await eventually("the letter") { bench.mailbox.letters.count == 1 }
        try await eventually("nothing waits") { try await waiting(bench) == 0 }
        let first = try #require(bench.mailbox.letters.first)
        let id = try #require(messageID(first)?.dropFirst("Message-ID: <".count).prefix { $0 != "@" })
        try await bench.commit.write { [id = String(id)] db in
            _ = try db.run(
                "INSERT INTO letters VALUES (?, 'con_1', 'ada@example.org', 's', 't', ?, 0, 0)",
                id,
                wallClockMicroseconds()
            )
        }
        await bench.ledger.notices.postman?.look()
        try await eventually("once more") { bench.mailbox.letters.count == 2 }
        #expect(messageID(bench.mailbox.letters[1]) == messageID(first))
    }

    @Test func noLetterIsWrittenForAChangeThatIsUndone() async throws {
        let bench = try await HealthBench()
        bench.events.fill()
        await #expect(throws: (any Error).self) { try await bench.ledger.note(refusal) }
        #expect(try await waiting(bench) == 0)
        #expect(try await bench.stored.status == .active)
        #expect(bench.mailbox.letters.isEmpty && bench.mailbox.refused.isEmpty)
    }

    @Test func aLetterIsGivenUpAfterThreeDaysAndTheirNumberIsBounded() async throws {
        let bench = try await HealthBench()
        await bench.ledger.notices.postman?.stop()
        try await bench.ledger.note(refusal)
        #expect(try await waiting(bench) == 1)
        let notice = Notice(connector: try await bench.connector, works: false, reason: nil)
        let written = try await bench.commit.write { [notices = bench.ledger.notices] db in
            try notices.write(notice, to: Array(repeating: "ada@example.org", count: 1_500), in: db)
        }
        #expect(try await waiting(bench) == LetterStore.most && written == LetterStore.most - 1)
        try await bench.commit.write { db in
            _ = try db.run("UPDATE letters SET written_at = written_at - ?", LetterStore.longest)
        }
        await HealthBench.postman(bench.mailbox, bench.commit)?.look()
        try await eventually("given up") { try await waiting(bench) == 0 }
        #expect(bench.mailbox.letters.isEmpty)
    }

    @Test func triesComeLessAndLessOftenUpToAnHour() {
        let pace = Postman.Pace()
        for tries in 0..<200 {
            let wait = pace.wait(after: tries)
            let most = min(3_600, 5 * Double(1 << min(tries, 20)))
            #expect(wait.seconds >= most * 0.5 - 0.001 && wait.seconds <= most + 0.001, "\(tries): \(wait)")
        }
    }
}
