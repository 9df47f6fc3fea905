import HTTP
import JSON

/// Google's generative language API: generateContent, blocking and streamed, counting, pictures and models.
struct Gemini: Dialect {
    let name = "gemini"

    /// What an address asks of a model.
    private enum Method: String {
        case generate = "generateContent"
        case stream = "streamGenerateContent"
        case count = "countTokens"
    }

    func serve(_ exchange: Exchange, path: String, sim: Sim) async throws(HTTPError) {
        let version = ["/v1beta/", "/v1/"].first(where: path.hasPrefix) ?? ""
        let rest = path.dropFirst(max(0, version.utf8.count - 1))
        let visit = Visit(exchange, sim: sim, path: String(rest))
        let isGET = exchange.request.method == "GET"
        if version.isEmpty || !(rest == "/models" || rest.hasPrefix("/models/")) {
            return visit.send(Reply(404, "text/html; charset=UTF-8", Array("<title>Error 404</title>".utf8)))
        }
        let name = rest.dropFirst("/models/".count)
        if isGET { return try await models(visit, name: String(name)) }
        guard exchange.request.method == "POST", let colon = name.lastIndex(of: ":"),
            let method = Method(rawValue: String(name[name.index(after: colon)...]))
        else { return visit.send(Reply(404, "text/html; charset=UTF-8", Array("<title>Error 404</title>".utf8))) }
        let model = String(name[..<colon])
        switch method {
        case .generate: try await generate(visit, model: model, stream: false)
        case .stream: try await generate(visit, model: model, stream: true)
        case .count: try await count(visit, model: model)
        }
    }

    /// Any key is somebody's unless it contains `bad`. It may stand in the address too, as Google's pages show it.
    func keyFailure(_ visit: Visit) -> Reply? {
        let request = visit.exchange.request
        guard let key = request.headers["x-goog-api-key"] ?? request.queryValue("key"), !key.isEmpty else {
            let text = "Method doesn't allow unregistered callers (callers without established identity)."
            return GeminiWire.error(403, "PERMISSION_DENIED", text)
        }
        return key.contains("bad") ? GeminiWire.reply(to: .invalidKey(nil)) : nil
    }

    /// The request of a body, or the refusal of it, after the key and the model.
    private func read(_ visit: Visit, model: String) async throws(HTTPError) -> GeminiRequest? {
        let bytes = try await visit.exchange.body()
        let request: GeminiRequest
        do throws(Refusal) {
            request = try GeminiRequest(bytes, model: model)
        } catch {
            visit.begin(model: model, prompt: "")
            visit.send(keyFailure(visit) ?? GeminiWire.reply(to: error.failure))
            return nil
        }
        visit.begin(model: model, prompt: request.talk.prompt)
        if let refusal = keyFailure(visit) {
            visit.send(refusal)
            return nil
        }
        return request
    }

    private func generate(_ visit: Visit, model: String, stream: Bool) async throws(HTTPError) {
        guard let request = try await read(visit, model: model) else { return }
        if request.wantsImage { return try await image(request, visit, stream: stream) }
        try await chat(request, visit, stream: stream)
    }

    private func count(_ visit: Visit, model: String) async throws(HTTPError) {
        guard let request = try await read(visit, model: model) else { return }
        let whole = GeminiWire.tokens(request.talk.inputTokens)
        if try await visit.answersOddly(streams: false, failed: GeminiWire.reply, whole: { whole }) { return }
        visit.send(Reply(200, json: whole), headers: Self.headers)
    }

    private func models(_ visit: Visit, name: String) async throws(HTTPError) {
        visit.begin(model: name, prompt: "")
        if let refusal = keyFailure(visit) { return visit.send(refusal) }
        let request = visit.exchange.request
        let size = request.queryValue("pageSize").flatMap { Int($0) } ?? 50
        let start = request.queryValue("pageToken").flatMap { Int($0) } ?? 0
        let whole =
            name.isEmpty
            ? GeminiWire.models(from: max(0, start), count: min(max(1, size), 1_000)) : GeminiWire.model(name)
        if try await visit.answersOddly(streams: false, failed: GeminiWire.reply, whole: { whole }) { return }
        guard name.isEmpty || GeminiWire.models.contains(name) || name.hasPrefix("sim-") else {
            return visit.send(GeminiWire.reply(to: .modelNotFound))
        }
        visit.send(Reply(200, json: whole), headers: Self.headers)
    }

    static let headers = [("server-timing", "gfet4t7; dur=12"), ("x-content-type-options", "nosniff")]

    func head(_ model: String, _ visit: Visit) -> GeminiWire.Head {
        var dice = Dice(visit.exchange.requestID)
        return GeminiWire.Head(id: dice.letters(22), model: model)
    }
}
