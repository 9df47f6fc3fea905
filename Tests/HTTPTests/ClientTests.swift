import Glibc
import Loop
import Support
import Testing

@testable import HTTP

/// The client against this module's own server, and against ports that behave badly.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ClientTests {
    @NetLoop
    private func call(_ client: Client, _ request: ClientRequest) async throws -> (ResponseHead, [UInt8]) {
        let transfer = client.start(request)
        let head = try await transfer.head()
        return (head, try await transfer.body(limit: 100_000_000))
    }

    private func failure(_ request: ClientRequest, _ body: Bool = true) async -> HTTPError.Code? {
        do {
            let transfer = await Client().start(request)
            _ = try await transfer.head()
            _ = try await transfer.body(limit: 1_000)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func callsGoOutAndComeBack() async throws {
        try await withServer({ exchange in
            let body = try await exchange.body()
            let seen =
                "\(exchange.request.method) \(exchange.request.target) \(exchange.request.headers["x-mine"] ?? "-")"
            exchange.respond(
                201,
                [("x-seen", seen), ("x-type", exchange.request.headers["content-type"] ?? "-")],
                body
            )
        }) { _, port in
            let client = await Client()
            let url = "http://127.0.0.1:\(port)/a?b=c"
            for method in ["POST", "GET", "PUT", "DELETE", "PATCH", "POST", "HEAD", "GET", "POST"] {
                let hasBody = method != "GET" && method != "HEAD"
                let request = ClientRequest(
                    method: method,
                    url: url,
                    headers: [("x-mine", "1"), ("content-type", "text/x")],
                    body: hasBody ? Array("hello".utf8) : []
                )
                let (head, body) = try await call(client, request)
                #expect(head.status == 201)
                #expect(head.headers["x-seen"] == "\(method) /a?b=c 1")
                #expect(head.headers["X-Type"] == "text/x")
                #expect(body == (hasBody ? Array("hello".utf8) : []))
            }
        }
    }

    @Test func connectionsAreUsedAgain() async throws {
        let tally = Tally()
        try await withServer({ exchange in
            tally.set("port \(exchange.request.remote.port)", 1)
            tally.add("ports", 0)
            exchange.respond(200, [], Array("\(exchange.request.remote.port)".utf8))
        }) { listener, port in
            let client = await Client()
            var ports: Set<[UInt8]> = []
            for _ in 0..<20 {
                ports.insert(try await call(client, ClientRequest(method: "GET", url: "http://127.0.0.1:\(port)/")).1)
            }
            #expect(ports.count == 1)
            #expect(await listener.connectionCount == 1)
        }
    }

    @Test func aLargeBodyGoesBothWays() async throws {
        try await withServer({ try await echo($0) }) { _, port in
            var body = [UInt8](repeating: 0, count: 8_000_000)
            for index in body.indices { body[index] = UInt8(truncatingIfNeeded: index &* 7) }
            let request = ClientRequest(method: "POST", url: "http://127.0.0.1:\(port)/", body: body)
            let answer = try await call(Client(), request).1
            #expect(answer == body)
        }
    }

    @Test func failuresHaveTheirOwnCodes() async throws {
        try await withServer({ exchange in
            switch exchange.request.path {
            case "/big": exchange.respond(200, [], [UInt8](repeating: 0, count: 2_000))
            case "/cut": exchange.stream(200, [("content-length", "10")]).write([1])
            case "/stall":
                let stream = exchange.stream(200)
                stream.write([1])
                while !Task.isCancelled { await rest(.milliseconds(5)) }
            default: while !Task.isCancelled { await rest(.milliseconds(5)) }
            }
        }) { _, port in
            let base = "http://127.0.0.1:\(port)"
            let short = ClientRequest.Timeouts(firstByte: .milliseconds(150), stall: .milliseconds(150))
            #expect(await failure(ClientRequest(method: "GET", url: base + "/big")) == .tooLarge)
            #expect(await failure(ClientRequest(method: "GET", url: base + "/cut")) == .resetByPeer)
            #expect(await failure(ClientRequest(method: "GET", url: base + "/", timeouts: short)) == .firstByteTimeout)
            #expect(await failure(ClientRequest(method: "GET", url: base + "/stall", timeouts: short)) == .stalled)
            let total = ClientRequest.Timeouts(total: .milliseconds(150))
            #expect(await failure(ClientRequest(method: "GET", url: base + "/stall", timeouts: total)) == .totalTimeout)
            #expect(await failure(ClientRequest(method: "GET", url: "https://127.0.0.1:\(port)/")) == .tlsFailed)
        }
        #expect(await failure(ClientRequest(method: "GET", url: "http://127.0.0.1:1/")) == .connectFailed)
        #expect(await failure(ClientRequest(method: "GET", url: "http://name.invalid/")) == .resolveFailed)
        #expect(await failure(ClientRequest(method: "GET", url: "ftp://127.0.0.1/")) == .invalidRequest)
        #expect(await failure(ClientRequest(method: "GET", url: "/models")) == .invalidRequest)
        #expect(await failure(ClientRequest(method: "GET", url: "//127.0.0.1/models")) == .invalidRequest)
        #expect(await failure(ClientRequest(method: "GET", url: "http://user:pw@127.0.0.1/")) == .invalidRequest)
        let injected = [("x", "a\r\nb: c")]
        #expect(
            await failure(ClientRequest(method: "GET", url: "http://127.0.0.1/", headers: injected)) == .invalidRequest
        )
    }

    /// libcurl closes the pipe from its resolver's thread by itself; the number comes again for another socket.
    @Test @NetLoop func nothingOfAResolvedNameStaysWatched() async throws {
        let client = Client()
        let transfer = client.start(ClientRequest(method: "GET", url: "http://name.invalid/"))
        await #expect(throws: HTTPError.self) { try await transfer.head() }
        #expect(client.transferCount == 0)
        #expect(client.watchedCount == 0)
    }

    @Test func theAddressPolicyLooksAtTheAddressItself() async throws {
        try await withServer({ $0.respond(200) }) { _, port in
            let url = "http://localhost:\(port)/"
            #expect(await failure(ClientRequest(method: "GET", url: url, policy: .publicOnly)) == .addressRefused)
            #expect(await failure(ClientRequest(method: "GET", url: url, policy: .privateOnly)) == nil)
        }
    }

    @Test(arguments: [
        ("127.0.0.1", true, true), ("10.1.2.3", true, true), ("172.31.0.1", true, true), ("192.168.0.1", true, true),
        ("169.254.169.254", false, false), ("0.0.0.0", false, false), ("224.0.0.1", false, false),
        ("100.100.100.200", false, false), ("8.8.8.8", true, false), ("172.32.0.1", true, false),
        ("::1", true, true), ("fe80::1", false, false), ("fd00:ec2::254", false, false), ("fd12::1", true, true),
        ("2606:4700::1111", true, false), ("::ffff:169.254.169.254", false, false), ("::", false, false),
        ("64:ff9b::a9fe:a9fe", false, false), ("2002:a9fe:a9fe::1", false, false), ("ff02::1", false, false),
    ])
    func addressesLieWhereTheRegistriesSay(host: String, general: Bool, inside: Bool) throws {
        let address = try #require(SocketAddress(numeric: host, port: 80))
        #expect(AddressPolicy.publicAndPrivate.allows(address) == general)
        #expect(AddressPolicy.privateOnly.allows(address) == inside)
        #expect(AddressPolicy.any.allows(address))
    }

    @Test func cancellingATaskClosesItsConnectionWithin100Milliseconds() async throws {
        let delay = try await quickest(within: .milliseconds(100)) { try await cancelACall() }
        #expect(delay < .milliseconds(100))
    }

    /// From the cancelling to the moment when the server sees the end of the connection.
    private func cancelACall() async throws -> Duration {
        let tally = Tally()
        try await withServer({ exchange in
            exchange.onLeave = { tally.add("left") }
            exchange.stream(200).write([1])
            tally.add("begun")
            while !Task.isCancelled { await rest(.milliseconds(1)) }
        }) { _, port in
            let client = await Client()
            let task = Task {
                let transfer = await client.start(ClientRequest(method: "GET", url: "http://127.0.0.1:\(port)/"))
                while try await transfer.chunk() != nil {}
            }
            try await eventually("the call is under way") { tally["begun"] == 1 }
            tally.add("cancelled")
            task.cancel()
            try await eventually("the server sees it") { tally["left"] == 1 }
            await #expect(throws: HTTPError.self) { try await task.value }
            #expect(await client.transferCount == 0)
        }
        return try #require(tally.moment(of: "left")) - #require(tally.moment(of: "cancelled"))
    }

    @Test func chunksArriveAsTheyAreSent() async throws {
        try await withServer({ exchange in
            let stream = exchange.stream(200)
            for number in 0..<5 {
                stream.write(Array("piece \(number)".utf8))
                await rest(.milliseconds(20))
            }
            stream.finish()
        }) { _, port in
            let transfer = await Client().start(ClientRequest(method: "GET", url: "http://127.0.0.1:\(port)/"))
            var pieces: [String] = []
            while let piece = try await transfer.chunk() { pieces.append(String(decoding: piece, as: UTF8.self)) }
            #expect(pieces.joined() == "piece 0piece 1piece 2piece 3piece 4")
            #expect(pieces.count > 1)
        }
    }
}
