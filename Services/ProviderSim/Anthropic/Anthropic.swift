import HTTP
import JSON

/// Anthropic's API: messages, counting their tokens, and models.
struct Anthropic: Dialect {
    private static let routes = ["/v1/messages": "POST", "/v1/messages/count_tokens": "POST", "/v1/models": "GET"]
    private static let versions: Set<String> = ["2023-01-01", "2023-06-01", "2026-10-21"]

    let name = "anthropic"

    func serve(_ exchange: Exchange, path: String, sim: Sim) async throws(HTTPError) {
        let visit = Visit(exchange, sim: sim, path: path)
        guard let due = Self.routes[path] ?? (path.hasPrefix("/v1/models/") ? "GET" : nil) else {
            return visit.send(AnthropicWire.error(404, "not_found_error", "Not Found", exchange.requestID))
        }
        guard exchange.request.method == due else {
            let text = "Method Not Allowed"
            return visit.send(AnthropicWire.error(405, "invalid_request_error", text, exchange.requestID))
        }
        switch path {
        case "/v1/messages": try await messages(visit)
        case "/v1/messages/count_tokens": try await count(visit)
        default: try await models(visit)
        }
    }

    /// The key stands in `x-api-key`, else behind `Bearer`; it begins with `sk-` and does not contain `bad`. The version
    /// must be named, and be one that there is.
    func refusal(_ visit: Visit) -> Failure? {
        let headers = visit.exchange.request.headers
        var key = headers["x-api-key"]
        if key == nil, let line = headers["authorization"], line.lowercased().hasPrefix("bearer ") {
            key = String(line.dropFirst(7))
        }
        guard let key, !key.isEmpty else { return .invalidKey(nil) }
        guard key.hasPrefix("sk-"), !key.contains("bad") else { return .invalidKey(key) }
        guard let version = headers["anthropic-version"] else {
            return .invalid(message: "anthropic-version: header is required", parameter: nil, code: nil)
        }
        guard Self.versions.contains(version) else {
            let text = "anthropic-version: \"\(version)\" is not a valid version"
            return .invalid(message: text, parameter: nil, code: nil)
        }
        return nil
    }

    func version(_ visit: Visit) -> String { visit.exchange.request.headers["anthropic-version"] ?? "" }

    /// A failure's shape, for ``Visit/answersOddly(streams:failed:whole:)``.
    func shape(_ visit: Visit) -> (Failure, Duration) -> Reply {
        let id = visit.exchange.requestID
        return { AnthropicWire.reply(to: $0, retryAfter: $1, requestID: id) }
    }

    /// What Anthropic adds to every answer besides `request-id`, which the listener gives.
    var headers: [(String, String)] {
        [
            ("anthropic-organization-id", "00000000-0000-4000-8000-000000000000"),
            ("anthropic-ratelimit-requests-limit", "4000"), ("anthropic-ratelimit-requests-remaining", "3999"),
            ("anthropic-ratelimit-input-tokens-remaining", "2000000"),
        ]
    }

    private func models(_ visit: Visit) async throws(HTTPError) {
        let request = visit.exchange.request
        let name = visit.path == "/v1/models" ? "" : String(request.pathSegments.last ?? "")
        visit.begin(model: name, prompt: "")
        let shape = shape(visit)
        if let failure = refusal(visit) { return visit.send(shape(failure, .zero)) }
        let limit = request.queryValue("limit").flatMap { Int($0) } ?? 20
        let whole = name.isEmpty ? AnthropicWire.modelList(limit: max(1, limit)) : AnthropicWire.model(name)
        if try await visit.answersOddly(streams: false, failed: shape, whole: { whole }) { return }
        visit.send(Reply(200, json: whole), headers: headers)
    }
}
