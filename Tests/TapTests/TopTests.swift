import JSON
import Testing

@testable import Tap

struct TopTests {
    private func seen(_ kind: String, _ direction: Sighting.Direction = .out, at time: Int64 = 0, id: String = "i")
        -> Sighting
    {
        sighting(kind: kind, id: id) {
            $0.direction = direction
            $0.seenAt = time
        }
    }

    @Test func aMessageIsCountedOnceWhenItLeaves() {
        var table = TopTable(by: .kind)
        for direction in [Sighting.Direction.out, .in] { table.take(seen("job.step", direction), isWanted: true) }
        table.take(seen("job.failed"), isWanted: true)
        table.take(seen("job.lease"), isWanted: false)
        let rows = table.look(after: .seconds(2))
        #expect(rows.map(\.name) == ["job.failed", "job.step"])
        #expect(rows.map(\.count) == [1, 1] && rows.map(\.errors) == [1, 0])
        #expect(rows[0].rate == 0.5 && rows[0].byteRate == 200)
    }

    @Test func theRateIsOfTheTimeSinceTheLastLookAndTheBusiestIsFirst() {
        var table = TopTable(by: .kind)
        for _ in 0..<10 { table.take(seen("job.step"), isWanted: true) }
        #expect(table.look(after: .seconds(1)).map(\.rate) == [10])
        for _ in 0..<3 { table.take(seen("job.renew"), isWanted: true) }
        let rows = table.look(after: .seconds(1))
        #expect(rows.map(\.name) == ["job.renew", "job.step"])
        #expect(rows.map(\.rate) == [3, 0] && rows.map(\.count) == [3, 10])
    }

    @Test func whatAsksShowsTheTimeUntilItsAnswer() {
        var table = TopTable(by: .kind)
        table.take(seen("health.ping", at: 1_000, id: "q"), isWanted: true)
        #expect(table.unanswered == 1)
        var answer = seen("health.status", .in, at: 4_000, id: "a")
        answer.header.replyTo = "q"
        table.take(answer, isWanted: true)
        #expect(table.look(after: .seconds(1)).first { $0.name == "health.ping" }?.p95 == .milliseconds(3))
        #expect(table.unanswered == 0)
    }

    @Test func moreNamesThanRowsAreCountedTogether() {
        var table = TopTable(by: .job, mostRows: 3)
        for number in 0..<10 {
            var one = seen("job.step")
            one.header.job = "img_\(number)"
            table.take(one, isWanted: true)
        }
        let rows = table.look(after: .seconds(1))
        #expect(rows.count == 4 && rows.first?.name == TopTable.others && rows.first?.count == 7)
    }

    private func display(isTerminal: Bool = false, _ arguments: String...) throws -> any Display {
        guard case .follow(var options) = try Command(["top"] + arguments) else { throw UsageError("another command") }
        options.isTerminal = isTerminal
        return options.display(LineFormat(ink: Ink(isColoured: false)))
    }

    @Test func aTableIsDrawnInPlaceOnATerminalAndPlainOnAPipe() throws {
        for isTerminal in [true, false] {
            var display = try display(isTerminal: isTerminal)
            #expect(display.take(seen("job.step")) == nil)
            let text = String(decoding: display.tick(.seconds(1)) ?? [], as: UTF8.self)
            #expect(text.contains("\u{1B}") == isTerminal)
            #expect(text.contains("1 messages, 0 unanswered, 0 lost\n"))
            let row = text.split(separator: "\n").first { $0.hasPrefix("job.step") }
            #expect(row?.split(separator: " ").map(String.init) == ["job.step", "1.0", "400B", "1"])
        }
    }

    @Test func itEndsAfterAsManyTablesAsWereAskedForAndSpeaksJSON() throws {
        var display = try display("-c", "1", "-o", "json")
        _ = display.take(seen("job.step"))
        let json = try JSONValue(parsing: display.tick(.seconds(1)) ?? [])
        #expect(json["messages"]?.int == 1 && json["by"]?.string == "kind")
        #expect(json["rows"]?.array?.first?["name"]?.string == "job.step")
        #expect(display.isComplete)
    }
}
