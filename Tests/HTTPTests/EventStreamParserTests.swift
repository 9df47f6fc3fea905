import HTTP
import Support
import Testing

@Suite struct EventStreamParserTests {
    private func parse(_ pieces: [[UInt8]]) throws -> ([EventStreamParser.Event], EventStreamParser.Event?) {
        var parser = EventStreamParser()
        var events: [EventStreamParser.Event] = []
        for piece in pieces { events += try parser.feed(piece) }
        return (events, parser.finish())
    }

    private func parse(_ text: String) throws -> ([EventStreamParser.Event], EventStreamParser.Event?) {
        try parse([Array(text.utf8)])
    }

    private func texts(_ text: String) throws -> [String] {
        try parse(text).0.map { String(decoding: $0.data, as: UTF8.self) }
    }

    @Test func linesMayEndInAnyOfThreeWays() throws {
        #expect(
            try texts("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\r\ndata: e\r\n\n") == ["a", "b", "c", "d", "e"]
        )
    }

    @Test func fieldsAreReadAsTheStandardSays() throws {
        let (events, tail) = try parse(
            "\u{feff}: comment\nevent: message_start\nid: 7\nretry: 1500\ndata:  two\ndata:lines\ndata\nunknown: x\n\nid\ndata: b\n\n"
        )
        #expect(events.count == 2)
        #expect(events.first?.name == "message_start")
        #expect(events.first?.id == "7")
        #expect(events.first?.data == Array(" two\nlines\n".utf8))
        #expect(events.last?.name == nil)
        #expect(events.last?.id == "")
        #expect(tail == nil)
    }

    @Test func anEventWithoutDataIsDropped() throws {
        #expect(try texts("event: ping\n\n:\n\ndata:\n\ndata: x\n\n") == ["x"])
    }

    @Test func aRetryIsKept() throws {
        var parser = EventStreamParser()
        _ = try parser.feed(Array("retry: 12\n\nretry: x\n\n".utf8))
        #expect(parser.retryMilliseconds == 12)
    }

    @Test func whatIsUnterminatedIsReportedAtTheEnd() throws {
        let (events, tail) = try parse("data: a\n\ndata: b")
        #expect(events.count == 1)
        #expect(tail?.data == Array("b".utf8))
        #expect(try parse("data: a\n\n{\"error\": {\n \"code\": 5").1?.isRaw == true)
    }

    @Test func plainJSONBetweenEventsIsGivenAsSuch() throws {
        let json = "{\n  \"error\": {\n    \"message\": \"a } \\\" brace\"\n  }\n}"
        let (events, tail) = try parse("data: a\r\n\r\n\(json.replacing("\n", with: "\r\n"))\r\n\r\ndata: b\r\n\r\n")
        #expect(events.map(\.isRaw) == [false, true, false])
        #expect(events[1].data == Array(json.utf8))
        #expect(tail == nil)
    }

    @Test func aStreamMeansTheSameAtEveryCut() throws {
        let text =
            "\u{feff}event: a\r\ndata: grüße\r\ndata: 2\r\n\r\n: c\r\rdata: x\n\nid: ä\rdata: y\r\r{\"e\":\r\n1}\r\ndata: tail"
        let bytes = Array(text.utf8)
        let whole = try parse([bytes])
        #expect(whole.0.count == 4)
        for cut in 0...bytes.count {
            let halves = try parse([Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(halves.0 == whole.0 && halves.1 == whole.1, "cut at \(cut)")
        }
        let single = try parse(bytes.map { [$0] })
        #expect(single.0 == whole.0 && single.1 == whole.1)
    }

    @Test func anEventPastTheLimitIsRefused() {
        var parser = EventStreamParser(limit: 100)
        #expect(throws: HTTPError.self) { try parser.feed(Array("data: \(String(repeating: "x", count: 200))".utf8)) }
        var many = EventStreamParser(limit: 100)
        #expect(throws: HTTPError.self) {
            for _ in 0..<100 { _ = try many.feed(Array("data: xx\n".utf8)) }
        }
    }
}
