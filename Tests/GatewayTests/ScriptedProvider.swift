import HTTP
import JSON
import Synchronization

/// A provider of OpenAI's kind that answers call by call as it is told, and well once that is used up.
final class ScriptedProvider: Sendable {
    enum Reply: Sendable {
        case ok
        case failure(Int, code: String, headers: [(String, String)] = [])
        /// Status 200 and a stream of so many pieces, then an error instead of an end.
        case brokenStream(pieces: Int)
    }

    private struct Books: Sendable {
        var replies: [Reply] = []
        var models: [String] = []
        var isHeld = false
        var held: CheckedContinuation<Void, Never>?
    }

    private let books = Mutex(Books())
    @NetLoop private var listener: Listener?

    @NetLoop
    func start() throws {
        listener = try Listener(address: "127.0.0.1:0") { [self] in try await answer($0) }
    }

    @NetLoop
    func stop() { listener?.close() }

    @NetLoop
    var url: String { "http://127.0.0.1:\(listener?.port ?? 0)/v1" }

    func will(_ replies: Reply...) { books.withLock { $0.replies = replies } }

    /// Keeps the next answer back until the function that this gives is called, once that call is there.
    func holdNext() -> @Sendable () -> Void {
        books.withLock { $0.isHeld = true }
        return { [self] in
            books.withLock { books in
                books.isHeld = false
                books.held?.resume()
                books.held = nil
            }
        }
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let goesOn = books.withLock { books in
                if books.isHeld { books.held = continuation }
                return !books.isHeld
            }
            if goesOn { continuation.resume() }
        }
    }

    /// The models that were asked for, call by call, since the last look.
    func takeModels() -> [String] {
        books.withLock { books in
            defer { books.models = [] }
            return books.models
        }
    }

    /// How many calls came since the last look at the models.
    var calls: Int { books.withLock { $0.models.count } }

    @NetLoop
    private func answer(_ exchange: Exchange) async throws {
        let request = try JSONValue(parsing: try await exchange.body())
        let reply = books.withLock { books in
            books.models.append(request["model"]?.string ?? "")
            return books.replies.isEmpty ? .ok : books.replies.removeFirst()
        }
        await wait()
        let json = [("content-type", "application/json")]
        switch reply {
        case .failure(let status, let code, let headers):
            let error = #"{"error":{"message":"no","type":"x","param":null,"code":"\#(code)"}}"#
            exchange.respond(status, json + headers, Array(error.utf8))
        case .brokenStream(let pieces):
            let error = #"data: {"error":{"message":"no","type":"server_error","code":"server_error"}}"#
            stream(exchange, Array(repeating: Self.piece, count: pieces) + [error])
        case .ok where request["stream"]?.bool == true:
            stream(exchange, [Self.piece, "data: [DONE]"])
        case .ok where exchange.request.path.hasSuffix("/embeddings"):
            let vectors = #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1]}]}"#
            exchange.respond(200, json, Array(vectors.utf8))
        case .ok:
            let chat =
                #"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"#
                + #""message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"#
                + #""usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#
            exchange.respond(200, json, Array(chat.utf8))
        }
    }

    private static let piece =
        #"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","#
        + #""choices":[{"index":0,"delta":{"content":"hel"},"finish_reason":null}]}"#

    @NetLoop
    private func stream(_ exchange: Exchange, _ lines: [String]) {
        let out = exchange.stream(200, [("content-type", "text/event-stream")])
        for line in lines { out.write(Array("\(line)\n\n".utf8)) }
        out.finish()
    }
}

extension GatewayBench {
    /// Starts a provider and makes a connector to it; the connector's id.
    ///
    /// - Parameter rest: more members of the connector, each with a comma before it.
    func connector(_ name: String, at provider: ScriptedProvider, _ rest: String = "") async throws -> String {
        try await provider.start()
        let body = #"{"display_name":"\#(name)","connector_type":"openai_compatible","base_url":"#
        let made = try await change("POST", "/api/connectors", body + "\"\(await provider.url)\"\(rest)}")
        return made["id"]?.string ?? ""
    }

    /// The same, as the organisation's default.
    func defaultConnector(_ name: String, at provider: ScriptedProvider) async throws -> String {
        let id = try await connector(name, at: provider, #","owner":"organisation","model_hint":"house-model""#)
        _ = try await change("PATCH", "/api/admin/policy", #"{"llm_default_connector_id":"\#(id)"}"#)
        return id
    }
}
