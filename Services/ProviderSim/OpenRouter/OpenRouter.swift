import HTTP
import JSON
import Loop

/// OpenRouter: OpenAI's dialect with comments in its streams, a price in every usage, and statuses inside its errors.
struct OpenRouter: OpenAIFamily {
    let name = "openrouter"

    private static let routes = [
        "/chat/completions": "POST", "/images": "POST", "/embeddings": "POST", "/models": "GET", "/key": "GET",
    ]

    func serve(_ exchange: Exchange, path: String, sim: Sim) async throws(HTTPError) {
        let path = path.hasPrefix("/api/") ? String(path.dropFirst(4)) : path
        let route = path.hasPrefix("/v1/") ? String(path.dropFirst(3)) : ""
        let visit = Visit(exchange, sim: sim, path: route)
        guard let method = Self.routes[route], exchange.request.method == method else {
            visit.begin(model: "", prompt: "")
            return visit.send(OpenRouterWire.error(404, "Not Found"))
        }
        switch route {
        case "/chat/completions": try await chatOrPicture(visit)
        case "/images": try await pictures(visit)
        case "/embeddings": try await embeddings(visit)
        case "/key": try await models(visit, whole: OpenRouterWire.key.encoded)
        default: visit.send(Reply(200, json: OpenRouterWire.models.encoded))
        }
    }

    // MARK: Accent

    func keyFailure(_ visit: Visit) -> Failure? { keyFailure(visit, prefix: "sk-or-") }

    func reply(to failure: Failure, retryAfter: Duration) -> Reply { OpenRouterWire.reply(to: failure, retryAfter) }

    /// Errors have a generation too.
    func headers(_ model: String, tokens: Int) -> [(String, String)] {
        [("x-generation-id", "gen-1795176000-\(Stats.hash(model))")]
    }

    func dressed(_ body: [UInt8]) -> [UInt8] {
        guard let answer = try? JSONValue(parsing: body) else { return body }
        let named = answer.with("provider", "Martlet").with("id", .string("gen-" + (answer["id"]?.string ?? "")))
        return named.withChoices { choice in
            let native = choice.with("native_finish_reason", choice["finish_reason"] ?? .null)
            guard let delta = choice["delta"] else { return native }
            // Every delta names the role, and the later ones of a call have no name.
            return native.with("delta", delta.with("role", "assistant"))
        }.encoded
    }

    func begin(_ events: EventStream, _ answer: ChatAnswer) { events.comment("OPENROUTER PROCESSING") }

    func usage(of answer: ChatAnswer) -> OpenAIWire.Usage {
        var usage = answer.usage
        usage.costUSD = Double(usage.input * 3 + usage.output * 15) / 1_000_000
        return usage
    }

    var alwaysTellsUsage: Bool { true }

    func brokenEvent(_ head: OpenAIWire.Head) -> [UInt8] {
        let error: JSONValue = [
            "code": 502, "message": "Upstream host failed", "metadata": ["error_type": "provider_unavailable"],
        ]
        let chunk = OpenAIWire.chunk(head, .end("error"), usageIsNull: false, obfuscation: nil)
        return (try? JSONValue(parsing: chunk).with("error", error).encoded) ?? chunk
    }

    // MARK: Pictures

    private func chatOrPicture(_ visit: Visit) async throws(HTTPError) {
        let bytes = try await visit.exchange.body()
        let body = try? JSONValue(parsing: bytes)
        guard let body, (body["modalities"]?.array ?? []).contains("image") else { return try await chat(visit) }
        let prompt = body["messages"]?.array?.last?["content"]?.string ?? ""
        let order: JSONValue = [
            "model": body["model"] ?? .null, "prompt": .string(prompt),
            "size": .string(OpenRouterWire.size(body["image_config"]?["aspect_ratio"]?.string)),
        ]
        try await draw(order, visit) { OpenRouterWire.chat($0, $1) }
    }

    private func pictures(_ visit: Visit) async throws(HTTPError) {
        let read = try await body(visit)
        guard case .success(let body) = read else {
            _ = admits(visit, model: "", prompt: "", refusal: Refusal("The body must be a JSON object."))
            return
        }
        var order = body
        if body["size"]?.string?.contains("x") != true {
            order = body.with("size", .string(OpenRouterWire.size(body["aspect_ratio"]?.string)))
        }
        try await draw(order, visit) { OpenRouterWire.images($0, $1) }
    }

    private func draw(
        _ order: JSONValue,
        _ visit: Visit,
        _ answer: (ImageRequest, [OpenAIWire.Image]) -> JSONValue
    ) async throws(HTTPError) {
        let request: ImageRequest
        do throws(Refusal) {
            guard order["model"]?.string?.isEmpty == false else { throw Refusal("No model was named.", "model") }
            request = try ImageRequest(order, strict: false)
        } catch {
            _ = admits(visit, model: order["model"]?.string ?? "", prompt: "", refusal: error)
            return
        }
        guard admits(visit, model: request.model, prompt: request.prompt) else { return }
        try await visit.think()
        let failed = failing(request.model)
        let whole = { answer(request, []).encoded }
        if try await visit.answersOddly(streams: false, failed: failed, whole: whole) { return }
        do {
            let drawn = answer(request, try await pictures(request, visit))
            visit.send(Reply(200, json: drawn.encoded), headers: headers(request.model, tokens: 0))
        } catch let error as HTTPError {
            throw error
        } catch {
            visit.send(reply(to: .server))
        }
    }
}
