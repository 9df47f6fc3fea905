import Loop
import Support
import Testing

@testable import HTTP

/// Clients that leave, servers that drain, streams that are quiet or too fast.
@Suite(.serialized, .timeLimit(.minutes(1))) struct LeavingTests {
    @Test(arguments: ["waiting", "streaming", "reset", "pipelined"])
    func aClientThatLeavesCancelsItsHandlerAtOnce(way: String) async throws {
        let delay = try await quickest(within: .milliseconds(100)) { try await leave(way) }
        #expect(delay < .milliseconds(100))
    }

    /// From the client's leaving to the moment when its handler knows.
    private func leave(_ way: String) async throws -> Duration {
        let tally = Tally()
        try await withServer({ exchange in
            exchange.onLeave = { tally.add("left") }
            let events = way == "streaming" ? exchange.eventStream() : nil
            events?.event(data: "begun")
            tally.add("begun")
            while !Task.isCancelled { await rest(.milliseconds(1)) }
            tally.add("cancelled")
        }) { _, port in
            let client = try RawClient(port)
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            if way == "pipelined" {
                let more = "GET / HTTP/1.1\r\nHost: t\r\nX: \(String(repeating: "x", count: 1_000))\r\n\r\n"
                // Past the mark, yet less than the socket holds: an end behind what doesn't fit never arrives.
                try client.send(String(repeating: more, count: 80))
            }
            try await eventually("the handler begins") { tally["begun"] == 1 }
            tally.add("leaves")
            if way == "reset" { client.reset() } else { client.leave() }
            try await eventually("the handler is cancelled") { tally["cancelled"] == 1 && tally["left"] == 1 }
        }
        let known = try max(#require(tally.moment(of: "cancelled")), #require(tally.moment(of: "left")))
        return try known - #require(tally.moment(of: "leaves"))
    }

    @Test func aQuietEventStreamSaysThatItLives() async throws {
        try await withServer({ exchange in
            let events = exchange.eventStream(keepAlive: .milliseconds(50))
            while !Task.isCancelled { await rest(.milliseconds(5)) }
            events.finish()
        }) { _, port in
            let client = try RawClient(port)
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            _ = try client.readHead()
            #expect(try client.readChunk() == Array(": keep-alive\n\n".utf8))
            #expect(try client.readChunk() == Array(": keep-alive\n\n".utf8))
        }
    }

    @Test func aFastWriterWaitsForASlowReader() async throws {
        let tally = Tally()
        let piece = [UInt8](repeating: 0x70, count: 64 * 1024)
        try await withServer({ exchange in
            let stream = exchange.stream(200)
            for _ in 0..<800 {
                try await stream.send(piece)
                tally.add("written", piece.count)
            }
            stream.finish()
        }) { _, port in
            let client = try RawClient(port, receiveBuffer: 4_096)
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            try await eventually("the writer writes") { tally["written"] > 0 }
            await rest(.milliseconds(200))
            #expect(tally["written"] < 10_000_000)
            #expect(try client.readResponse().body.count == 800 * 64 * 1024)
        }
    }

    @Test func aDrainFinishesWhatIsUnderWayAndClosesWhatIdles() async throws {
        let tally = Tally()
        try await withServer({ exchange in
            tally.add("begun")
            while exchange.request.path == "/slow", tally["drain is on"] == 0 { await rest(.milliseconds(1)) }
            exchange.respond(200, [], Array("done".utf8))
        }) { listener, port in
            let idle = try RawClient(port)
            try idle.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try idle.readResponse().status == 200)
            let busy = try RawClient(port)
            try busy.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
            try await eventually("the handler begins") { tally["begun"] == 2 }
            let start = Moment.now
            async let drained: Void = listener.drain(within: .seconds(50))
            try await eventually("the drain begins") { await listener.isDraining }
            tally.add("drain is on")
            await drained
            #expect(Moment.now - start < .seconds(30))
            #expect(try idle.readToEnd().isEmpty)
            let response = try busy.readResponse()
            #expect(response.text == "done")
            #expect(response.headers["connection"] == "close")
            #expect(throws: RawError.self) { try RawClient(port) }
        }
    }

    @Test func aDrainCutsWhatDoesNotEnd() async throws {
        let tally = Tally()
        try await withServer({ exchange in
            let stream = exchange.stream(200)
            stream.write([0x61])
            tally.add("begun")
            while !Task.isCancelled { await rest(.milliseconds(1)) }
            tally.add("cancelled")
        }) { listener, port in
            let client = try RawClient(port)
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            try await eventually("the handler begins") { tally["begun"] == 1 }
            await listener.drain(within: .milliseconds(100))
            try await eventually("the handler is cancelled") { tally["cancelled"] == 1 }
            #expect(await listener.connectionCount == 0)
        }
    }

    @Test func aReaderThatTakesNothingIsCutOff() async throws {
        var limits = ServerLimits()
        limits.writeStallTime = .milliseconds(200)
        let tally = Tally()
        try await withServer(
            limits,
            { exchange in
                let stream = exchange.stream(200)
                do {
                    for _ in 0..<10_000 { try await stream.send([UInt8](repeating: 0x70, count: 64 * 1024)) }
                } catch {
                    tally.add("failed")
                }
            }
        ) { _, port in
            let client = try RawClient(port, receiveBuffer: 4_096)
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            try await eventually("the stream fails") { tally["failed"] == 1 }
        }
    }
}
