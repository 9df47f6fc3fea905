import HTTP
import JSON
import Loop
import Providers
import Testing

/// What Bedrock is asked, and what its answers mean, beyond its fixtures.
@Suite struct BedrockTests {
    private let adapter = BedrockAdapter()

    private func config(_ changes: [String: String?] = [:], operatorURL: String? = nil) -> ConnectorConfig {
        var credentials: [String: String] = [
            "aws_access_key_id": "AKIDEXAMPLE000000",
            "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "aws_region": "us-east-1", "aws_model_id": "us.anthropic.claude-sonnet-4-6",
        ]
        for (name, value) in changes { credentials[name] = value }
        return ConnectorConfig(type: "bedrock", credentials: credentials, operatorURL: operatorURL)
    }

    private func chat(_ model: String, stream: Bool = false) -> OutgoingChat {
        OutgoingChat(.bedrockConverse, model: model, stream: stream, body: Array("{}".utf8))
    }

    // MARK: Addresses and signatures

    @Test func theModelStandsEscapedInThePath() throws {
        let base = "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
        let plain = try adapter.chatRequest(config(), chat("us.anthropic.claude-haiku-4-5-20251001-v1:0"))
        #expect(plain.url == base + "us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse")
        let arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama3-3-70b-instruct-v1:0"
        let profile = try adapter.chatRequest(config(), chat(arn, stream: true))
        #expect(
            profile.url == base + "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2F"
                + "us.meta.llama3-3-70b-instruct-v1%3A0/converse-stream"
        )
        let image = try adapter.imageRequest(
            config(),
            ImageOrder(model: "stability.sd3-5-large-v1:0", prompt: "a boat")
        )
        #expect(image.url == base + "stability.sd3-5-large-v1%3A0/invoke")
        #expect(try adapter.modelsRequest(config()).url == "https://bedrock.us-east-1.amazonaws.com/foundation-models")
        let china = try adapter.healthRequest(config(["aws_region": "CN-north-1"]))
        #expect(china.url == "https://bedrock.cn-north-1.amazonaws.com.cn/foundation-models")
        #expect(china.signing?.region == "cn-north-1")
    }

    @Test(arguments: ["", "..", ".", "a b", "a/", "/a", "a?b", "a#b", "a%2Fb", "é", "a\nb"])
    func aNameThatIsNoModelIsRefused(_ model: String) {
        #expect(throws: ProviderError.self) { try adapter.chatRequest(config(), chat(model)) }
    }

    @Test(arguments: ["evil.example", "us-east-1/", "us-east-1@h", "us east", "-us", "us-", "a#", "us_east", ""])
    func aRegionThatIsNoPartOfAHostIsRefused(_ region: String) {
        #expect(throws: ProviderError.self) { try adapter.validate(config(["aws_region": region])) }
        #expect(throws: ProviderError.self) { try adapter.chatRequest(config(["aws_region": region]), chat("m")) }
    }

    @Test func aSessionTokenMayBeLongAndAKeyMayNot() throws {
        try adapter.validate(config(["aws_session_token": String(repeating: "a+/=", count: 600)]))
        #expect(throws: ProviderError.self) {
            try adapter.validate(config(["aws_session_token": String(repeating: "a", count: 9_000)]))
        }
        #expect(throws: ProviderError.self) {
            try adapter.validate(config(["aws_secret_access_key": String(repeating: "a", count: 600)]))
        }
        #expect(throws: ProviderError.self) {
            try adapter.validate(config(["aws_access_key_id": "AKIA-12345678901234"]))
        }
        #expect(throws: ProviderError.self) { try adapter.validate(config(["aws_model_id": "../secrets"])) }
    }

    /// The second of the signing vectors, which has a session token and a body.
    @Test func aRequestIsSignedWhenItBecomesTheClients() throws {
        let token = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+token/with+specials=="
        let body = #"{"messages":[{"role":"user","content":[{"text":"Hello"}]}],"inferenceConfig":{"maxTokens":16}}"#
        let model = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
        let outgoing = try adapter.chatRequest(
            config(["aws_access_key_id": "AKIDEXAMPLE", "aws_session_token": token]),
            OutgoingChat(.bedrockConverse, model: model, stream: false, body: Array(body.utf8))
        )
        let request = ClientRequest(outgoing, at: 1_795_176_000)
        let headers = Dictionary(request.headers, uniquingKeysWith: { first, _ in first })
        #expect(headers["x-amz-date"] == "20261120T120000Z")
        #expect(headers["x-amz-security-token"] == token)
        #expect(
            headers["authorization"]
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/bedrock/aws4_request, "
                + "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
                + "Signature=d7f9f6aad8eef7978c8a74ed50f74d28781c67fb07a208ffd08df9175ddd26d0"
        )
        #expect(!request.headers.contains { $0.1.contains("K7MDENG") })
        #expect(outgoing.headers.allSatisfy { $0.name != "authorization" })
    }

    @Test func theOperatorsHostAndPathAreWhatIsSigned() throws {
        let one = try adapter.chatRequest(config(operatorURL: "http://127.0.0.1:9900/bedrock/"), chat("m"))
        #expect(one.url == "http://127.0.0.1:9900/bedrock/model/m/converse")
        #expect(one.reach == .operatorChoice)
        let other = try adapter.chatRequest(config(operatorURL: "http://127.0.0.1:9900"), chat("m"))
        let signature = { (request: OutgoingRequest) in
            ClientRequest(request, at: 1_795_176_000).headers.first { $0.0 == "authorization" }?.1
        }
        #expect(signature(one) != signature(other))
    }

    @Test func aRequestWithoutSigningStaysAsItIs() throws {
        let plain = OutgoingRequest(method: "GET", url: "https://h.example/", headers: [("a", "b")])
        #expect(ClientRequest(plain).headers.map(\.0) == ["a"])
    }

    @Test func noDescriptionOfASigningShowsASecret() throws {
        let outgoing = try adapter.chatRequest(config(["aws_session_token": "token-0123456789"]), chat("m"))
        var dumped = ""
        dump(outgoing, to: &dumped)
        let signing = try #require(outgoing.signing)
        for text in ["\(outgoing)", String(reflecting: outgoing), "\(signing)", String(reflecting: signing), dumped] {
            #expect(!text.contains("K7MDENG") && !text.contains("token-0123456789") && !text.contains("AKIDEXAMPLE"))
        }
    }

    // MARK: The connector's own model

    @Test func theConnectorsModelIsTheUsualOneAndAPainterAlsoForPictures() {
        #expect(adapter.usualModel(config()) == "us.anthropic.claude-sonnet-4-6")
        #expect(adapter.usualImageModel(config()) == "stability.stable-image-core-v1:1")
        let painter = config(["aws_model_id": "us.stability.stable-image-ultra-v1:1"])
        #expect(adapter.usualImageModel(painter) == "us.stability.stable-image-ultra-v1:1")
    }

    // MARK: Answers

    @Test(arguments: [
        ("ThrottlingException", "Too many tokens per day", ProviderError.Code.quotaExceeded),
        ("com.amazon.coral.service#ThrottlingException:http://x", "slow", .rateLimited),
        ("ModelNotReadyException", "", .rateLimited), ("ResourceNotFoundException", "", .notFound),
        ("ModelTimeoutException", "", .providerUnavailable), ("InternalServerException", "", .providerUnavailable),
        ("MissingAuthenticationTokenException", "", .authInvalid), ("SomethingNewException", "", .badRequest),
    ])
    func anExceptionsNameDecides(_ name: String, _ message: String, _ code: ProviderError.Code) {
        let text = #"{"__type":"\#(name)","Message":"\#(message)"}"#
        let error = adapter.failure(status: 400, header: { _ in nil }, body: Array(text.utf8))
        #expect(error.code == code)
        #expect(error.providerCode.map { name.contains($0) } ?? false)
    }

    @Test func aModelThatNeedsAProfileIsToldSo() throws {
        let fixture = try Fixture.named("bedrock-error-400-ondemand.json")
        let error = adapter.failure(status: 400, header: fixture.header, body: fixture.bytes)
        #expect(error.message.contains("inference profile"))
        #expect(!error.message.contains("claude"))
        #expect(error.providerRequestID == "5d1f1c20-0000-4000-8000-0000000000b1")
    }

    @Test func whoMayNotListModelsHasStillProvedTheKey() throws {
        let denied = try Fixture.named("bedrock-error-403-access.json")
        #expect(adapter.health(status: 403, header: denied.header, body: denied.bytes) == nil)
        let expired = try Fixture.named("bedrock-error-403-expired.json")
        #expect(adapter.health(status: 403, header: expired.header, body: expired.bytes)?.code == .authInvalid)
        #expect(adapter.health(status: 403, header: { _ in nil }, body: [])?.code == .permissionDenied)
    }

    @Test func theCatalogueHoldsWhatCanBeCalled() throws {
        let body = #"""
            {"modelSummaries":[
            {"modelId":"anthropic.claude-opus-5-5","providerName":"Anthropic","inferenceTypesSupported":["INFERENCE_PROFILE"]},
            {"modelId":"old","inferenceTypesSupported":["ON_DEMAND"],"modelLifecycle":{"status":"LEGACY","endOfLifeTime":"2026-12-01T00:00:00Z"}},
            {"modelId":"rented","inferenceTypesSupported":["PROVISIONED"]},{"modelId":""},{},7]}
            """#
        let models = try adapter.models(from: Array(body.utf8))
        #expect(models.map(\.id) == ["anthropic.claude-opus-5-5", "old"])
        #expect(models[0].owner == "Anthropic")
        #expect(models[1].shutdownDate == "2026-12-01")
        #expect(throws: ProviderError.self) { try adapter.models(from: Array("{}".utf8)) }
    }

    // MARK: Pictures

    private func imageBody(_ order: ImageOrder) throws -> JSONValue {
        try JSONValue(parsing: adapter.imageRequest(config(), order).body)
    }

    @Test func stabilityGetsTheNearestRatio() throws {
        let body = try imageBody(
            ImageOrder(
                model: "stability.stable-image-core-v1:1",
                prompt: "a boat",
                negativePrompt: "text",
                size: "1024x1024",
                format: "webp"
            )
        )
        let expected =
            #"{"prompt":"a boat","negative_prompt":"text","mode":"text-to-image","aspect_ratio":"1:1","output_format":"PNG"}"#
        #expect(body.text == expected)
        let wide = try imageBody(ImageOrder(model: "stability.x", prompt: "p", size: "1792x1024", format: "jpg"))
        #expect(wide["aspect_ratio"]?.string == "16:9" && wide["output_format"]?.string == "JPEG")
        #expect(try imageBody(ImageOrder(model: "stability.x", prompt: "p", size: "auto"))["aspect_ratio"] == nil)
    }

    @Test func amazonsModelsGetASizeThatTheyTake() throws {
        let body = try imageBody(
            ImageOrder(
                model: "amazon.nova-canvas-v1:0",
                prompt: "p",
                negativePrompt: "n",
                size: "1000x99999",
                quality: "hd"
            )
        )
        #expect(body["textToImageParams"]?.text == #"{"text":"p","negativeText":"n"}"#)
        #expect(
            body["imageGenerationConfig"]?.text
                == #"{"numberOfImages":1,"width":1024,"height":1024,"quality":"premium"}"#
        )
        let tall = try imageBody(ImageOrder(model: "amazon.titan-image-generator-v2:0", prompt: "p", size: "100x1800"))
        #expect(tall["imageGenerationConfig"]?["width"]?.int == 320)
        #expect(tall["imageGenerationConfig"]?["height"]?.int == 1_792)
    }

    @Test(arguments: [
        (#"{"seeds":[1],"finish_reasons":["Inference error"]}"#, ProviderError.Code.providerUnavailable),
        (#"{"finish_reasons":["Filter reason: output image"],"images":["AAAA"]}"#, .providerRejected),
        (#"{"status":"Request Moderated","details":{"Moderation Reasons":["x"]}}"#, .providerRejected),
        (#"{"images":[],"error":null}"#, .malformedResponse), (#"{"images":["%%"]}"#, .malformedResponse),
        (#"{"images":"AAAA"}"#, .malformedResponse), ("nothing", .malformedResponse),
    ])
    func anAnswerWithoutAPictureSaysWhy(_ body: String, _ code: ProviderError.Code) {
        #expect { try adapter.images(from: Array(body.utf8)) } throws: { ($0 as? ProviderError)?.code == code }
    }
}
