import JSON
import Support
import Testing
import Wire

@testable import AuditService

@Suite(.timeLimit(.minutes(1)))
struct PageTests {
    private func all(_ trail: Trail, _ query: AuditQuery) async throws -> [JSONValue] {
        var rows: [JSONValue] = []
        var query = query
        repeat {
            let page = try await trail.store.page(query)
            rows += page.rows
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return rows
    }

    @Test func pagesShowEveryEventOnceNewestFirst() async throws {
        let trail = try await Trail()
        _ = try await trail.store.append(Trail.batch(1...25))
        for limit in [1, 7, 25, 100] {
            let rows = try await all(trail, AuditQuery(view: .audit, limit: limit))
            #expect(rows.compactMap { $0["seq"]?.int } == Array((1...25).reversed()))
        }
        let row = try await trail.store.page(AuditQuery(view: .audit, limit: 1)).rows[0]
        #expect(row["at"]?.string == "2026-11-21T01:47:31.000000Z")
        #expect(row["event_type"]?.string == "connector.created" && row["target_name"]?.string == "my connector")
        #expect(row["hash"]?.string?.count == 64 && row["notes"]?.string == "number 25")
    }

    @Test func filtersAreJoined() async throws {
        let trail = try await Trail()
        let events = (1...20).map { number in
            Trail.event(
                number,
                type: number % 2 == 0 ? "connector.created" : "connector.deleted",
                actor: number % 3 == 0 ? "admin" : "user",
                at: Trail.now + Int64(number)
            )
        }
        _ = try await trail.store.append(AuditAppend(stream: "s", first: 1, events: events))
        func numbers(_ filter: AuditFilter) async throws -> [Int64] {
            try await all(trail, AuditQuery(view: .audit, filter: filter, limit: 3)).compactMap { $0["seq"]?.int }
        }
        #expect(try await numbers(AuditFilter(eventType: "connector.created", actor: "admin")) == [18, 12, 6])
        #expect(try await numbers(AuditFilter(target: "c7")) == [7])
        #expect(try await numbers(AuditFilter(since: Trail.now + 5, until: Trail.now + 8)) == [7, 6, 5])
        #expect(try await numbers(AuditFilter(actor: "nobody")) == [])
        #expect(try await numbers(AuditFilter(actor: "' OR 1=1 --")) == [])
    }

    @Test func callsAreShownOverDaysAndFiltered() async throws {
        let trail = try await Trail()
        let day: Int64 = 86_400_000_000
        let events = (0..<30).map { number in
            Trail.event(
                number,
                .call,
                at: Trail.now - Int64(number / 10) * day,
                data: .object([
                    JSONField("connector_id", .string("c\(number % 2)")), JSONField("outcome", "ok"),
                    JSONField("tokens_in", JSONValue(number)),
                ])
            )
        }
        _ = try await trail.store.append(AuditAppend(stream: "s", first: 1, events: events))
        for limit in [1, 4, 10, 100] {
            let rows = try await all(trail, AuditQuery(view: .calls, limit: limit))
            #expect(rows.count == 30)
            #expect(Set(rows.compactMap { $0["tokens_in"]?.int }).count == 30)
        }
        let filter = AuditFilter(connector: "c1", since: Trail.now - day)
        let rows = try await all(trail, AuditQuery(view: .calls, filter: filter, limit: 3))
        #expect(rows.count == 10)
        #expect(rows.allSatisfy { $0["connector_id"]?.string == "c1" && $0["actor"]?.string == "user-1" })
    }

    @Test func aPageFitsItsMessageHoweverLongTheNotes() async throws {
        let trail = try await Trail()
        for number in 1...300 {
            var event = Trail.event(number)
            event.notes = String(repeating: "\"", count: 4_000)
            _ = try await trail.store.append(AuditAppend(stream: "s", first: UInt64(number), events: [event]))
        }
        var query = AuditQuery(view: .audit, limit: 500)
        var seen = 0
        repeat {
            let page = try await trail.store.page(query)
            #expect(try page.encoded().count < 1 << 20)
            seen += page.rows.count
            query.cursor = page.nextCursor
        } while query.cursor != nil
        #expect(seen == 300)
    }
}
