import JSON
import SQLite
import Support
import Testing
import Wire

@testable import Service

@Suite(.timeLimit(.minutes(1)))
struct OutboxTests {
    private let folder = Folder()

    private func event(_ number: Int, _ auditClass: AuditClass = .security) -> AuditEvent {
        AuditEvent(
            id: ULID.next().description,
            at: 1_000_000,
            auditClass: auditClass,
            eventType: "test.happened",
            actor: "someone",
            targetType: "thing",
            targetID: "\(number)",
            targetName: "",
            notes: ""
        )
    }

    @Test func anEventExistsExactlyWhenItsTransactionDoes() async throws {
        struct Refused: Error {}
        let outbox = try await Outbox.spool(file: folder.file("outbox.db"))
        try await outbox.record(event(1))
        await #expect(throws: Refused.self) {
            try await outbox.store.write { db in
                try outbox.append(event(2), in: db)
                throw Refused()
            }
        }
        try await outbox.record(event(3))
        let rows = try await outbox.store.read { db in
            try db.query("SELECT seq, body FROM outbox") { row in
                (row.int(0), try AuditEvent(JSONValue(parsing: row.blob(1))).targetID)
            }
        }
        #expect(rows.map(\.0) == [1, 2])
        #expect(rows.map(\.1) == ["1", "3"])
    }

    @Test func aFullOutboxRefusesWhatMattersAndShedsCallsOnRecord() async throws {
        _ = try await Outbox.spool(file: folder.file("outbox.db"))
        let store = try await Outbox.spool(file: folder.file("outbox.db")).store
        let outbox = try await Outbox.open(store, limit: 10, limitForCalls: 5)
        for number in 1...5 { try await outbox.record(event(number, .call)) }
        for number in 6...8 { try await outbox.record(event(number, .call)) }
        for number in 9...13 { try await outbox.record(event(number)) }
        await #expect { try await outbox.record(event(14)) } throws: { ($0 as? OutboxError)?.code == .full }
        #expect(try await store.read { try $0.int("SELECT count(*) FROM outbox") } == 10)
        try await store.write { try $0.run("DELETE FROM outbox WHERE seq <= 8") }
        let again = try await Outbox.open(store, limit: 10, limitForCalls: 5)
        try await again.record(event(15))
        let last = try await store.read {
            try $0.text("SELECT CAST(body AS TEXT) FROM outbox ORDER BY seq DESC LIMIT 1")
        }
        #expect(last?.contains("3 rows of the call log were shed") == true)
        #expect(try await store.read { try $0.text("SELECT value FROM outbox_meta WHERE name = 'shed'") } == "0")
    }

    @Test func rowsOfCallsAreShedByTheirBytesAndCountedOneByOne() async throws {
        let store = try await Outbox.spool(file: folder.file("outbox.db")).store
        let outbox = try await Outbox.open(store, bytesForCalls: 1_000)
        let calls = OutboxEvent(callsSince: 1) { writer in
            for number in 1...40 { writer.value("a row of the call log, number \(number)") }
            return 40
        }
        #expect(calls.rows == 40 && calls.bytes.count > 1_000)
        for _ in 1...3 { try await store.write { try outbox.append(calls, in: $0) } }
        #expect(try await store.read { try $0.int("SELECT count(*) FROM outbox") } == 1)
        #expect(try await store.read { try $0.text("SELECT value FROM outbox_meta WHERE name = 'shed'") } == "80")
        try await store.write { try Outbox.delete(upto: 1, head: "h", in: $0) }
        #expect(try await store.read { try $0.text("SELECT value FROM outbox_meta WHERE name = 'bytes'") } == "0")
        try await store.write { try outbox.append(calls, in: $0) }
        let bodies = try await store.read { try $0.query("SELECT CAST(body AS TEXT) FROM outbox") { $0.text(0) } }
        #expect(bodies.count == 2)
        #expect(bodies.last?.contains("80 rows of the call log were shed") == true)
    }

    @Test func anEventOfAnyLengthIsNotTaken() async throws {
        let outbox = try await Outbox.spool(file: folder.file("outbox.db"))
        var large = event(1)
        large.data = .object([JSONField("text", .string(String(repeating: "x", count: 70_000)))])
        let refused = large
        await #expect { try await outbox.record(refused) } throws: { ($0 as? OutboxError)?.code == .tooLarge }
    }
}
