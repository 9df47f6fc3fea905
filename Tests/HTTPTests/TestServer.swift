import HTTP
import Loop
import Synchronization

/// Counts what happened on the server's side, from any thread, and remembers when.
final class Tally: Sendable {
    private struct Entry {
        var count = 0
        var at: Moment?
    }

    private let entries = Mutex<[String: Entry]>([:])

    func add(_ name: String, _ amount: Int = 1) {
        entries.withLock {
            $0[name, default: Entry()].count += amount
            $0[name]?.at = .now
        }
    }

    func set(_ name: String, _ value: Int) { entries.withLock { $0[name] = Entry(count: value, at: .now) } }

    subscript(name: String) -> Int { entries.withLock { $0[name]?.count ?? 0 } }

    /// When that last happened; nil when it never did.
    func moment(of name: String) -> Moment? { entries.withLock { $0[name]?.at } }
}

/// A default actor: not bound to any loop of ours.
actor Elsewhere {
    func isOnNetLoop() -> Bool { NetLoop.loop.isCurrent }
}

/// Runs `body` with a server, and closes the server after it.
///
/// `@concurrent`, because the bodies block on their sockets: code that follows its caller's isolation may go on running
/// on the net loop after it has awaited something there, and would then wait for itself.
@concurrent
func withServer(
    _ limits: ServerLimits,
    _ handler: @escaping Listener.Handler,
    _ body: @concurrent @Sendable (Listener, Int) async throws -> Void
) async throws {
    let listener = try await Listener(address: "127.0.0.1:0", limits: limits, handler: handler)
    do {
        try await body(listener, listener.port)
    } catch {
        await listener.close()
        throw error
    }
    await listener.close()
}

/// Runs `body` with a server of usual limits.
@concurrent
func withServer(
    _ handler: @escaping Listener.Handler,
    _ body: @concurrent @Sendable (Listener, Int) async throws -> Void
) async throws {
    try await withServer(ServerLimits(), handler, body)
}

/// Echoes the body, and answers what some paths ask for.
@NetLoop
func echo(_ exchange: Exchange) async throws {
    switch exchange.request.path {
    case "/status":
        exchange.respond(
            Int(exchange.request.queryValue("code") ?? "") ?? 200,
            [("x-extra", "1\r\ninjected: yes")],
            [0x68, 0x69]
        )
    case "/silent":
        return
    case "/throws":
        throw HTTPError(.unexpected, "boom")
    case "/small":
        exchange.respond(200, [], try await exchange.body(limit: 10))
    case "/big":
        exchange.respond(200, [], [UInt8](repeating: 0x62, count: Int(exchange.request.queryValue("n") ?? "") ?? 0))
    case "/chunks":
        let stream = exchange.stream(200, [("content-type", "text/plain")])
        for word in ["one", "two", "three"] { try await stream.send(Array(word.utf8)) }
        stream.finish()
    case "/counted":
        let stream = exchange.stream(200, [("content-length", "6")])
        stream.write(Array("abc".utf8))
        stream.write(Array("defxxx".utf8))
        stream.finish()
    case "/open":
        exchange.stream(200).write(Array("begun".utf8))
    case "/events":
        let events = exchange.eventStream()
        events.event(name: "a\nb", id: "1", data: "x\ny")
        events.event(data: [0x7a])
        events.finish()
    default:
        exchange.respond(200, [("content-type", "text/plain")], try await exchange.body())
    }
}

/// Waits on the loop without blocking it.
@NetLoop
func rest(_ time: Duration) async {
    await withCheckedContinuation { continuation in
        NetLoop.after(time) { continuation.resume() }
    }
}
