import JSON
import Loop
import SQLite
import Support
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
@StoreLoop
struct CallRowTests {
    private let folder = Folder()

    private func row(_ number: Int, model: String = "gpt-5-mini") -> CallRow {
        CallRow(
            at: Int64(number),
            id: "request-\(number)",
            userID: "usr_\(number)",
            connectorID: "con_1",
            purpose: .chat,
            model: model,
            tokensIn: 7,
            latencyMs: 12,
            outcome: .failed(.timeout),
            costUSD: 0.25,
            stream: true
        )
    }

    /// The events that these rows become.
    private func events(_ rows: [CallRow]) throws -> [OutboxEvent] {
        let events = Mutex<[OutboxEvent]>([])
        let trail = AuditTrail(append: { event, _ in
            events.withLock { $0.append(event) }
            return nil
        })
        try trail.record(rows, in: Connection(path: folder.file("none.db"), mode: .memory))
        return events.withLock { $0 }
    }

    @Test func rowsShareEventsAndNoneIsLostOrDoubled() throws {
        let rows = (1...1_000).map { row($0) }
        let events = try events(rows)
        #expect((2...20).contains(events.count))
        #expect(events.allSatisfy { $0.bytes.count < OutboxEvent.callBytes + 1_024 && $0.auditClass == .call })
        let written = try events.flatMap { event in
            let read = try AuditEvent(JSONValue(parsing: event.bytes))
            #expect(read.eventType == OutboxEvent.calls && read.data?["rows"]?.array?.count == event.rows)
            return read.data?["rows"]?.array ?? []
        }
        #expect(written.map { $0["at"]?.int } == rows.map(\.at))
        #expect(written.map { $0["actor"]?.string } == rows.map(\.userID))
        let call = written[0]["call"]
        #expect(call?["outcome"]?.string == GatewayError.Code.timeout.rawValue && call?["cost_usd"]?.double == 0.25)
        #expect(call?["tokens_in"]?.int == 7 && call?["tokens_out"] == .null && call?["stream"]?.bool == true)
    }

    @Test func noRowsAreNoEvent() throws {
        #expect(try events([]).isEmpty)
    }

    @Test func aModelsNameOfAnyLengthFitsIntoTheLog() throws {
        let events = try events([row(1, model: String(repeating: "\u{1}é", count: 100_000)), row(2)])
        #expect(events.count == 1 && events[0].rows == 2 && events[0].bytes.count < 4_096)
    }
}
