import HTTP
import JSON
import Loop

/// Azure OpenAI: OpenAI's dialect under two kinds of address, with the remarks of its content filter.
///
/// Deployments may be called anything; one with `missing` in its name does not exist, and one that begins with `sim-`
/// behaves as a model of that name.
struct Azure: OpenAIFamily {
    let name = "azure"
    /// The deployment that stood in the address.
    private var deployment: String?

    private static let routes = [
        "/chat/completions": "POST", "/images/generations": "POST", "/embeddings": "POST", "/responses": "POST",
        "/models": "GET",
    ]

    func serve(_ exchange: Exchange, path: String, sim: Sim) async throws(HTTPError) {
        guard let place = Place(path, version: exchange.request.queryValue("api-version")),
            let method = Self.routes[place.route], exchange.request.method == method
        else {
            let visit = Visit(exchange, sim: sim, path: path)
            visit.begin(model: "", prompt: "", hasFreeNames: true)
            return visit.send(AzureWire.error(404, "404", "Resource not found"))
        }
        var azure = self
        azure.deployment = place.deployment
        let visit = Visit(exchange, sim: sim, path: place.route)
        switch place.route {
        case "/chat/completions": try await azure.chat(visit)
        case "/images/generations": try await azure.images(visit)
        case "/embeddings": try await azure.embeddings(visit)
        case "/responses": try await azure.responses(visit)
        default: try await azure.models(visit, whole: OpenAIWire.modelList())
        }
    }

    /// `/openai/v1/…`, or with a dated version `/openai/deployments/NAME/…` and two routes without a deployment.
    struct Place {
        let deployment: String?
        let route: String

        init?(_ path: String, version: String?) {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
            guard parts.count >= 2, parts[0] == "openai" else { return nil }
            if parts[1] == "v1" {
                guard [nil, "v1", "preview", "latest"].contains(version), parts.count > 2 else { return nil }
                (deployment, route) = (nil, "/" + parts.dropFirst(2).joined(separator: "/"))
            } else if parts[1] == "deployments" {
                guard Self.isDated(version), parts.count > 3, !parts[2].isEmpty else { return nil }
                (deployment, route) = (parts[2], "/" + parts.dropFirst(3).joined(separator: "/"))
                guard ["/chat/completions", "/images/generations", "/embeddings"].contains(route) else { return nil }
            } else {
                guard Self.isDated(version) else { return nil }
                (deployment, route) = (nil, "/" + parts.dropFirst().joined(separator: "/"))
                guard ["/models", "/responses"].contains(route) else { return nil }
            }
        }

        /// `2024-10-21`, with `-preview` or without.
        private static func isDated(_ version: String?) -> Bool {
            let parts = (version ?? "").split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 3 || (parts.count == 4 && parts[3] == "preview") else { return false }
            return zip(parts, [4, 2, 2]).allSatisfy { part, length in
                part.utf8.count == length && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
            }
        }
    }

    // MARK: Accent

    /// The key's owner is anybody whose key has 8 characters and no `bad` in it, in `api-key` or as a bearer token.
    func keyFailure(_ visit: Visit) -> Failure? {
        guard let key = visit.exchange.request.headers["api-key"] ?? bearer(visit) else { return .invalidKey(nil) }
        return key.utf8.count >= 8 && !key.contains("bad") ? nil : .invalidKey(key)
    }

    func reply(to failure: Failure, retryAfter: Duration) -> Reply { AzureWire.reply(to: failure, retryAfter) }

    func imageReply(to failure: Failure, retryAfter: Duration) -> Reply {
        failure == .moderated ? AzureWire.moderatedImage : reply(to: failure, retryAfter: retryAfter)
    }

    /// The model of the body is ignored where a deployment stands in the address.
    func prepared(_ body: JSONValue) -> JSONValue {
        deployment.map { body.with("model", .string($0)) } ?? body
    }

    var hasFreeNames: Bool { true }

    /// An answer names the model behind the deployment.
    func shownModel(_ model: String) -> String { model.hasPrefix("gpt-") ? model : "gpt-4.1-2025-04-14" }

    func headers(_ model: String, tokens: Int) -> [(String, String)] {
        [
            ("apim-request-id", "00000000-0000-4000-8000-0000000051a1"), ("x-ms-region", "Sweden Central"),
            ("x-ms-deployment-name", model), ("x-ratelimit-remaining-requests", "99"),
            ("x-ratelimit-remaining-tokens", "\(max(0, 99_000 - tokens))"),
        ]
    }

    func dressed(_ body: [UInt8]) -> [UInt8] {
        guard let answer = try? JSONValue(parsing: body) else { return body }
        let isWhole = answer["object"]?.string == "chat.completion"
        let judged = answer.withChoices { choice in
            let hasText = isWhole || choice["delta"]?["content"]?.string?.isEmpty == false
            return hasText ? choice.with("content_filter_results", AzureWire.harmless) : choice
        }
        return (isWhole ? judged.with("prompt_filter_results", AzureWire.promptResults) : judged).encoded
    }

    func dressedImages(_ body: [UInt8]) -> [UInt8] {
        guard let answer = try? JSONValue(parsing: body), let images = answer["data"]?.array else { return body }
        let judged = images.map { image in
            image.with("content_filter_results", AzureWire.harmless)
                .with("prompt_filter_results", AzureWire.harmless)
        }
        return answer.with("data", .array(judged)).encoded
    }

    /// The first event has no choices.
    func begin(_ events: EventStream, _ answer: ChatAnswer) {
        let first: JSONValue = [
            "id": "", "object": "", "created": 0, "model": "", "choices": [],
            "prompt_filter_results": AzureWire.promptResults,
        ]
        events.event(data: first.encoded)
    }
}
