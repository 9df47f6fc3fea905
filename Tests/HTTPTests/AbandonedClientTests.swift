import HTTP
import Support
import Testing

/// A client that its owner has let go of.
@Suite(.timeLimit(.minutes(1)))
struct AbandonedClientTests {
    @NetLoop
    private static func callOnce(_ port: Int) async throws -> Int {
        let transfer = Client().start(
            ClientRequest(
                method: "GET",
                url: "http://127.0.0.1:\(port)/",
                timeouts: .init(connect: .milliseconds(100), firstByte: .milliseconds(100), stall: .milliseconds(100))
            )
        )
        let head = try await transfer.head()
        _ = try await transfer.body(limit: 1_024)
        return head.status
    }

    /// Its connection is kept for a next call that never comes, and ends when the server closes it.
    @NetLoop @Test func aConnectionThatOutlivesItsClientEndsWithoutHarm() async throws {
        for _ in 0..<3 {
            let server = try Listener(address: "127.0.0.1:0") { $0.respond(204) }
            #expect(try await Self.callOnce(server.port) == 204)
            // The client's last timer held its handle.
            try await lasting(.milliseconds(400))
            await server.drain(within: .seconds(1))
            server.close()
        }
        let server = try Listener(address: "127.0.0.1:0") { $0.respond(204) }
        defer { server.close() }
        #expect(try await Self.callOnce(server.port) == 204, "the loop turns on")
    }
}
