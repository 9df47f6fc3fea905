import HTTP
import JSON
import Loop

/// A provider of OpenAI's kind that says too much: its answers, its errors and their headers hold words that are
/// nobody else's business. What it does goes by the model's name: `answer`, or the status of an error. It takes its
/// keys for good, whatever a model's answer says, until ``refuseKeys()``: a second look confirms nothing before.
@NetLoop
final class IndiscreetProvider {
    private let answer: String
    private let indiscretion: String
    private var listener: Listener?
    private var refusesKeys = false

    nonisolated init(answer: String, indiscretion: String) {
        self.answer = answer
        self.indiscretion = indiscretion
    }

    /// Listens, and says where.
    func start() throws -> String {
        let listener = try Listener(address: "127.0.0.1:0") { [self] in try await serve($0) }
        self.listener = listener
        return "http://127.0.0.1:\(listener.port)"
    }

    func refuseKeys() { refusesKeys = true }

    func stop() { listener?.close() }

    private func serve(_ exchange: Exchange) async throws {
        guard exchange.request.method == "POST" else { return list(exchange) }
        let body = try JSONValue(parsing: try await exchange.body())
        let model = body["model"]?.string ?? ""
        switch model {
        case "gpt-answer" where body["stream"]?.bool == true: stream(exchange)
        case "gpt-answer": exchange.respond(200, headers("application/json"), Array(completion.utf8))
        case "gpt-malformed": exchange.respond(200, headers("application/json"), Array(("{" + indiscretion).utf8))
        case "gpt-page": exchange.respond(502, headers("text/html"), Array("<p>\(indiscretion)</p>".utf8))
        default: refuse(exchange, Int(model.drop { !$0.isNumber }) ?? 500)
        }
    }

    private func list(_ exchange: Exchange) {
        guard !refusesKeys else { return refuse(exchange, 401) }
        let model = #"{"id":"gpt-answer","object":"model","created":1,"owned_by":"sim","note":"\#(indiscretion)"}"#
        let body = #"{"object":"list","data":[\#(model)],"debug":"\#(indiscretion)"}"#
        exchange.respond(200, headers("application/json"), Array(body.utf8))
    }

    private func headers(_ type: String) -> [(String, String)] {
        [("content-type", type), ("x-debug", indiscretion), ("set-cookie", indiscretion), ("server", indiscretion)]
    }

    private func refuse(_ exchange: Exchange, _ status: Int) {
        let error = JSONValue.object([
            JSONField("message", .string("no: \(indiscretion)")), JSONField("type", .string(indiscretion)),
            JSONField("param", .string(indiscretion)), JSONField("code", .string("code \(indiscretion)")),
        ])
        let body = JSONValue.object([JSONField("error", error), JSONField("detail", .string(indiscretion))])
        exchange.respond(
            status,
            headers("application/json") + [("retry-after", indiscretion)],
            Array(body.written.utf8)
        )
    }

    private var completion: String {
        #"{"id":"c","object":"chat.completion","created":1,"model":"gpt-answer","choices":[{"index":0,"#
            + #""message":{"role":"assistant","content":"\#(answer)"},"finish_reason":"stop"}],"#
            + #""usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#
    }

    private func stream(_ exchange: Exchange) {
        let stream = exchange.eventStream([("x-debug", indiscretion)])
        stream.event(
            data: #"{"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-answer","choices":[{"index":0,"#
                + #""delta":{"role":"assistant","content":"\#(answer)"},"finish_reason":null}]}"#
        )
        stream.event(data: #"{"error":{"message":"\#(indiscretion)","type":"server_error"}}"#)
        stream.finish()
    }
}
