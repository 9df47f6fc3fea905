import HTTP
import JSON
import Loop
import Pictures

/// The simulator behind its listener: gives each request to the dialect that knows its path.
@NetLoop
final class Sim {
    let options: Options
    var rules: Rules
    var stats = Stats()
    var gallery = Gallery()
    private let bench = Bench()
    private let dialects: [String: any Dialect]

    init(options: Options, rules: Rules) {
        self.options = options
        self.rules = rules
        let all: [any Dialect] = [
            OpenAI(), Azure(), OpenRouter(), XAI(), Anthropic(), Bedrock(), Gemini(), Runware(),
        ]
        dialects = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Begins to listen. Pictures are drawn from the first call on.
    func listen() throws(HTTPError) -> Listener {
        var limits = ServerLimits()
        limits.bodyBytes = 64 << 20
        return try Listener(address: options.address, limits: limits) { exchange in
            try await self.serve(exchange)
        }
    }

    func serve(_ exchange: Exchange) async throws(HTTPError) {
        if options.bench, exchange.request.method == "POST" { return try await bench.serve(exchange) }
        let path = Self.plain(exchange.request.path)
        if path.hasPrefix("/sim") || path == "" { return serveOwn(exchange, path) }
        if let trace = exchange.request.headers["traceparent"] { stats.note(traceparent: trace) }
        let parts = path.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if let name = parts.first, let dialect = dialects[String(name)] {
            return try await dialect.serve(exchange, path: "/" + (parts.count > 1 ? parts[1] : ""), sim: self)
        }
        try await OpenAI().serve(exchange, path: path, sim: self)
    }

    /// The path without slashes at its end.
    static func plain(_ path: String) -> String {
        var path = path
        while path.hasSuffix("/") { path.removeLast() }
        return path
    }

    // MARK: The simulator's own routes

    private func serveOwn(_ exchange: Exchange, _ path: String) {
        let method = exchange.request.method
        let json = [("content-type", "application/json"), ("cache-control", "no-store")]
        switch (method, path) {
        case ("GET", "/sim/stats"):
            exchange.respond(200, json, stats.json)
        case ("POST", "/sim/reset"):
            stats.reset()
            exchange.respond(200, json, Array(#"{"reset":true}"#.utf8))
        case ("GET", ""), ("GET", "/sim"):
            let text =
                "provider-sim: OpenAI's wire format under /v1, others under their names, counts under /sim/stats."
                + " Nothing here is real.\n"
            exchange.respond(200, [("content-type", "text/plain; charset=utf-8")], Array(text.utf8))
        case ("GET", _) where path.hasPrefix("/sim/pictures/"):
            if let picture = gallery[String(path.dropFirst("/sim/pictures/".count))] {
                exchange.respond(200, [("content-type", picture.type.mediaType)], picture.bytes)
            } else {
                fallthrough
            }
        default:
            exchange.respond(404, json, Array(#"{"error":"not found"}"#.utf8))
        }
    }
}
