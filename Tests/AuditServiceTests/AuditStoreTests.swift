import Audit
import JSON
import Loop
import SQLite
import Support
import Telemetry
import Testing
import Wire

@testable import AuditService

@Suite(.timeLimit(.minutes(1)))
struct AuditStoreTests {
    @Test func aBatchIsTakenOnceHoweverOftenItComes() async throws {
        let trail = try await Trail()
        let first = try await trail.store.append(Trail.batch(1...10))
        #expect(first.upto == 10 && first.chained == 10)
        let again = try await trail.store.append(Trail.batch(1...10))
        #expect(again.upto == 10 && again.chained == 0 && again.doubles == 10 && again.head == first.head)
        let overlapping = try await trail.store.append(Trail.batch(6...15))
        #expect(overlapping.upto == 15 && overlapping.chained == 5 && overlapping.doubles == 5)
        let result = try Verify.file(trail.path)
        #expect(result.isWhole && result.events == 15 && result.streams == 1 && result.head == overlapping.head)
    }

    @Test func aHoleIsAnsweredWithWhatIsThereAndNothingIsTaken() async throws {
        let trail = try await Trail()
        _ = try await trail.store.append(Trail.batch(1...3))
        let taken = try await trail.store.append(Trail.batch(5...6))
        #expect(taken.isGap && taken.upto == 3)
        let zero = try await trail.store.append(AuditAppend(stream: "s", first: 0, events: [Trail.event(1)]))
        #expect(zero.isGap)
        let huge = try await trail.store.append(AuditAppend(stream: "s", first: .max, events: [Trail.event(1)]))
        #expect(huge.isGap && huge.upto == 3)
    }

    @Test func noRoleWritesInAnothersName() async throws {
        let trail = try await Trail()
        _ = try await trail.store.append(Trail.batch(1...3))
        let policy = JSONValue.object([JSONField("llm_call_log_retention_days", 7)])
        let forged = AuditAppend(stream: "s", first: 4, events: [Trail.event(4, type: "policy.changed", data: policy)])
        #expect(try await trail.store.append(forged, from: .imageWorker).isGap)
        let own = AuditAppend(stream: "s", first: 1, events: forged.events)
        #expect(try await trail.store.append(own, from: .imageWorker).upto == 1)
        #expect(try await trail.store.append(Trail.batch(4...4)).upto == 4)
        let days = try await trail.store.store.read { try $0.int("SELECT value FROM setting") }
        #expect(days == 90)
        #expect(try Verify.file(trail.path).streams == 2)
    }

    @Test func aLossGoesOnRecordAndTheStreamGoesOn() async throws {
        let trail = try await Trail()
        _ = try await trail.store.append(Trail.batch(1...3))
        let gap = AuditGap(stream: "s", from: 4, to: 9, count: 6, cause: "lost")
        #expect(try await trail.store.record(gap).upto == 9)
        #expect(try await trail.store.record(gap).chained == 0)
        #expect(try await trail.store.append(Trail.batch(10...12)).upto == 12)
        let result = try Verify.file(trail.path)
        #expect(result.isWhole && result.gaps == 1 && result.events == 7)
    }

    @Test func callsStayOutOfTheChainAndTheStreamStaysContiguous() async throws {
        let trail = try await Trail()
        let call = JSONValue.object([
            JSONField("connector_id", "c1"), JSONField("model", "m"), JSONField("tokens_in", 10),
            JSONField("tokens_out", 5), JSONField("outcome", "ok"), JSONField("cost_usd", 0.5),
        ])
        let events = (1...6).map { Trail.event($0, $0 % 2 == 0 ? .call : .security, data: $0 % 2 == 0 ? call : nil) }
        let taken = try await trail.store.append(AuditAppend(stream: "s", first: 1, events: events))
        #expect(taken.chained == 3 && taken.calls == 3 && taken.upto == 6)
        _ = try await trail.store.append(AuditAppend(stream: "s", first: 7, events: [Trail.event(7)]))
        #expect(try Verify.file(trail.path).isWhole)
        let usage = try await trail.store.page(AuditQuery(view: .usage, limit: 10))
        #expect(usage.rows.count == 1)
        #expect(usage.rows[0]["calls"]?.int == 3 && usage.rows[0]["tokens_in"]?.int == 30)
        #expect(usage.rows[0]["cost_usd"]?.double == 1.5 && usage.rows[0]["month"]?.string == "2026-11")
    }

    @Test func oneEventCarriesManyCalls() async throws {
        let trail = try await Trail()
        let rows = (1...3).map { number -> JSONValue in
            .object([
                JSONField("at", JSONValue(Trail.now + Int64(number))), JSONField("actor", .string("user-\(number)")),
                JSONField("call", .object([JSONField("connector_id", "c1"), JSONField("tokens_in", 10)])),
            ])
        }
        let data = JSONValue.object([JSONField("rows", .array(rows + [.object([])]))])
        let event = Trail.event(1, .call, type: OutboxEvent.calls, actor: "", data: data)
        let taken = try await trail.store.append(AuditAppend(stream: "s", first: 1, events: [event]))
        #expect(taken.calls == 4 && taken.chained == 0 && taken.upto == 1)
        let calls = try await trail.store.page(AuditQuery(view: .calls, limit: 10)).rows
        #expect(calls.map { $0["actor"]?.string } == ["", "user-3", "user-2", "user-1"])
        #expect(calls[1]["tokens_in"]?.int == 10)
        #expect(calls[1]["at"]?.string == Timestamp.text(microseconds: Trail.now + 3))
        #expect(try await trail.store.page(AuditQuery(view: .usage, limit: 10)).rows.count == 4)
    }

