import HTTP
import JSON
import Loop
import Providers
import Support
import Synchronization
import Telemetry
import Testing

@testable import Gateway

/// A chat from the caller's `traceparent` to the provider's.
@Suite(.timeLimit(.minutes(1))) struct TracingTests {
    private let folder = Folder()
    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    /// What the provider was told, and the span of the exchange between.
    private struct Hop {
        let provider: Fields
        let span: Trace
    }

    /// One chat with these headers, through the gateway's handler, to a provider in this process.
    @NetLoop
    private func chat(_ headers: [(String, String)], tellsTrace: Bool = true) async throws -> Hop {
        let told = Mutex<Fields?>(nil)
        let span = Mutex<Trace?>(nil)
        let provider = try Listener(address: "127.0.0.1:0") { exchange in
            _ = try await exchange.body()
            told.withLock { $0 = exchange.request.headers }
            let answer =
                #"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"#
                + #""message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}"#
            exchange.respond(200, [("content-type", "application/json")], Array(answer.utf8))
        }
        defer { provider.close() }
        let connectors = ConnectorRegister()
        connectors.put(
            Connector(
                id: "con_1",
                owner: .organisation,
                displayName: "work",
                config: ConnectorConfig(type: "openai_apikey", credentials: ["api_key": "sk-0123456789abcdef"]),
                createdAt: 1
            )
        )
        let upstream = Upstream(
            registry: .standard,
            client: Client(),
            addresses: ["openai_apikey": "http://127.0.0.1:\(provider.port)"],
            tellsTrace: tellsTrace
        )
        let log = CallLog(
            connectors: connectors,
            caps: Caps(commit: try await HealthBench.open(folder.file("gateway.db")))
        ) { _, _, _ in }
        let signpost = Signpost(connectors: connectors, pins: Pins(), upstream: upstream)
        let attempts = Attempts(connectors: connectors, upstream: upstream) { _, _ in }
        let handler = ChatHandler(signpost: signpost, upstream: upstream, attempts: attempts, callLog: log)
        let caller = Caller(userID: "ada", userName: "Ada", role: .user, keyID: "key_1")
        let front = try Listener(address: "127.0.0.1:0") { exchange in
            span.withLock { $0 = exchange.trace }
            let call = Call(exchange: exchange, caller: caller, parameters: [], started: .now)
            try await handler.complete(call, in: OpenAISurface())
        }
        defer { front.close() }
        let request = ClientRequest(
            method: "POST",
            url: "http://127.0.0.1:\(front.port)/v1/chat/completions",
            headers: headers,
            body: Array(#"{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}"#.utf8)
        )
        let transfer = Client().start(request)
        #expect(try await transfer.head().status == 200)
        _ = try await transfer.body(limit: 1 << 20)
        return Hop(provider: try #require(told.withLock { $0 }), span: try #require(span.withLock { $0 }))
    }

    @NetLoop @Test func theProviderIsCalledInTheCallersTraceWithAParentOfOurs() async throws {
        let hop = try await chat([("traceparent", Self.parent), ("tracestate", "congo=t61"), ("tracestate", "rojo=0")])
        let caller = try #require(Trace(header: Self.parent))
        let provider = try #require(hop.provider["traceparent"].flatMap { Trace(header: $0) })
        #expect(provider.id == caller.id && hop.span.id == caller.id && provider.isSampled)
        #expect(Set([caller.span, hop.span.span, provider.span]).count == 3)
        #expect(hop.provider["tracestate"] == "congo=t61,rojo=0")
    }

    @NetLoop
    @Test(arguments: [
        [], [("traceparent", parent.uppercased()), ("tracestate", "congo=t61")],
        [("traceparent", parent), ("traceparent", parent), ("tracestate", "congo=t61")], [("tracestate", "congo=t61")],
    ])
    func whoNamesNoTraceGetsAFreshOneWithoutAState(_ headers: [(String, String)]) async throws {
        let hop = try await chat(headers)
        let provider = try #require(hop.provider["traceparent"].flatMap { Trace(header: $0) })
        #expect(provider.id == hop.span.id && provider.id != Trace(header: Self.parent)?.id)
        #expect(hop.provider.all("traceparent").count == 1 && !hop.provider.contains("tracestate"))
    }

    @NetLoop @Test func anOperatorCanKeepTracesFromProviders() async throws {
        let hop = try await chat([("traceparent", Self.parent), ("tracestate", "congo=t61")], tellsTrace: false)
        #expect(!hop.provider.contains("traceparent") && !hop.provider.contains("tracestate"))
        #expect(hop.span.id == Trace(header: Self.parent)?.id)
    }
}
