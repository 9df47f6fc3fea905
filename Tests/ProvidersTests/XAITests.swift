import JSON
import Loop
import Providers
import Testing

/// xAI's errors, its way of counting, and its pictures.
@Suite struct XAITests {
    let adapter = XAIAdapter()
    let config = ConnectorConfig(type: "xai_apikey", credentials: ["api_key": "xai-0123456789abcdef"])

    private func failure(_ status: Int, _ body: String) -> ProviderError {
        adapter.failure(status: status, header: { _ in nil }, body: Array(body.utf8))
    }

    private func body(_ order: ImageOrder) throws -> JSONValue {
        try JSONValue(parsing: try adapter.imageRequest(config, order).body)
    }

    @Test(
        arguments: [
            (
                400, #"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***00."}"#,
                ProviderError.Code.authInvalid
            ),
            (400, #"{"error":"Incorrect API key provided: xa***00."}"#, .authInvalid),
            (
                400,
                #"{"error":{"message":"Incorrect API key provided: xa***00.","type":null,"param":null,"code":null}}"#,
                .authInvalid
            ),
            (400, #"{"error":"Argument not supported on this model: stop"}"#, .badRequest),
            (401, #"{"error":"No API key"}"#, .authInvalid),
            (
                403, #"{"code":"The caller does not have permission","error":"The API key is currently blocked."}"#,
                .permissionDenied
            ),
            (
                403, #"{"error":"Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}"#,
                .providerRejected
            ),
            (404, #"{"error":"The model grok-0 does not exist"}"#, .notFound),
            (422, #"{"error":"Failed to deserialize"}"#, .badRequest),
            (429, #"{"code":"Some resource has been exhausted","error":"Too many requests"}"#, .rateLimited),
            (429, #"{"error":"Your team has either used all available credits or reached its limit"}"#, .quotaExceeded),
            (503, #"{"error":"Incorrect API key"}"#, .providerUnavailable),
        ]
    )
    func eachShapeOfErrorIsRead(_ status: Int, _ body: String, _ code: ProviderError.Code) {
        let error = failure(status, body)
        #expect(error.code == code)
        #expect(!error.message.contains("xa***") && !error.message.contains("console"))
    }

    @Test func reasoningBecomesAPartOfTheOutputOnEveryWay() throws {
        let whole = try Fixture.named("xai-chat-success.json")
        let codec = try #require(whole.codec)
        for usage in [try codec.result(from: whole.bytes).usage, try codec.facts(of: whole.bytes).usage] {
            #expect(usage?.outputTokens == 232 && usage?.reasoningTokens == 228 && usage?.inputTokens == 12)
            #expect(usage?.totalTokens == 244 && usage?.cachedInputTokens == 2)
            #expect(usage?.reportedCostUSD == 0.000141)
        }
        let stream = try Fixture.named("xai-stream.sse")
        var watch = try #require(codec.watch(hidesUsage: false))
        var passed: [UInt8] = []
        stream.bytes.withUnsafeBytes { watch.feed($0) { passed.append(contentsOf: $0) } }
        #expect(watch.end { _ in } == .complete)
        #expect(watch.usage?.outputTokens == 232 && watch.usage?.reportedCostUSD == 0.000141)
        #expect(passed == stream.bytes)
    }

    @Test func aModelThatCountsAsOthersDoIsLeftAlone() throws {
        let body =
            #"{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":232,"total_tokens":244,"completion_tokens_details":{"reasoning_tokens":228}}}"#
        let codec = try #require(adapter.codec(for: ChatTraits(model: "grok-4.3")))
        #expect(try codec.facts(of: Array(body.utf8)).usage?.outputTokens == 232)
        #expect(try codec.result(from: Array(body.utf8)).usage?.outputTokens == 232)
    }

    @Test func aSizeBecomesARatioAndAResolution() throws {
        let expected: JSONValue = [
            "model": "grok-imagine-image-2.0", "prompt": "a red square", "n": 1, "response_format": "b64_json",
            "aspect_ratio": "16:9",
            "resolution": "2k", "quality": "low",
        ]
        let order = ImageOrder(
            model: "grok-imagine-image-2.0",
            prompt: "a red square",
            size: "1920x1080",
            quality: "low",
            format: "webp"
        )
        #expect(try body(order) == expected)
        let plain = try body(ImageOrder(model: "grok-imagine-image", prompt: "a", size: "auto", quality: "low"))
        #expect(plain["aspect_ratio"] == nil && plain["resolution"] == nil && plain["quality"] == nil)
        #expect(try body(ImageOrder(model: "g", prompt: "a", size: "1024x1024"))["resolution"]?.string == "1k")
    }

    @Test func whatModerationTookIsARefusal() {
        for body in [
            #"{"data":[]}"#, #"{"data":[{"url":"","respect_moderation":false}]}"#,
            #"{"data":[{"b64_json":"AAAA","respect_moderation":false}]}"#,
        ] {
            #expect { try adapter.images(from: Array(body.utf8)) } throws: {
                ($0 as? ProviderError)?.code == .providerRejected
            }
        }
    }

    @Test func aPictureMayBeAnAddressOnAnotherHost() throws {
        let body = #"{"data":[{"url":"https://imgen.x.ai/a.jpeg","respect_moderation":true}]}"#
        #expect(try adapter.images(from: Array(body.utf8)).images == [.url("https://imgen.x.ai/a.jpeg")])
        let request = try adapter.fetchRequest(config, url: "https://imgen.x.ai/a.jpeg")
        #expect(!request.headers.contains { $0.name == "authorization" })
        #expect(request.reach == .anyHost)
    }

    @Test func itHasNoEmbeddings() {
        #expect(!adapter.capabilities.embeddings)
        #expect(throws: ProviderError.self) { try adapter.embeddingsRequest(config, model: "m", body: []) }
    }
}
