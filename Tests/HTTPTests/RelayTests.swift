import HTTP
import Loop
import Support
import Testing

/// A proxy of server and client on one loop, as the gateway is.
@Suite(.serialized, .timeLimit(.minutes(1))) struct RelayTests {
    private static let piece = [UInt8](repeating: 0x70, count: 64 * 1024)

    /// Serves what `upstream` serves, at another port.
    @concurrent
    private func withProxy(
        _ tally: Tally,
        _ upstream: @escaping Listener.Handler,
        _ body: @concurrent @Sendable (Int) async throws -> Void
    ) async throws {
        try await withServer(upstream) { _, upstreamPort in
            let client = await Client()
            try await withServer({ exchange in
                let request = ClientRequest(
                    method: "GET",
                    url: "http://127.0.0.1:\(upstreamPort)\(exchange.request.path)"
                )
                let transfer = client.start(request)
                let head = try await transfer.head()
                let stream = exchange.stream(head.status)
                do throws(HTTPError) {
                    try await stream.relay(transfer) { tally.add("relayed", $0.count) }
                    stream.finish()
                    tally.add("finished")
                } catch {
                    tally.add("error \(error.code.rawValue)")
                    throw error
                }
            }) { _, port in try await body(port) }
        }
    }

    @Test func aStreamPassesThroughUnchanged() async throws {
        let tally = Tally()
        try await withProxy(
            tally,
            { exchange in
                let stream = exchange.stream(200)
                for number in 0..<200 { try await stream.send(Array("line \(number)\n".utf8)) }
                stream.finish()
            }
        ) { port in
            let client = try RawClient(port)
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            let expected = (0..<200).map { "line \($0)\n" }.joined()
            #expect(try client.readResponse().text == expected)
            #expect(tally["finished"] == 1)
        }
    }

    @Test func aSlowClientHoldsTheUpstreamBackInBoundedMemory() async throws {
        let tally = Tally()
        try await withProxy(
            tally,
            { exchange in
                let stream = exchange.stream(200)
                for _ in 0..<1_000 {
                    try await stream.send(Self.piece)
                    tally.add("written", Self.piece.count)
                }
                stream.finish()
            }
        ) { port in
            let client = try RawClient(port, receiveBuffer: 4_096)
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            try await eventually("the relay runs") { tally["relayed"] > 100_000 }
            await rest(.milliseconds(300))
            #expect(tally["written"] < 20_000_000)
            #expect(try client.readResponse().body.count == 1_000 * Self.piece.count)
            #expect(tally["relayed"] == 1_000 * Self.piece.count)
        }
    }

    @Test func aClientThatLeavesClosesTheUpstreamWithin100Milliseconds() async throws {
        let delay = try await quickest(within: .milliseconds(100)) { try await leaveAProxy() }
        #expect(delay < .milliseconds(100))
    }

    /// From the client's leaving to the moment when the upstream sees the end of its own connection.
    private func leaveAProxy() async throws -> Duration {
        let tally = Tally()
        try await withProxy(
            tally,
            { exchange in
                exchange.onLeave = { tally.add("upstream left") }
                let events = exchange.eventStream()
                while !Task.isCancelled {
                    events.event(data: "token")
                    tally.add("tokens")
                    await rest(.milliseconds(2))
                }
            }
        ) { port in
            let client = try RawClient(port)
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            try await eventually("tokens flow") { tally["tokens"] > 5 }
            tally.add("leaves")
            client.leave()
            try await eventually("the upstream sees it") { tally["upstream left"] == 1 }
            try await eventually("the relay says why") { tally["error reset_by_peer"] == 1 }
        }
        return try #require(tally.moment(of: "upstream left")) - #require(tally.moment(of: "leaves"))
    }

    @Test func anUpstreamThatBreaksOffCutsTheAnswer() async throws {
        let tally = Tally()
        try await withProxy(
            tally,
            { exchange in
                exchange.stream(200).write(Array("half".utf8))
            }
        ) { port in
            let client = try RawClient(port)
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            _ = try client.readHead()
            #expect(try client.readChunk() == Array("half".utf8))
            #expect(throws: RawError.self) { try client.readChunk() }
            #expect(tally["error reset_by_peer"] == 1)
        }
    }
}
