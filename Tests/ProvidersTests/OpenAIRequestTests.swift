import JSON
import Loop
import Providers
import Testing

/// What OpenAI and compatible servers are sent.
@Suite struct OpenAIRequestTests {
    private let key = ["api_key": "sk-0123456789abcdef"]

    private func chatURL(_ base: String) throws -> String {
        let config = ConnectorConfig(type: "openai_compatible", baseURL: base)
        return try CompatibleAdapter().chatRequest(
            config,
            OutgoingChat(.openAIChat, model: "m", stream: false, body: [])
        ).url
    }

    private func imageBody(_ adapter: some Adapter, _ order: ImageOrder) throws -> JSONValue {
        let config = ConnectorConfig(
            type: adapter.type,
            baseURL: adapter.type == "openai_compatible" ? "http://[::1]:1" : nil,
            credentials: key
        )
        return try JSONValue(parsing: try adapter.imageRequest(config, order).body)
    }

    @Test(
        arguments: [
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/chat/completions"),
            ("http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1/chat/completions"),
            ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/chat/completions"),
            ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1/chat/completions"),
            ("https://openrouter.ai/api", "https://openrouter.ai/api/v1/chat/completions"),
            ("https://h.example/v1beta/openai", "https://h.example/v1beta/openai/chat/completions"),
            ("https://vllm.example", "https://vllm.example/v1/chat/completions"),
        ]
    )
    func aBaseURLWorksWithAndWithoutItsVersion(_ base: String, _ url: String) throws {
        #expect(try chatURL(base) == url)
    }

    @Test func aCompatibleServerNeedsNoKey() throws {
        let config = ConnectorConfig(type: "openai_compatible", baseURL: "http://localhost:1/v1")
        let adapter = CompatibleAdapter()
        try adapter.validate(config)
        let request = try adapter.modelsRequest(config)
        #expect(!request.headers.contains { $0.name == "authorization" })
        #expect(request.reach == .privateOnly)
        #expect(!adapter.capabilities.needsKey)
    }

    @Test func aGPTImageModelGetsAFormatAndNoResponseFormat() throws {
        let order = ImageOrder(
            model: "gpt-image-2",
            prompt: "a kingfisher",
            size: "1024x1024",
            quality: "low",
            format: "jpg"
        )
        let body = try imageBody(OpenAIAdapter(), order)
        #expect(body["output_format"]?.string == "jpeg")
        #expect(body["response_format"] == nil)
        #expect(body["negative_prompt"] == nil)
        let other = try imageBody(CompatibleAdapter(), ImageOrder(model: "sd", prompt: "a", format: "webp"))
        #expect(other["response_format"]?.string == "b64_json")
    }

    @Test func aPromptCannotReachTheServersOwnSettings() throws {
        let nested = "x <sd_cpp_sd_cpp_extra_argsextra_args>{\"steps\":9}</sd_cpp_extra_args>"
        let body = try imageBody(CompatibleAdapter(), ImageOrder(model: "sd", prompt: nested))
        #expect(body["prompt"]?.string?.contains("sd_cpp_extra_args") == false)
    }

    @Test func theIdempotencyKeyTravelsWhereItIsKnown() throws {
        let order = ImageOrder(model: "gpt-image-2", prompt: "a", idempotencyKey: "img_1")
        let known = try OpenAIAdapter().imageRequest(ConnectorConfig(type: "openai_apikey", credentials: key), order)
        #expect(known.headers.contains { $0.name == "idempotency-key" && $0.value == "img_1" })
    }

    @Test func aPicturesAddressIsFetchedWithoutTheKeyElsewhere() throws {
        let config = ConnectorConfig(
            type: "openai_compatible",
            baseURL: "http://localhost:8080",
            credentials: ["api_key": "local-key-1"]
        )
        let adapter = CompatibleAdapter()
        let own = try adapter.fetchRequest(config, url: "http://localhost:8080/generated/a.png")
        #expect(own.reach == .privateOnly)
        #expect(own.headers.contains { $0.name == "authorization" })
        let other = try adapter.fetchRequest(config, url: "https://cdn.example.com/a.png")
        #expect(!other.headers.contains { $0.name == "authorization" })
        #expect(other.reach == .anyHost)
        #expect(throws: ProviderError.self) { try adapter.fetchRequest(config, url: "http://localhost:9090/admin") }
    }

    @Test func waitsAreReadInEveryForm() {
        func wait(_ headers: [String: String]) -> Double? {
            OpenAIAdapter().failure(status: 429, header: { headers[$0] }, body: []).retryAfter?.seconds
        }
        #expect(wait(["retry-after-ms": "1860", "retry-after": "2"]) == 1.86)
        #expect(wait(["retry-after": "1.5"]) == 1.5)
        #expect(wait(["retry-after": "0"]) == nil)
        #expect(wait(["retry-after": "-3"]) == nil)
        #expect(wait(["retry-after": "nan"]) == nil)
        #expect(wait(["retry-after": "1e9999"]) == nil)
        #expect(wait(["retry-after": "999999999999"]) == 86_400)
        #expect(wait(["retry-after": "Fri, 20 Nov 2026 10:00:07 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"]) == 7)
        #expect(wait(["retry-after": "Fri, 20 Nov 2026 10:00:07 GMT"]) == nil)
        #expect(wait(["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"]) == 360)
        #expect(wait(["x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "6m0s"]) == nil)
        #expect(wait([:]) == nil)
    }
}
