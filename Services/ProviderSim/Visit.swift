import HTTP

/// One call on its way through the simulator: what was asked, how it is treated, and the doors by which it is answered.
@NetLoop
final class Visit {
    let exchange: Exchange
    let sim: Sim
    /// The path as its dialect routes it: without the dialect's name, a trailing slash, and the version.
    let path: String
    private(set) var behaviour = Behaviour(.answer)
    private let counted: String
    private var isCounted = false
    private var isOver = false

    /// - Parameter countedAs: the path for rules and statistics; the whole one when nil.
    init(_ exchange: Exchange, sim: Sim, path: String, countedAs: String? = nil) {
        counted = countedAs ?? Sim.plain(exchange.request.path)
        self.exchange = exchange
        self.sim = sim
        self.path = path
    }

    /// Counts the call and decides how it is treated; with free names, any name is a model's.
    func begin(model: String, prompt: String, hasFreeNames: Bool = false) {
        let headers = exchange.request.headers
        var call = Call(path: counted, model: model, prompt: prompt) { headers[$0] }
        call.hasFreeNames = hasFreeNames
        let earlier = sim.stats.begin(call)
        isCounted = true
        behaviour = sim.rules.behaviour(for: call)
        switch behaviour.action {
        case .flaky: behaviour.action = earlier % 2 == 0 ? .fail(.server) : .answer
        case .picky: behaviour.action = Answers.namesProtected(prompt) ? .fail(.moderated) : .answer
        default: break
        }
        exchange.onLeave = { [weak self] in self?.callerLeft() }
    }

    /// Waits as long as the model thinks before it begins.
    func think() async throws(HTTPError) { try await Pause.wait(behaviour.latency ?? sim.options.latency) }

    /// Waits between two pieces.
    func breathe() async throws(HTTPError) { try await Pause.wait(behaviour.chunkDelay ?? sim.options.chunkDelay) }

    /// How long one picture takes.
    var imageTime: Duration { behaviour.imageTime ?? sim.options.imageTime }

    /// Holds the line without a word until the caller goes, ten minutes at most.
    func hang() async throws(HTTPError) { try await Pause.wait(.seconds(600)) }

    // MARK: Answers

    func send(_ reply: Reply, headers: [(String, String)] = []) {
        exchange.respond(reply.status, reply.headers + headers, reply.body)
        end("\(reply.status)")
    }

    /// Cuts the connection, after some bytes or before any.
    func cut(after bytes: [UInt8]? = nil) {
        let stream = exchange.stream(200, [("content-type", "application/json"), ("content-length", "100000")])
        if let bytes { stream.write(bytes) }
        stream.abort()
        end("cut")
    }

    /// Notes how the call ended; the first word counts.
    func end(_ outcome: String) {
        guard isCounted, !isOver else { return }
        isOver = true
        sim.stats.end(outcome)
    }

    private func callerLeft() {
        guard isCounted, !isOver else { return }
        sim.stats.callerLeft()
        end("left")
    }

    /// Carries out what needs no dialect; true when that was the answer. `failed` shapes a failure.
    func answersOddly(streams: Bool, failed: (Failure, Duration) -> Reply, whole: () -> [UInt8]) async throws(HTTPError)
        -> Bool
    {
        switch behaviour.action {
        case .fail(let failure):
            send(failed(failure, behaviour.retryAfter))
        case .webPage:
            let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
            send(Reply(502, "text/html", Array(page.utf8)))
        case .empty:
            send(Reply(200, streams ? "text/event-stream" : "application/json", []))
        case .reset:
            cut()
        case .malformed where !streams:
            send(Reply(200, json: Array(whole().prefix(40))))
        case .errorInside where !streams:
            send(Reply(200, json: failed(.server, .zero).body))
        case .cut where !streams:
            cut(after: Array(whole().prefix(40)))
        case .stall where !streams:
            try await hang()
        default:
            return false
        }
        return true
    }
}
