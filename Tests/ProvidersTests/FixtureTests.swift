import Loop
import Providers
import Testing

/// Each stored answer gives what its manifest expects.
@Suite struct FixtureTests {
    @Test func theManifestIsThere() {
        #expect(Fixture.failures.count >= 15)
        #expect(Fixture.streams.count >= 7)
        for type in Registry.standard.types { #expect(Fixture.all.contains { $0.type == type }) }
    }

    @Test(arguments: Fixture.failures)
    func aFailureGetsItsClassAndNothingOfTheBody(_ fixture: Fixture) {
        let error = fixture.adapter.failure(status: fixture.status, header: fixture.header, body: fixture.bytes)
        #expect(error.code == fixture.code)
        #expect(error.status == fixture.status)
        #expect(
            error.retryAfter.map(\.seconds)
                == (fixture.retryAfter ?? fixture.header("retry-after").flatMap(Double.init))
        )
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

    @Test(arguments: Fixture.chats)
    func aBlockingAnswerGivesWhatItsManifestSays(_ fixture: Fixture) throws {
        let codec = try #require(fixture.codec)
        let result: ChatResult
        do throws(ProviderError) {
            result = try codec.result(from: fixture.bytes)
        } catch {
            #expect(error.code == fixture.code)
            return
        }
        #expect(fixture.isSuccess || (fixture.expect == "content_rejected" && result.stopReason == .contentFilter))
        if fixture.isSuccess { #expect(result.usage?.totalTokens ?? 0 > 0) }
        if let text = fixture.text { #expect(result.parts.text == text) }
        if fixture.expect == "success-tool-calls" {
            #expect(result.stopReason == .toolCalls)
            #expect(!result.parts.toolCalls.isEmpty)
        }
        if !fixture.toolCalls.isEmpty { #expect(result.parts.toolCalls.map(\.name) == fixture.toolCalls.map(\.name)) }
        if let cost = fixture.cost { #expect(result.usage?.reportedCostUSD == cost) }
        let facts = try codec.facts(of: fixture.bytes)
        #expect(facts.usage == result.usage)
        #expect(facts.isRejection == (result.stopReason == .contentFilter))
    }

    @Test(arguments: Fixture.images)
    func anImageAnswerGivesItsPicturesOrItsRefusal(_ fixture: Fixture) throws {
        let result: ImageResult
        do throws(ProviderError) {
            result = try fixture.adapter.images(from: fixture.bytes)
        } catch {
            #expect(error.code == fixture.code)
            return
        }
        #expect(fixture.expect == "success-image")
        #expect(!result.images.isEmpty)
        for image in result.images {
            switch image {
            case .bytes(let bytes): #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            case .url(let url): #expect(url.hasPrefix("http"))
            }
        }
        if let cost = fixture.cost { #expect(abs((result.usage?.reportedCostUSD ?? 0) - cost) < 1e-12) }
    }

    @Test(arguments: Fixture.catalogues)
    func aHealthyAnswerProvesTheCredentials(_ fixture: Fixture) {
        #expect(fixture.adapter.health(status: 200, header: fixture.header, body: fixture.bytes) == nil)
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
