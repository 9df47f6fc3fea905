import JSON
import Loop
import Providers
import Testing

/// Azure's two surfaces, and what its filters say.
@Suite struct AzureTests {
    let adapter = AzureAdapter()

    private func config(_ version: String = "2024-10-21", resource: String = "tides", deployment: String = "chat-1")
        -> ConnectorConfig
    {
        ConnectorConfig(
            type: "azure_openai",
            credentials: [
                "api_key": "azkey-0123456789", "azure_resource_name": resource, "azure_deployment_name": deployment,
                "azure_api_version": version,
            ]
        )
    }

    private func chat(_ config: ConnectorConfig) throws(ProviderError) -> OutgoingRequest {
        try adapter.chatRequest(config, OutgoingChat(.openAIChat, model: "gpt-4.1", stream: true, body: [0x7B, 0x7D]))
    }

    private func failure(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> ProviderError {
        adapter.failure(status: status, header: { headers[$0] }, body: Array(body.utf8))
    }

    @Test(
        arguments: [
            ("2024-10-21", "/openai/deployments/chat-1/chat/completions?api-version=2024-10-21"),
            ("2025-04-01-preview", "/openai/deployments/chat-1/chat/completions?api-version=2025-04-01-preview"),
            ("v1", "/openai/v1/chat/completions"), ("V1", "/openai/v1/chat/completions"),
            ("latest", "/openai/v1/chat/completions"),
            ("preview", "/openai/v1/chat/completions?api-version=preview"),
        ]
    )
    func theVersionChoosesTheSurface(_ version: String, _ path: String) throws {
        let request = try chat(config(version))
        #expect(request.url == "https://tides.openai.azure.com" + path)
        #expect(request.reach == .publicService)
        #expect(request.headers.contains { $0 == ("api-key", "azkey-0123456789") })
        #expect(!request.headers.contains { $0.name == "authorization" })
        #expect(request.headers.contains { $0 == ("accept", "text/event-stream") })
    }

    @Test func theCatalogueIsTheResourcesAndPicturesTheDeployments() throws {
        #expect(
            try adapter.modelsRequest(config()).url
                == "https://tides.openai.azure.com/openai/models?api-version=2024-10-21"
        )
        #expect(try adapter.modelsRequest(config("v1")).url == "https://tides.openai.azure.com/openai/v1/models")
        let order = ImageOrder(model: "chat-1", prompt: "a boat", size: "1024x1024", quality: "low", format: "jpg")
        let image = try adapter.imageRequest(config(), order)
        #expect(image.url.contains("/openai/deployments/chat-1/images/generations?api-version=2024-10-21"))
        let body = try JSONValue(parsing: image.body)
        #expect(
            body == [
                "model": "chat-1", "prompt": "a boat", "n": 1, "size": "1024x1024", "quality": "low",
                "output_format": "jpeg",
            ]
        )
        #expect(try adapter.embeddingsRequest(config(), model: "e", body: []).url.contains("/chat-1/embeddings?"))
    }

    @Test func theOperatorsAddressTakesTheSamePaths() throws {
        var config = config()
        for address in ["http://127.0.0.1:9900/azure", "http://127.0.0.1:9900/azure/"] {
            config.operatorURL = address
            let request = try chat(config)
            #expect(
                request.url
                    == "http://127.0.0.1:9900/azure/openai/deployments/chat-1/chat/completions?api-version=2024-10-21"
            )
            #expect(request.reach == .operatorChoice)
        }
    }

    @Test(arguments: ["..", ".", "a/b", "a?b", "a#b", "a%2Fb", "a b", "a&b=c", "@evil", "a\\b", ""])
    func noNameRewritesTheAddress(_ name: String) {
        for config in [config(resource: name), config(deployment: name), config(name)] {
            #expect(throws: ProviderError.self) { try adapter.validate(config) }
            #expect(throws: ProviderError.self) { try chat(config) }
        }
    }

    @Test func aResourceIsOnePartOfAHostsName() {
        for name in ["tides.evil.example", "-tides", "tides-", "ti_des", String(repeating: "a", count: 64)] {
            #expect(throws: ProviderError.self) { try adapter.validate(config(resource: name)) }
        }
    }

    @Test func theDeploymentIsTheModel() {
        #expect(adapter.usualModel(config()) == "chat-1")
        #expect(OpenAIAdapter().usualModel(ConnectorConfig(type: "openai_apikey")) == nil)
    }

    @Test func aWaitInTheSentenceIsReadWhereHeadersAreMissing() {
        let body = { (text: String) in #"{"error":{"code":"429","message":"Too many tokens. Please \#(text)"}}"# }
        #expect(failure(429, body("retry after 21 seconds.")).retryAfter == .seconds(21))
        #expect(failure(429, body("Retry After 1 second.")).retryAfter == .seconds(1))
        #expect(failure(429, body("retry after 150 milliseconds.")).retryAfter == .milliseconds(150))
        #expect(failure(429, body("retry after 21 seconds."), ["retry-after": "4"]).retryAfter == .seconds(4))
        for text in ["retry after", "retry after -4 seconds", "retry after soon", "retry after 21", ""] {
            #expect(failure(429, body(text)).retryAfter == nil)
        }
        #expect(failure(500, body("retry after 21 seconds.")).retryAfter == nil)
    }

    @Test func whatTheFiltersTakeIsTyped() {
        for body in [
            #"{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            #"{"error":{"code":"contentFilter","inner_error":{"content_filter_results":{}}}}"#,
            #"{"code":"400","inner_error":{"code":"ResponsibleAIPolicyViolation"}}"#,
        ] {
            #expect(failure(400, body).code == .providerRejected)
        }
        #expect(failure(401, #"{"error":{"code":"401"}}"#, ["apim-request-id": "r-1"]).providerRequestID == "r-1")
        #expect(failure(404, #"{"error":{"code":"DeploymentNotFound"}}"#).providerCode == "DeploymentNotFound")
        let health = adapter.health(status: 404, header: { _ in nil }, body: Array(#"{"error":{"code":"404"}}"#.utf8))
        #expect(health?.code == .configError && health?.param == "azure_api_version")
    }

    @Test func aFilterThatIsDownItselfFailsNoAnswer() throws {
        let chunk =
            #"data: {"choices":[{"delta":{"content":"x"},"content_filter_results":{"error":{"code":"content_filter_error"}},"finish_reason":"stop"}]}"#
            + "\n\ndata: [DONE]\n\n"
        var watch = try #require(adapter.codec(for: ChatTraits(model: "m"))?.watch(hidesUsage: true))
        var passed = 0
        Array(chunk.utf8).withUnsafeBytes { watch.feed($0) { passed += $0.count } }
        #expect(watch.end { passed += $0.count } == .complete)
        #expect(passed == chunk.utf8.count)
    }

    @Test func theFirstChunkWithoutChoicesPassesToTheCaller() throws {
        let fixture = try Fixture.named("azure-chat-stream.sse")
        var watch = try #require(fixture.codec?.watch(hidesUsage: false))
        var passed: [UInt8] = []
        fixture.bytes.withUnsafeBytes { watch.feed($0) { passed.append(contentsOf: $0) } }
        #expect(watch.end { _ in } == .complete)
        #expect(passed == fixture.bytes)
        #expect(watch.usage?.totalTokens ?? 0 > 0)
    }
}
