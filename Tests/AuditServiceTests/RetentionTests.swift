import Foundation
import JSON
import Loop
import SQLite
import Support
import Testing
import Wire

@testable import AuditService

/// The call log's partitions: days go as a whole, and their space goes back to the disk.
@Suite(.timeLimit(.minutes(1)))
struct RetentionTests {
    private static let day: Int64 = 86_400_000_000

    private func size(_ trail: Trail) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: trail.path)[.size] as? Int ?? 0
    }

    /// Rows of about a kilobyte on a day, in one event.
    private func calls(_ count: Int, daysAgo: Int) -> AuditEvent {
        let at = Trail.now - Int64(daysAgo) * Self.day
        let call = JSONValue.object([
            JSONField("connector_id", "c1"), JSONField("model", .string(String(repeating: "m", count: 1_000))),
            JSONField("purpose", .string(daysAgo % 2 == 0 ? "chat" : "image")),
        ])
        let rows = (0..<count).map { _ in
            JSONValue.object([JSONField("at", JSONValue(at)), JSONField("actor", "u"), JSONField("call", call)])
        }
        return Trail.event(1, .call, type: OutboxEvent.calls, at: at, data: .object([JSONField("rows", .array(rows))]))
    }

    @Test func droppedDaysMakeTheFileSmaller() async throws {
        let trail = try await Trail()
        let policy = JSONValue.object([JSONField("llm_call_log_retention_days", 10)])
        var events = (0..<20).map { calls(100, daysAgo: $0) }
        events.append(Trail.event(21, type: "policy.changed", data: policy))
        _ = try await trail.store.append(AuditAppend(stream: "s", first: 1, events: events))
        _ = try await trail.store.store.read { try $0.checkpoint() }
        let before = try size(trail)
        #expect(try await trail.store.dropOldCalls() == 9)
        let after = try size(trail)
        #expect(after < before * 2 / 3, "\(before) bytes before, \(after) after")
        #expect(try await trail.store.store.read { try $0.int("PRAGMA freelist_count") } == 0)
        #expect(try await trail.store.page(AuditQuery(view: .calls, limit: 500)).rows.count == 500)
        report("retention: \(before >> 10) KiB before dropping 9 of 20 days, \(after >> 10) KiB after")
    }

    @Test(arguments: [(1, 7), (7, 7), (365, 365), (9_999, 365)])
    func thePolicyChoosesWithinSevenDaysAndAYear(asked: Int, kept: Int) async throws {
        let trail = try await Trail()
        let policy = JSONValue.object([JSONField("llm_call_log_retention_days", JSONValue(asked))])
        let event = Trail.event(1, type: "policy.changed", data: policy)
        _ = try await trail.store.append(AuditAppend(stream: "s", first: 1, events: [event]))
        #expect(try await trail.store.store.read { try $0.int("SELECT value FROM setting") } == kept)
    }

    @Test @StoreLoop func aFileOfBeforeShrinksToo() throws {
        let folder = Folder()
        let old = try Connection(path: folder.file("audit.db"))
        try old.execute("CREATE TABLE t(x); INSERT INTO t VALUES(1)")
        #expect(try old.int("PRAGMA auto_vacuum") == 0)
        try AuditStore.prepareToShrink(old)
        #expect(try old.int("PRAGMA auto_vacuum") == 2 && old.int("SELECT x FROM t") == 1)
    }

    @Test func callsAreFilteredByPurpose() async throws {
        let trail = try await Trail()
        let events = [calls(3, daysAgo: 0), calls(2, daysAgo: 1)]
        _ = try await trail.store.append(AuditAppend(stream: "s", first: 1, events: events))
        let query = AuditQuery(view: .calls, filter: AuditFilter(purpose: "image"), limit: 10)
        #expect(try await trail.store.page(query).rows.count == 2)
    }
}
