import HTTP
import JSON
import Loop
import Support
import Testing

@testable import Gateway

/// Chats under an `Idempotency-Key`, through a whole gateway.
@Suite(.timeLimit(.minutes(1)))
struct IdempotentCallsTests {
    /// A gateway with one connector at a provider that counts its calls.
    private final class Scene: Sendable {
        let bench: GatewayBench
        let provider = ScriptedProvider()

        init() async throws {
            bench = try await GatewayBench()
            _ = try await bench.connector("mine", at: provider)
        }

        func chat(
            _ key: String,
            _ text: String = "hi",
            path: String = "/v1/chat/completions",
            stream: Bool = false
        ) async throws -> GatewayBench.Answer {
            try await bench.call(
                "POST",
                path,
                Self.body(text, stream: stream),
                headers: [("idempotency-key", key)],
                readsStreams: true
            )
        }

        static func body(_ text: String, stream: Bool = false) -> String {
            #"{"model":"mine/m","max_tokens":9,"stream":\#(stream),"messages":[{"role":"user","content":"\#(text)"}]}"#
        }

        /// The outcomes of the call log's rows.
        func outcomes() async throws -> [String] {
            _ = await bench.gateway.callLog.flush()
            return try await bench.events().filter { $0.text("event_type") == "calls" }
                .flatMap { $0.json["data"]?["rows"]?.array ?? [] }
                .compactMap { $0["call"]?["outcome"]?.string }
        }

        func stop() async {
            await bench.stop()
            await provider.stop()
        }
    }

    @Test(arguments: ["/v1/chat/completions", "/v1/messages"])
    func theSameKeyAndBodyGivesTheSameAnswerAndCostsOneCall(_ path: String) async throws {
        let scene = try await Scene()
        let first = try await scene.chat("k", path: path)
        let second = try await scene.chat("k", path: path)
        #expect(first.status == 200 && first.headers["idempotent-replayed"] == nil, "\(first.text)")
        #expect(second.status == 200 && second.headers["idempotent-replayed"] == "true")
        #expect(first.text == second.text && first.text.contains("hello"))
        #expect(first.headers["x-martlet-connector"] == second.headers["x-martlet-connector"])
        #expect(first.headers["x-request-id"] != second.headers["x-request-id"])
        #expect(scene.provider.calls == 1)
        #expect(try await scene.outcomes() == ["ok"])
        #expect(try await scene.chat("l", path: path).headers["idempotent-replayed"] == nil)
        #expect(scene.provider.calls == 2)
        await scene.stop()
    }

    @Test func aCallThatIsInFlightIsJoined() async throws {
        let scene = try await Scene()
        let release = scene.provider.holdNext()
        async let first = scene.chat("k")
        try await eventually("the provider is asked") { scene.provider.calls == 1 }
        async let others = [scene.chat("k"), scene.chat("k")]
        let mismatch = try await scene.chat("k", "something else")
        #expect(mismatch.status == 409 && mismatch.headers["x-should-retry"] == "false", "\(mismatch.text)")
        #expect(mismatch.json["error"]?["code"]?.string == "idempotency_mismatch")
        release()
        let answers = try await [first] + others
        #expect(answers.allSatisfy { $0.status == 200 && $0.text == answers[0].text })
        #expect(answers.count { $0.headers["idempotent-replayed"] == "true" } == 2)
        #expect(scene.provider.calls == 1)
        #expect(try await scene.outcomes() == ["ok"])
        await scene.stop()
    }

    @Test func aFailureIsForgottenAndTheNextTryIsACallOfItsOwn() async throws {
        let scene = try await Scene()
        scene.provider.will(.failure(503, code: "x"))
        #expect(try await scene.chat("k").status == 502)
        let again = try await scene.chat("k")
        #expect(again.status == 200 && again.headers["idempotent-replayed"] == nil)
        #expect(scene.provider.calls == 2)
        #expect(try await scene.outcomes() == ["provider_unavailable", "ok"])
        await scene.stop()
    }

    @NetLoop @Test func whoLostTheConnectionFindsTheAnswerAndNothingIsPaidTwice() async throws {
        let scene = try await Scene()
        let release = scene.provider.holdNext()
        let request = ClientRequest(
            method: "POST",
            url: "http://\(scene.bench.gateway.address)/v1/chat/completions",
            headers: [("authorization", "Bearer \(GatewayBench.adminKey)"), ("idempotency-key", "k")],
            body: Array(Scene.body("hi").utf8)
        )
        let lost = Client().start(request)
        try await eventually("the provider is asked") { scene.provider.calls == 1 }
        lost.cancel()
        // A new connection is served after the old one's end was seen: both are one loop's.
        _ = try await scene.bench.call("GET", "/health")
        release()
        let again = try await scene.chat("k")
        #expect(again.status == 200 && again.headers["idempotent-replayed"] == "true", "\(again.text)")
        #expect(scene.provider.calls == 1)
        #expect(try await scene.outcomes() == ["ok"])
        await scene.stop()
    }

    @Test func streamsKnowNoKeysAndAKeyHasBounds() async throws {
        let scene = try await Scene()
        for _ in 0..<2 { #expect(try await scene.chat("k", stream: true).status == 200) }
        #expect(scene.provider.calls == 2)
        for key in ["", String(repeating: "k", count: 256)] {
            #expect(try await scene.chat(key).status == 400, "\(key.count)")
        }
        #expect(try await scene.chat(String(repeating: "k", count: 255)).status == 200)
        await scene.stop()
    }
}
