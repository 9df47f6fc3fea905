import HTTP
import Loop
import Support
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct ServerTests {
    private func post(_ path: String, _ body: String, _ more: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: t\r\n\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private func get(_ path: String, _ more: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: t\r\n\(more)\r\n" }

    @Test func aConnectionServesRequestAfterRequest() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let client = try RawClient(port)
            for round in 0..<5 {
                try client.send(post("/", "hello \(round)"))
                let response = try client.readResponse()
                #expect(response.status == 200)
                #expect(response.text == "hello \(round)")
                #expect(response.headers["date"]?.hasSuffix(" GMT") == true)
                #expect(response.headers["connection"] == nil)
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let client = try RawClient(port)
            try client.send((0..<50).map { post("/", "body \($0)") }.joined())
            for round in 0..<50 { #expect(try client.readResponse().text == "body \(round)") }
        }
    }

    @Test func aRequestMayComeByteByByte() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let client = try RawClient(port)
            for byte in post("/", "slow", "Transfer: no\r\n").utf8 { try client.send([byte]) }
            #expect(try client.readResponse().text == "slow")
        }
    }

    @Test func chunkedBodiesGoInAndOut() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let client = try RawClient(port)
            try client.send(
                "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
            )
            #expect(try client.readResponse().text == "abcdefg")
            try client.send(get("/chunks"))
            let response = try client.readResponse()
            #expect(response.headers["transfer-encoding"] == "chunked")
            #expect(response.text == "onetwothree")
            try client.send(get("/counted"))
            #expect(try client.readResponse().text == "abcdef")
        }
    }

    @Test func anAnswerHasABodyOnlyWhereItMay() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let client = try RawClient(port)
            try client.send("HEAD /big?n=500 HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try client.readResponse(toHead: true).headers["content-length"] == "500")
            try client.send("HEAD /chunks HTTP/1.1\r\nHost: t\r\n\r\n")
            _ = try client.readResponse(toHead: true)
            for code in [204, 304] {
                try client.send(get("/status?code=\(code)"))
                let response = try client.readResponse()
                #expect(response.status == code)
                #expect(response.headers["content-length"] == nil)
            }
            try client.send(get("/status?code=200"))
            let response = try client.readResponse()
            #expect(response.text == "hi")
            #expect(response.headers["injected"] == nil)
            #expect(response.headers["x-extra"] == "1  injected: yes")
        }
    }

    @Test func oldAndClosingClientsGetTheConnectionClosed() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let old = try RawClient(port)
            try old.send("GET /chunks HTTP/1.0\r\n\r\n")
            let response = try old.readResponse()
            #expect(response.headers["transfer-encoding"] == nil)
            #expect(response.headers["connection"] == "close")
            #expect(response.text == "onetwothree")
            let closing = try RawClient(port)
            try closing.send(get("/", "Connection: close\r\n"))
            #expect(try closing.readResponse().headers["connection"] == "close")
            #expect(try closing.readToEnd().isEmpty)
        }
    }

    @Test func everyResponseCarriesItsRequestID() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let client = try RawClient(port)
            try client.send(get("/", "X-Request-ID: my-own id\r\n"))
            let own = try client.readResponse()
            #expect(own.headers["x-request-id"] == "my-own id")
            #expect(own.headers["request-id"] == "my-own id")
            var seen: Set<String> = []
            let tooLong = String(repeating: "x", count: 129)
            for more in [
                "", "X-Request-ID: ä\r\n", "X-Request-ID: \(tooLong)\r\n", "X-Request-ID: a\r\nX-Request-ID: b\r\n",
            ] {
                try client.send(get("/", more))
                let response = try client.readResponse()
                seen.insert(response.headers["x-request-id"] ?? "")
                #expect(response.headers["x-request-id"] == response.headers["request-id"])
            }
            #expect(seen.count == 4)
            #expect(seen.allSatisfy { $0.count == 15 })
            try client.send("GARBAGE\r\n\r\n")
            let refused = try client.readResponse()
            #expect(refused.status == 400)
            #expect(refused.headers["x-request-id"]?.count == 15)
        }
    }

    @Test func limitsAreAnsweredInTheErrorShape() async throws {
        var limits = ServerLimits()
        limits.bodyBytes = 1_000
        try await withServer(limits, { try await echo($0) }) { _, port in
            let cases: [(String, Int, String)] = [
                (post("/", String(repeating: "x", count: 1_001)), 413, "body_too_large"),
                ("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n", 413, "body_too_large"),
                (post("/small", "eleven bytes"), 413, "body_too_large"),
                (
                    "POST /small HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nc\r\neleven bytes\r\n", 413,
                    "body_too_large"
                ),
                (get("/", "X: \(String(repeating: "x", count: 40_000))\r\n"), 431, "headers_too_large"),
                (post("/", "a", "Content-Length: 2\r\n"), 400, "malformed_request"),
                (post("/", "a", "Transfer-Encoding: chunked\r\n"), 400, "malformed_request"),
                ("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nnope\r\n", 400, "malformed_request"),
                (get("/silent"), 500, "internal_error"),
                (get("/throws"), 500, "internal_error"),
            ]
            for (request, status, code) in cases {
                let client = try RawClient(port)
                try client.send(request)
                let response = try client.readResponse()
                #expect(response.status == status, "\(request.prefix(80))")
                #expect(response.text.contains(#""code":"\#(code)""#), "\(response.text)")
                #expect(response.headers["content-type"] == "application/json")
                // What was read to its end leaves the connection in order.
                if status != 500, !request.hasPrefix("POST /small HTTP/1.1\r\nHost: t\r\nContent") {
                    #expect(response.headers["connection"] == "close")
                    #expect(try client.readToEnd().isEmpty)
                }
            }
        }
    }

    @Test func aLargeRefusedBodyDoesNotResetTheAnswerAway() async throws {
        var limits = ServerLimits()
        limits.bodyBytes = 1_000
        try await withServer(limits, { try await echo($0) }) { _, port in
            let client = try RawClient(port)
            try client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4000000\r\n\r\n")
            try client.send([UInt8](repeating: 0x78, count: 4_000_000))
            #expect(try client.readResponse().status == 413)
        }
    }

    @Test func aSlowDribbleRunsIntoTheDeadline() async throws {
        var limits = ServerLimits()
        limits.headerTime = .milliseconds(300)
        limits.bodyTime = .milliseconds(300)
        limits.idleTime = .milliseconds(300)
        try await withServer(limits, { try await echo($0) }) { _, port in
            let head = try RawClient(port)
            try head.send("GET / HT")
            #expect(try head.readResponse().status == 408)
            let body = try RawClient(port)
            try body.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nabc")
            #expect(try body.readResponse().status == 408)
            let idle = try RawClient(port)
            #expect(try idle.readToEnd().isEmpty)
            let kept = try RawClient(port)
            try kept.send(get("/"))
            #expect(try kept.readResponse().status == 200)
            #expect(try kept.readToEnd().isEmpty)
            let dribble = try RawClient(port)
            let start = Moment.now
            var answered = false
            for byte in get("/", "X: \(String(repeating: "x", count: 200))\r\n").utf8 where !answered {
                try? dribble.send([byte])
                await rest(.milliseconds(10))
                answered = Moment.now - start > .milliseconds(1_000)
            }
            #expect(try dribble.readResponse().status == 408)
        }
    }

    @Test func aClientThatExpectsContinueIsToldTo() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let client = try RawClient(port)
            try client.send("POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            #expect(try client.readHead().status == 100)
            try client.send("hello")
            #expect(try client.readResponse().text == "hello")
            try client.send("POST /status HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            let refused = try client.readResponse()
            #expect(refused.status == 200)
            #expect(refused.headers["connection"] == "close")
        }
    }

    @Test func aHandlerMayHopToADefaultActorAndComesBackOnTheLoop() async throws {
        let tally = Tally()
        let elsewhere = Elsewhere()
        try await withServer({ exchange in
            if await elsewhere.isOnNetLoop() { tally.add("stayed") }
            if NetLoop.loop.isCurrent { tally.add("back") }
            exchange.respond(200)
        }) { _, port in
            let client = try RawClient(port)
            try client.send(get("/"))
            #expect(try client.readResponse().status == 200)
            #expect(tally["stayed"] == 1)
            #expect(tally["back"] == 1)
        }
    }

    @Test func twoHundredConnectionsAreServedAtATime() async throws {
        try await withServer({ try await echo($0) }) { listener, port in
            let clients = try (0..<200).map { _ in try RawClient(port) }
            for (index, client) in clients.enumerated() { try client.send(post("/", "from \(index)")) }
            for (index, client) in clients.enumerated() {
                #expect(try client.readResponse().text == "from \(index)")
            }
            #expect(await listener.connectionCount == 200)
        }
    }

    @Test @NetLoop func aBurstWaitsUntilTheLoopComesToIt() async throws {
        let listener = try Listener(address: "127.0.0.1:0") { $0.respond(200) }
        // The loop is here and accepts none of them meanwhile: the kernel must take them all.
        let clients = try (0..<300).map { _ in try RawClient(listener.port) }
        try await eventually("all are accepted") { listener.connectionCount == clients.count }
        listener.close()
    }

    @Test func aFullServerSaysSo() async throws {
        var limits = ServerLimits()
        limits.connections = 2
        try await withServer(limits, { try await echo($0) }) { _, port in
            let served = try (0..<2).map { _ in try RawClient(port) }
            for client in served {
                try client.send(get("/"))
                #expect(try client.readResponse().status == 200)
            }
            let refused = try RawClient(port).readResponse()
            #expect(refused.status == 503)
            #expect(refused.headers["retry-after"] == "1")
        }
    }

    @Test func largeAnswersReachSlowReaders() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let client = try RawClient(port, receiveBuffer: 4_096)
            try client.send(get("/big?n=20000000"))
            #expect(try client.readResponse().body.count == 20_000_000)
        }
    }

    @Test func anAnswerLeftOpenIsCutAndNotEnded() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let client = try RawClient(port)
            try client.send(get("/open"))
            #expect(try client.readHead().status == 200)
            #expect(try client.readChunk() == Array("begun".utf8))
            #expect(throws: RawError.self) { try client.readChunk() }
        }
    }

    @Test func eventsAreFramedForEventSource() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            let client = try RawClient(port)
            try client.send(get("/events"))
            let response = try client.readResponse()
            #expect(response.headers["content-type"] == "text/event-stream")
            #expect(response.headers["cache-control"] == "no-cache")
            #expect(response.headers["x-accel-buffering"] == "no")
            #expect(response.text == "event: ab\nid: 1\ndata: x\ndata: y\n\ndata: z\n\n")
        }
    }
}
