import Loop
import Providers
import Testing

/// Each stored answer gives what its manifest expects.
@Suite struct FixtureTests {
    @Test func theManifestIsThere() {
        #expect(Fixture.bodies.count >= 20)
        #expect(Fixture.streams.count >= 7)
    }

    @Test(arguments: Fixture.bodies.filter { $0.status >= 400 })
    func aFailureGetsItsClassAndNothingOfTheBody(_ fixture: Fixture) {
        let error = fixture.adapter.failure(status: fixture.status, header: fixture.header, body: fixture.bytes)
        #expect(error.code == fixture.code)
        #expect(error.status == fixture.status)
        #expect(
            error.retryAfter.map(\.seconds)
                == (fixture.retryAfter ?? fixture.header("retry-after").flatMap(Double.init))
        )
        #expect(error.providerRequestID == fixture.header("x-request-id"))
        for word in ["Incorrect", "safety system", "gpt-5.5", "cloudflare", "maximum context", "Unauthorized", "sk-fx"]
        {
            #expect(!error.message.contains(word))
        }
    }

    @Test func theProvidersCodeAndParameterAreKept() throws {
        let moderation = try Fixture.named("openai-error-400-moderation.json")
        let error = moderation.adapter.failure(status: 400, header: moderation.header, body: moderation.bytes)
        #expect(error.providerCode == "moderation_blocked")
        #expect(error.providerRequestID == "req_fixture_0400")
        #expect(!error.isRetryable)
        let tokens = try Fixture.named("openai-error-400-max-tokens.json")
        let refused = tokens.adapter.failure(status: 400, header: tokens.header, body: tokens.bytes)
        #expect(refused.param == "max_tokens")
        #expect(refused.message.contains("unsupported_parameter"))
    }

    @Test(arguments: Fixture.bodies.filter { $0.name.contains("-chat-") })
    func aBlockingAnswerGivesItsUsage(_ fixture: Fixture) throws {
        let answer = try fixture.adapter.chatAnswer(fixture.bytes)
        #expect(answer.usage?.totalTokens ?? 0 > 0)
        #expect(answer.isRejection == (fixture.expect == "content_rejected"))
        #expect(answer.finishReason == "tool_calls" || fixture.expect != "success-tool-calls")
        #expect(fixture.adapter.usage(in: fixture.bytes) == answer.usage)
    }

    @Test(arguments: Fixture.bodies.filter { $0.expect == "success-image" })
    func anImageAnswerGivesItsPictures(_ fixture: Fixture) throws {
        let result = try fixture.adapter.images(from: fixture.bytes)
        #expect(result.images.count == 1)
        switch result.images[0] {
        case .bytes(let bytes): #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        case .url(let url): #expect(url.hasPrefix("http"))
        }
    }

    @Test func usageOfPicturesIsReadAndZerosCountAsUnknown() throws {
        let openAI = try Fixture.named("openai-images-success.json")
        let result = try openAI.adapter.images(from: openAI.bytes)
        #expect(result.usage?.outputTokens == 272)
        #expect(result.usage?.textInputTokens == 12)
        #expect(result.quality == "low")
        let local = try Fixture.named("compat-localai-images-url.json")
        #expect(try local.adapter.images(from: local.bytes).usage == nil)
    }

    @Test func theCatalogueIsReadAndProvesTheKey() throws {
        let fixture = try Fixture.named("openai-models.json")
        #expect(try fixture.adapter.models(from: fixture.bytes).map(\.id) == ["gpt-6.1-sol", "gpt-image-2"])
        #expect(fixture.adapter.health(status: 200, header: fixture.header, body: fixture.bytes) == nil)
        let refused = try Fixture.named("openai-error-401-key.json")
        let error = refused.adapter.health(status: 401, header: refused.header, body: refused.bytes)
        #expect(error?.code == .authInvalid)
    }
}
