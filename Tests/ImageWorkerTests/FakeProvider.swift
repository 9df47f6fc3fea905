import HTTP
import JSON
import Loop
import Providers

/// An image provider in this process that answers as it is told.
@NetLoop
final class FakeProvider {
    /// How a call is answered.
    enum Reply: Sendable {
        /// A picture in base64.
        case picture(String)
        /// A picture that has to be fetched.
        case pictureAtURL
        case failure(Int, [(String, String)], String)
        case body(String)
        /// Nothing, until the client leaves.
        case silence
    }

    struct Call: Sendable {
        let job: String?
        let attempt: String?
        let idempotencyKey: String?
        let authorization: String?
        let traceparent: String?
        let tracestate: String?
        let body: JSONValue?
        /// The answer's `x-request-id`.
        let requestID: String
    }

    /// A picture of 4 × 4 pixels, as PNG in base64.
    nonisolated static let png =
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4IacBRwzEcQDBAxDhXItBgQAAAABJRU5ErkJggg=="

    nonisolated static let success = Reply.picture(png)

    private(set) var calls: [Call] = []
    private(set) var leftAt: Moment?
    var replies: [Reply]
    private var listener: Listener?
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Answers with each reply in turn; the last one again and again.
    init(_ replies: [Reply]) throws {
        self.replies = replies
        listener = try Listener(address: "127.0.0.1:0") { [weak self] exchange in try await self?.answer(exchange) }
    }

    var url: String { "http://127.0.0.1:\(listener?.port ?? 0)" }

    var config: ConnectorConfig {
        ConnectorConfig(
            type: "openai_apikey",
            credentials: ["api_key": "sk-0123456789abcdef"],
            operatorURL: url
        )
    }

    func close() {
        for continuation in waiting { continuation.resume() }
        waiting = []
        listener?.close()
    }

    private func answer(_ exchange: Exchange) async throws {
        if exchange.request.method == "GET" {
            return exchange.respond(200, [("content-type", "image/png")], try decoded(Self.png))
        }
        let body = try await exchange.body(limit: 1 << 20)
        let headers = exchange.request.headers
        calls.append(
            Call(
                job: headers["x-martlet-job"],
                attempt: headers["x-martlet-attempt"],
                idempotencyKey: headers["idempotency-key"],
                authorization: headers["authorization"],
                traceparent: headers["traceparent"],
                tracestate: headers["tracestate"],
                body: try? JSONValue(parsing: body),
                requestID: exchange.requestID
            )
        )
        let reply = replies.count > 1 ? replies.removeFirst() : replies.first ?? Self.success
        try await give(reply, exchange)
    }

    private func give(_ reply: Reply, _ exchange: Exchange) async throws {
        let json = [("content-type", "application/json")]
        switch reply {
        case .picture(let base64):
            let usage = "\"usage\":{\"input_tokens\":12,\"output_tokens\":272}"
            exchange.respond(200, json, Array("{\"data\":[{\"b64_json\":\"\(base64)\"}],\(usage)}".utf8))
        case .pictureAtURL:
            exchange.respond(200, json, Array("{\"data\":[{\"url\":\"\(url)/pictures/1.png\"}]}".utf8))
        case .failure(let status, let headers, let body): exchange.respond(status, json + headers, Array(body.utf8))
        case .body(let body): exchange.respond(200, json, Array(body.utf8))
        case .silence:
            exchange.onLeave = { [weak self] in self?.left() }
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func left() {
        leftAt = .now
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    private func decoded(_ base64: String) throws -> [UInt8] {
        let body = Array("{\"data\":[{\"b64_json\":\"\(base64)\"}]}".utf8)
        guard case .bytes(let bytes) = try OpenAIAdapter().images(from: body).images[0] else { return [] }
        return bytes
    }
}

/// Waits on the loop, which goes on working, until the condition holds.
@NetLoop
func untilNet(_ what: String, within limit: Duration = .seconds(20), _ condition: @NetLoop () -> Bool) async throws {
    let deadline = Moment.now + limit
    while !condition() {
        guard Moment.now < deadline else { throw HTTPError(.totalTimeout, "not within \(limit): \(what)") }
        await withCheckedContinuation { continuation in NetLoop.after(.milliseconds(2)) { continuation.resume() } }
    }
}
