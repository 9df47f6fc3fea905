import JSON
import Loop
import Providers
import Testing

/// OpenRouter's errors, health and two ways of pictures.
@Suite struct OpenRouterTests {
    let adapter = OpenRouterAdapter()
    let config = ConnectorConfig(type: "openrouter_apikey", credentials: ["api_key": "sk-or-v1-0123456789"])

    private func failure(_ status: Int, _ error: String) -> ProviderError {
        adapter.failure(status: status, header: { _ in nil }, body: Array(#"{"error":\#(error)}"#.utf8))
    }

    @Test func itsPathsStandBehindEitherAddress() throws {
        #expect(try adapter.modelsRequest(config).url == "https://openrouter.ai/api/v1/models")
        #expect(try adapter.healthRequest(config).url == "https://openrouter.ai/api/v1/key")
        var operated = config
        operated.operatorURL = "http://127.0.0.1:9900/openrouter/"
        #expect(try adapter.healthRequest(operated).url == "http://127.0.0.1:9900/openrouter/api/v1/key")
        operated.operatorURL = "https://proxy.example/v1"
        #expect(try adapter.healthRequest(operated).url == "https://proxy.example/v1/key")
    }

    @Test(
        arguments: [
            (400, #"{"code":400,"metadata":{"error_type":"context_length_exceeded"}}"#, ProviderError.Code.badRequest),
            (401, #"{"code":401}"#, .authInvalid),
            (402, #"{"code":402,"metadata":{"limit_source":"openrouter_key_limit"}}"#, .quotaExceeded),
            (402, #"{"code":402,"metadata":{"limit_source":"openrouter_in_flight_budget"}}"#, .rateLimited),
            (402, #"{"code":402}"#, .quotaExceeded),
            (403, #"{"code":403,"metadata":{"reasons":["violence"]}}"#, .providerRejected),
            (403, #"{"code":403,"metadata":{"reasons":[]}}"#, .permissionDenied),
            (200, #"{"code":403,"metadata":{"error_type":"refusal"}}"#, .providerRejected),
            (404, #"{"code":404}"#, .notFound), (408, #"{"code":408}"#, .timeout),
            (429, #"{"code":429,"metadata":{"limit_source":"upstream_provider_shared_pool"}}"#, .rateLimited),
            (502, #"{"code":429}"#, .rateLimited), (524, #"{"code":524}"#, .providerUnavailable),
            (529, #"{"code":529,"metadata":{"error_type":"provider_overloaded"}}"#, .providerUnavailable),
            (200, #"{"name":"ZodError","message":"x"}"#, .malformedResponse),
        ]
    )
    func theErrorsOwnCodeAndMetadataDecide(_ status: Int, _ error: String, _ code: ProviderError.Code) {
        #expect(failure(status, error).code == code)
        #expect(failure(status, error).status == status)
    }

    @Test func waitsStandInTheMetadata() {
        #expect(
            failure(429, #"{"code":429,"metadata":{"retry_after_seconds":2.5}}"#).retryAfter == .milliseconds(2_500)
        )
        #expect(failure(429, #"{"code":429,"metadata":{"headers":{"Retry-After":"9"}}}"#).retryAfter == .seconds(9))
        #expect(failure(429, #"{"code":429,"metadata":{"retry_after_seconds":-1}}"#).retryAfter == nil)
        #expect(failure(429, #"{"code":429,"metadata":{"retry_after_seconds":1e300}}"#).retryAfter == .seconds(86_400))
        let spent = #"{"code":402,"metadata":{"limit_source":"openrouter_credits","retry_after_seconds":3}}"#
        #expect(failure(402, spent).retryAfter == nil)
    }

    @Test func theGenerationIsTheRequestsID() {
        let error = adapter.failure(status: 500, header: { $0 == "x-generation-id" ? "gen-1" : nil }, body: [])
        #expect(error.providerRequestID == "gen-1")
    }

    @Test func theKeysOwnAnswerProvesIt() throws {
        let key = try Fixture.named("openrouter-key.json")
        #expect(adapter.health(status: 200, header: { _ in nil }, body: key.bytes) == nil)
        #expect(adapter.health(status: 200, header: { _ in nil }, body: Array("{}".utf8))?.code == .malformedResponse)
        let refused = Array(#"{"error":{"code":401,"message":"User not found."}}"#.utf8)
        #expect(adapter.health(status: 200, header: { _ in nil }, body: refused)?.code == .authInvalid)
        #expect(adapter.health(status: 401, header: { _ in nil }, body: refused)?.code == .authInvalid)
    }

    @Test func modelsThatChatInPicturesAreAskedByChat() throws {
        let order = ImageOrder(model: "google/gemini-3.1-flash-image", prompt: "a red square", size: "1920x1080")
        let request = try adapter.imageRequest(config, order)
        #expect(request.url == "https://openrouter.ai/api/v1/chat/completions")
        let expected: JSONValue = [
            "model": "google/gemini-3.1-flash-image", "messages": [["role": "user", "content": "a red square"]],
            "modalities": ["image", "text"], "image_config": ["aspect_ratio": "16:9", "image_size": "2K"],
        ]
        #expect(try JSONValue(parsing: request.body) == expected)
    }

    @Test func otherModelsHaveARouteOfTheirOwn() throws {
        let order = ImageOrder(
            model: "openai/gpt-image-2",
            prompt: "a",
            size: "1536x1024",
            quality: "low",
            format: "jpg"
        )
        let request = try adapter.imageRequest(config, order)
        #expect(request.url == "https://openrouter.ai/api/v1/images")
        let expected: JSONValue = [
            "model": "openai/gpt-image-2", "prompt": "a", "n": 1, "size": "1536x1024", "quality": "low",
            "output_format": "jpeg",
        ]
        #expect(try JSONValue(parsing: request.body) == expected)
    }

    @Test func wordsInAPicturesPlaceAreARefusal() {
        let body = #"{"choices":[{"finish_reason":"stop","message":{"content":"I can't draw that."}}]}"#
        #expect { try adapter.images(from: Array(body.utf8)) } throws: {
            ($0 as? ProviderError)?.code == .providerRejected
        }
    }

    @Test func theirPricesAreKept() throws {
        for name in ["openrouter-images-endpoint-success.json", "openrouter-image-chat-success.json"] {
            #expect(try adapter.images(from: Fixture.named(name).bytes).usage?.reportedCostUSD == 0.0387)
        }
    }

    @Test func anErrorThatOnlyAFinishReasonTellsIsOne() throws {
        let chunk = #"data: {"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"# + "\n\n"
        var watch = try #require(adapter.codec(for: ChatTraits(model: "m"))?.watch(hidesUsage: true))
        Array(chunk.utf8).withUnsafeBytes { watch.feed($0) { _ in Issue.record("an error was passed on") } }
        #expect(watch.failure?.code == .providerUnavailable)
    }
}
