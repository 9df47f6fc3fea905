import HTTP
import JSON

/// OpenAI's API: chat completions, responses, images, embeddings and models, with or without `/v1`.
struct OpenAI: OpenAIFamily {
    private static let routes = [
        "/chat/completions": "POST", "/responses": "POST", "/images/generations": "POST", "/embeddings": "POST",
        "/models": "GET",
    ]

    let name = "openai"

    private static func route(_ path: String) -> String {
        path.hasPrefix("/v1/") ? String(path.dropFirst(3)) : path
    }

    func serve(_ exchange: Exchange, path: String, sim: Sim) async throws(HTTPError) {
        let visit = Visit(exchange, sim: sim, path: Self.route(path), countedAs: "/v1\(Self.route(path))")
        guard Self.routes[visit.path] != nil || visit.path.hasPrefix("/models/") else {
            let text = "Invalid URL (\(exchange.request.method) \(path))"
            return visit.send(OpenAIWire.error(404, text, "invalid_request_error", code: nil))
        }
        let due = Self.routes[visit.path] ?? "GET"
        guard exchange.request.method == due else {
            let text = "Not allowed to \(exchange.request.method) on /v1\(visit.path)."
            return visit.send(OpenAIWire.error(405, text, "invalid_request_error", code: "method_not_supported"))
        }
        switch visit.path {
        case "/chat/completions": try await chat(visit)
        case "/responses": try await responses(visit)
        case "/images/generations": try await images(visit)
        case "/embeddings": try await embeddings(visit)
        default: try await models(visit)
        }
    }

    func keyFailure(_ visit: Visit) -> Failure? { keyFailure(visit, prefix: "sk-") }

    func reply(to failure: Failure, retryAfter: Duration) -> Reply {
        OpenAIWire.reply(to: failure, retryAfter: retryAfter)
    }

    /// What OpenAI adds to every answer besides `x-request-id`, which the listener gives.
    func headers(_ model: String, tokens: Int) -> [(String, String)] {
        [
            ("openai-organization", "martlet-sim"), ("openai-processing-ms", "12"), ("openai-version", "2020-10-01"),
            ("x-ratelimit-limit-requests", "10000"), ("x-ratelimit-remaining-requests", "9999"),
            ("x-ratelimit-reset-requests", "6ms"),
            ("x-ratelimit-limit-tokens", "2000000"), ("x-ratelimit-remaining-tokens", "\(max(0, 2_000_000 - tokens))"),
            ("x-ratelimit-reset-tokens", "1ms"),
        ]
    }

    private func models(_ visit: Visit) async throws(HTTPError) {
        let name = visit.path.hasPrefix("/models/") ? String(visit.exchange.request.pathSegments.last ?? "") : ""
        visit.begin(model: name, prompt: "")
        if let failure = keyFailure(visit) { return visit.send(OpenAIWire.reply(to: failure)) }
        let whole = name.isEmpty ? OpenAIWire.modelList() : OpenAIWire.model(name)
        if try await visit.answersOddly(
            streams: false,
            failed: { OpenAIWire.reply(to: $0, retryAfter: $1) },
            whole: { whole }
        ) {
            return
        }
        guard name.isEmpty || OpenAIWire.models.contains(name) || name.hasPrefix("sim-") else {
            let text = "The model '\(name)' does not exist"
            let reply = OpenAIWire.error(
                404,
                text,
                "invalid_request_error",
                parameter: "model",
                code: "model_not_found"
            )
            return visit.send(reply)
        }
        visit.send(Reply(200, json: whole), headers: headers(name, tokens: 0))
    }
}
