import HTTP
import JSON
import Testing

@testable import ProviderSim

/// The providers that speak OpenAI's dialect, each with its accent: paths, keys, shapes and failures.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct OpenAIFamilyTests {
    static let azure = "/azure/openai/deployments/tides/chat/completions?api-version=2024-10-21"
    static let openRouter = "/openrouter/api/v1/chat/completions"
    static let xai = "/xai/v1/chat/completions"
    static let tool =
        #","tools":[{"type":"function","function":{"name":"tide_height","parameters":{"type":"object","properties":{"harbour":{"type":"string"}}}}}],"tool_choice":{"type":"function","function":{"name":"tide_height"}}"#

    private func body(_ model: String, _ more: String = "") -> String {
        #"{"model":"\#(model)","messages":[{"role":"user","content":"Tell me about tides in Brest"}]\#(more)}"#
    }

    private func shape(_ value: JSONValue?, without: Set<String> = []) -> String {
        Fixture.shape(value, leavingOut: without)
    }

    // MARK: Azure

    @Test(
        arguments: [
            ("/azure/openai/deployments/tides/chat/completions?api-version=2024-10-21", 200),
            ("/azure/openai/deployments/tides/chat/completions?api-version=2025-04-01-preview", 200),
            ("/azure/openai/v1/chat/completions", 200), ("/azure/openai/v1/chat/completions?api-version=preview", 200),
            ("/azure/openai/deployments/tides/chat/completions", 404),
            ("/azure/openai/deployments/tides/chat/completions?api-version=v1", 404),
            ("/azure/openai/v1/chat/completions?api-version=2024-10-21", 404),
            ("/azure/openai/chat/completions?api-version=2024-10-21", 404),
            ("/azure/openai/deployments/missing-1/chat/completions?api-version=2024-10-21", 404),
            ("/azure/v1/chat/completions", 404), ("/azure", 404), ("/azure/openai", 404),
        ]
    )
    func azureKnowsTwoKindsOfAddress(_ path: String, _ status: Int) async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await server.call(path, body("any"), key: nil, headers: [("api-key", "azkey-012345")])
            #expect(answer.status == status)
            if status == 404 { #expect(["404", "DeploymentNotFound"].contains(answer.code)) }
        }
    }

    @Test func azureWantsItsKey() async throws {
        try await SimServer.run { (server) async throws in
            for headers in [[], [("api-key", "bad-0123456")], [("api-key", "short")]] {
                let answer = try await server.call(Self.azure, body("m"), key: nil, headers: headers)
                #expect(answer.status == 401 && answer.code == "401")
            }
            #expect(try await server.call(Self.azure, body("m"), key: "entra-token-1").status == 200)
            let models = "/azure/openai/models?api-version=2024-10-21"
            #expect(try await server.call(models, key: "entra-token-1").status == 200)
        }
    }

    @Test func azuresShapesAreItsOwn() async throws {
        try await SimServer.run { (server) async throws in
            let whole = try await server.call(Self.azure, body("m"), key: "entra-token").json
            let theirs = try Fixture.json("azure-chat-success.json")
            let filters = shape(whole?["prompt_filter_results"])
            #expect(filters == shape(theirs["prompt_filter_results"]))
            #expect(whole?["choices"]?[0]?["content_filter_results"]?["hate"]?["severity"]?.string == "safe")
            let events = Fixture.events(
                try await server.call(Self.azure, body("m", #","stream":true"#), key: "entra-token").body
            )
            let first = try JSONValue(parsing: try #require(events.first))
            #expect(first["choices"] == [] && first["object"] == "" && events.last == "[DONE]")
            let opening = try JSONValue(parsing: Fixture.events(Fixture.bytes("azure-chat-stream.sse"))[0])
            #expect(shape(first, without: ["jailbreak"]) == shape(opening))
        }
    }

    @Test(
        arguments: [
            ("sim-moderated", 400, "azure-error-400-content-filter.json"),
            ("sim-error-429", 429, "azure-error-429.json"),
            ("sim-error-401", 401, "azure-error-401.json"), ("sim-error-404", 404, "azure-error-404-deployment.json"),
        ]
    )
    func azuresFailuresHaveItsShape(_ deployment: String, _ status: Int, _ fixture: String) async throws {
        try await SimServer.run { (server) async throws in
            let path = "/azure/openai/deployments/\(deployment)/chat/completions?api-version=2024-10-21"
            let answer = try await server.call(path, body("m"), key: "entra-token")
            let without: Set = ["content_filter_result"]
            #expect(answer.status == status)
            #expect(try shape(answer.json, without: without) == shape(Fixture.json(fixture), without: without))
            #expect(answer.headers["apim-request-id"] != nil)
        }
    }

    // MARK: OpenRouter

    @Test func openRoutersShapesAreItsOwn() async throws {
        try await SimServer.run { (server) async throws in
            let key = "sk-or-v1-good"
            let answer = try await server.call(Self.openRouter, body("openai/gpt-5-mini"), key: key)
            #expect(answer.headers["x-generation-id"]?.hasPrefix("gen-") == true)
            #expect((answer.json?["usage"]?["cost"]?.double ?? 0) > 0 && answer.json?["provider"] != nil)
            #expect(answer.json?["choices"]?[0]?["native_finish_reason"]?.string == "stop")
            let more = #","stream":true"#
            let stream = try await server.call("/openrouter/v1/chat/completions", body("sim-fast", more), key: key)
            #expect(stream.text.hasPrefix(": OPENROUTER PROCESSING\n"))
            let events = Fixture.events(stream.body)
            #expect(events.last == "[DONE]" && events[events.count - 2].contains(#""cost""#))
            let broken = try await server.call(Self.openRouter, body("sim-stream-error", more), key: key)
            let last = try JSONValue(parsing: try #require(Fixture.events(broken.body).last))
            #expect(last["error"]?["code"]?.int == 502 && last["choices"]?[0]?["finish_reason"] == "error")
            let inside = try await server.call(Self.openRouter, body("sim-200-error"), key: key)
            #expect(inside.status == 200 && inside.json?["error"]?["code"]?.int == 502)
        }
    }

    @Test(
        arguments: [
            ("sim-error-401", 401, "openrouter-error-401.json"), ("sim-quota", 402, "openrouter-error-402.json"),
            ("sim-moderated", 403, "openrouter-error-403-moderation.json"),
            ("sim-error-429", 429, "openrouter-error-429.json"), ("sim-error-500", 502, "openrouter-error-502.json"),
        ]
    )
    func openRoutersFailuresHaveItsShape(_ model: String, _ status: Int, _ fixture: String) async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await server.call(Self.openRouter, body(model), key: "sk-or-v1-good")
            #expect(answer.status == status)
            let without: Set = ["user_id"]
            #expect(try shape(answer.json, without: without) == shape(Fixture.json(fixture), without: without))
        }
    }

    @Test func openRoutersKeyIsAskedForItsOwnSake() async throws {
        try await SimServer.run { (server) async throws in
            let key = try await server.call("/openrouter/api/v1/key", key: "sk-or-v1-good")
            #expect(try shape(key.json) == shape(Fixture.json("openrouter-key.json")))
            for wrong in [nil, "sk-good", "sk-or-bad"] {
                #expect(try await server.call("/openrouter/api/v1/key", key: wrong).status == 401)
            }
            #expect(try await server.call("/openrouter/api/v1/models", key: nil).status == 200)
        }
    }

    @Test func openRouterDrawsInTwoWays() async throws {
        try await SimServer.run { (server) async throws in
            let key = "sk-or-v1-good"
            let order = #"{"model":"openai/gpt-image-2","prompt":"a boat","n":1,"size":"256x256"}"#
            let image = try await server.call("/openrouter/api/v1/images", order, key: key)
            #expect(try shape(image.json) == shape(Fixture.json("openrouter-images-endpoint-success.json")))
            let more = #","modalities":["image","text"],"image_config":{"aspect_ratio":"21:9"}"#
            let chat = try await server.call(Self.openRouter, body("google/gemini-3.1-flash-image", more), key: key)
            let url = chat.json?["choices"]?[0]?["message"]?["images"]?[0]?["image_url"]?["url"]?.string
            #expect(url?.hasPrefix("data:image/png;base64,") == true)
        }
    }

    // MARK: xAI

    @Test func xaiThinksAloudAndCountsItApart() async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await server.call(Self.xai, body("grok-4.3"), key: "xai-good").json
            let usage = answer?["usage"]
            let sum = ["prompt_tokens", "completion_tokens"].reduce(228) { $0 + (usage?[$1]?.int ?? 0) }
            #expect(usage?["total_tokens"]?.int == sum && (usage?["cost_in_usd_ticks"]?.int ?? 0) > 0)
            #expect(answer?["choices"]?[0]?["message"]?["reasoning_content"]?.string?.isEmpty == false)
            let more = #","stream":true,"stream_options":{"include_usage":true}"# + Self.tool
            let events = Fixture.events(try await server.call(Self.xai, body("grok-4.3", more), key: "xai-good").body)
            let calls = events.filter { $0.contains("tool_calls\":[") }
            #expect(calls.count == 1 && calls[0].contains("tide_height") && calls[0].contains("Brest"))
            #expect(events.last == "[DONE]" && events.contains { $0.contains("reasoning_content") })
        }
    }

    @Test(
        arguments: [
            ("xai-bad", "grok-4.3", "", 400, "xai-error-400-key.json"),
            ("xai-good", "sim-error-429", "", 429, "xai-error-429.json"),
            ("xai-good", "sim-error-403", "", 403, "xai-error-403.json"),
            ("xai-good", "grok-4.3", #","stop":["x"]"#, 400, "xai-error-400-size.json"),
            ("xai-good", "grok-4.3", #","presence_penalty":0"#, 400, "xai-error-400-size.json"),
        ]
    )
    func xaisFailuresAreSentences(_ key: String, _ model: String, _ more: String, _ status: Int, _ fixture: String)
        async throws
    {
        try await SimServer.run { (server) async throws in
            let answer = try await server.call(Self.xai, body(model, more), key: key)
            #expect(answer.status == status)
            #expect(try shape(answer.json) == shape(Fixture.json(fixture)))
            #expect(try answer.json?["code"] == Fixture.json(fixture)["code"])
        }
    }

    @Test func xaiDrawsByRatioAndTakesWhatItModerates() async throws {
        try await SimServer.run { (server) async throws in
            let path = "/xai/v1/images/generations"
            let draw = { (more: String) in
                try await server.call(
                    path,
                    #"{"model":"grok-imagine-image","prompt":"a boat"\#(more)}"#,
                    key: "xai-good"
                )
            }
            let base64 = try await draw(#","response_format":"b64_json","aspect_ratio":"16:9","resolution":"1k""#)
            #expect(try shape(base64.json?["usage"]) == shape(Fixture.json("xai-images-success.json")["usage"]))
            #expect(base64.json?["data"]?[0]?["b64_json"]?.string?.hasPrefix("/9j/") == true)
            #expect(try await draw("").json?["data"]?[0]?["url"]?.string?.hasPrefix("http://") == true)
            #expect(try await draw(#","size":"1024x1024""#).status == 400)
            let taken = try await server.call(path, #"{"model":"sim-moderated","prompt":"a"}"#, key: "xai-good")
            let theirs = try Fixture.json("xai-images-moderated.json")
            #expect(taken.status == 200 && taken.json == theirs)
        }
    }
}