    @Test func absurdCountsOfAFaultyPeerDoNotStopTheLog() async throws {
        let trail = try await Trail()
        let counts: [Int64] = [.max, .max, .min, 7]
        for (number, count) in counts.enumerated() {
            let call = JSONValue.object([
                JSONField("connector_id", "c1"), JSONField("tokens_in", JSONValue(count)),
                JSONField("tokens_out", JSONValue(count)), JSONField("cost_usd", 1e308),
            ])
            let event = Trail.event(number + 1, .call, data: call)
            let taken = try await trail.store.append(
                AuditAppend(stream: "s", first: UInt64(number + 1), events: [event])
            )
            #expect(taken.calls == 1)
        }
        let usage = try await trail.store.page(AuditQuery(view: .usage, limit: 10)).rows
        #expect(usage[0]["calls"]?.int == 4 && usage[0]["tokens_in"]?.int == 7 && usage[0]["tokens_out"]?.int == 7)
        #expect(usage[0]["cost_usd"]?.double == 0)
    }

    @Test func aThousandEventsAreSigned() async throws {
        let trail = try await Trail()
        for start in stride(from: 1, through: 1_100, by: 100) {
            _ = try await trail.store.append(Trail.batch(start...start + 99))
        }
        var result = try Verify.file(trail.path)
        #expect(result.checkpoints == 1 && result.unsigned == 100)
        try await trail.store.signCheckpoint()
        try await trail.store.signCheckpoint()
        result = try Verify.file(trail.path)
        #expect(result.isWhole && result.checkpoints == 2 && result.unsigned == 0 && result.keys.count == 1)
    }

    @Test func aFullDiskTakesNothingHalfAndWorkGoesOnWhenThereIsSpace() async throws {
        let trail = try await Trail()
        _ = try await trail.store.append(Trail.batch(1...5))
        let pages = try await trail.store.store.read { try $0.int("PRAGMA page_count") } ?? 0
        _ = try await trail.store.store.read { try $0.execute("PRAGMA max_page_count=\(pages + 4)") }
        await #expect { try await trail.store.append(Trail.batch(6...133)) } throws: {
            ($0 as? SQLiteError)?.isFull == true
        }
        #expect(try Verify.file(trail.path).events == 5)
        _ = try await trail.store.store.read { try $0.execute("PRAGMA max_page_count=100000") }
        #expect(try await trail.store.append(Trail.batch(6...133)).upto == 133)
        let result = try Verify.file(trail.path)
        #expect(result.isWhole && result.events == 133)
    }

    @Test func theFileItselfRefusesChanges() async throws {
        let trail = try await Trail()
        _ = try await trail.store.append(Trail.batch(1...2))
        try await trail.store.signCheckpoint()
        for sql in [
            "UPDATE event SET actor = 'x'", "DELETE FROM event", "UPDATE checkpoint SET at = 1",
            "DELETE FROM checkpoint",
        ] {
            await #expect { try await trail.store.store.write { try $0.run(sql) } } throws: {
                ($0 as? SQLiteError)?.isConstraint == true
            }
        }
    }

    @Test func callsOlderThanThePolicyGoAndTheirSumsStay() async throws {
        let trail = try await Trail()
        let day: Int64 = 86_400_000_000
        let call = JSONValue.object([JSONField("connector_id", "c1")])
        let policy = JSONValue.object([JSONField("llm_call_log_retention_days", 7)])
        let events = [
            Trail.event(1, .call, at: Trail.now, data: call),
            Trail.event(2, .call, at: Trail.now - 6 * day, data: call),
            Trail.event(3, .call, at: Trail.now - 9 * day, data: call),
            Trail.event(4, .call, at: 5, data: call),
            Trail.event(5, type: "policy.changed", data: policy),
        ]
        _ = try await trail.store.append(AuditAppend(stream: "s", first: 1, events: events))
        #expect(try await trail.store.page(AuditQuery(view: .calls, limit: 10)).rows.count == 4)
        #expect(try await trail.store.dropOldCalls() == 1)
        #expect(try await trail.store.dropOldCalls() == 0)
        #expect(try await trail.store.page(AuditQuery(view: .calls, limit: 10)).rows.count == 3)
        #expect(try await trail.store.page(AuditQuery(view: .usage, limit: 10)).rows[0]["calls"]?.int == 4)
    }

    @Test func measuresAppends() async throws {
        let trail = try await Trail()
        let start = Moment.now
        for first in stride(from: 1, through: 6_400, by: 128) {
            _ = try await trail.store.append(Trail.batch(first...first + 127))
        }
        let rate = 6_400 / (Moment.now - start).seconds
        let verified = Moment.now
        #expect(try Verify.file(trail.path).isWhole)
        let verifyRate = 6_400 / (Moment.now - verified).seconds
        report("audit: \(Int(rate)) events/s in batches of 128; verified \(Int(verifyRate)) events/s")
    }
}
