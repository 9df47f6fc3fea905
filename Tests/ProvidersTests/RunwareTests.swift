import JSON
import Providers
import Testing

/// What Runware is sent, and what its answers are read as beyond the stored ones.
@Suite struct RunwareTests {
    private let config = ConnectorConfig(type: "runware", credentials: ["api_key": "0123456789abcdef"])

    private func task(_ order: ImageOrder) throws -> JSONValue {
        let body = try JSONValue(parsing: try RunwareAdapter().imageRequest(config, order).body)
        #expect(body.array?.count == 1)
        return try #require(body[0])
    }

    private func images(_ text: String) throws(ProviderError) -> ImageResult {
        try RunwareAdapter().images(from: Array(text.utf8))
    }

    @Test func anOrderIsAnArrayOfOneTask() throws {
        var order = ImageOrder(model: "runware:101@1", prompt: "a red square", negativePrompt: "text", size: "1024x768")
        (order.format, order.quality, order.idempotencyKey) = ("jpg", "high", "img_1")
        let request = try RunwareAdapter().imageRequest(config, order)
        #expect(request.url == "https://api.runware.ai/v1" && request.method == "POST")
        #expect(request.headers.contains { $0.name == "authorization" && $0.value == "Bearer 0123456789abcdef" })
        var task = try task(order)
        let id = try #require(task["taskUUID"]?.string)
        task = .object((task.object ?? []).filter { $0.name != "taskUUID" })
        #expect(
            task == [
                "taskType": "imageInference", "model": "runware:101@1", "positivePrompt": "a red square",
                "negativePrompt": "text", "width": 1024, "height": 768, "numberResults": 1, "outputType": "base64Data",
                "outputFormat": "JPG", "includeCost": true, "deliveryMethod": "sync",
            ]
        )
        #expect(id.utf8.count == 36)
    }

    @Test func aTaskHasAUUIDOfVersion4ThatARepeatedAttemptCarriesAgain() throws {
        func id(_ change: (inout ImageOrder) -> Void = { _ in }) throws -> String {
            var order = ImageOrder(model: "m", prompt: "p")
            change(&order)
            return try task(order)["taskUUID"]?.string ?? ""
        }
        let form = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        for number in 0..<200 { #expect(try id { $0.prompt = "\(number)" }.wholeMatch(of: form) != nil) }
        #expect(try id() == id())
        #expect(try id { $0.idempotencyKey = "k" } == id { ($0.idempotencyKey, $0.prompt) = ("k", "other") })
        let different = try [
            id(), id { $0.idempotencyKey = "k" }, id { $0.idempotencyKey = "l" }, id { $0.model = "n" },
            id { $0.prompt = "q" }, id { $0.negativePrompt = "p" }, id { $0.size = "64x64" }, id { $0.quality = "p" },
            id { $0.format = "png" }, id { ($0.model, $0.prompt) = ("mp", "") },
        ]
        #expect(Set(different).count == different.count)
    }

    @Test(
        arguments: [
            (nil, 1024, 1024), ("auto", 1024, 1024), ("1000x1000", 1024, 1024), ("512x512", 512, 512),
            ("1x1", 128, 128), ("4096x2048", 2048, 1024), ("1920x1080", 1920, 1088), ("65536x64", 2048, 128),
        ] as [(String?, Int64, Int64)]
    )
    func sidesAreMultiplesOf64(_ size: String?, _ width: Int64, _ height: Int64) throws {
        let task = try task(ImageOrder(model: "m", prompt: "p", size: size))
        #expect(task["width"]?.int == width && task["height"]?.int == height)
    }

    @Test(arguments: [
        ("runware:101@1", true), ("civitai:1@2", true), ("openai:gpt-image@2", false), ("ideogram:4@0", false),
    ])
    func aNegativePromptGoesToModelsThatKnowOne(_ model: String, _ knows: Bool) throws {
        let task = try task(ImageOrder(model: model, prompt: "p", negativePrompt: "text"))
        #expect((task["negativePrompt"] != nil) == knows)
    }

    @Test func healthIsAFreeTask() throws {
        let request = try RunwareAdapter().healthRequest(config)
        let body = try JSONValue(parsing: request.body)
        #expect(request.method == "POST" && body[0]?["taskType"] == "accountManagement")
        #expect(body[0]?["operation"] == "getDetails")
        let refused = Array(#"{"errors":[{"code":"invalidApiKey"}]}"#.utf8)
        for status in [200, 401] {
            #expect(RunwareAdapter().health(status: status, header: { _ in nil }, body: refused)?.code == .authInvalid)
        }
        #expect(RunwareAdapter().health(status: 200, header: { _ in nil }, body: [])?.code == .malformedResponse)
    }

    @Test func picturesWinOverErrorsAndTheirPricesAddUp() throws {
        let partial = try Fixture.named("runware-partial.json")
        #expect(try RunwareAdapter().images(from: partial.bytes).usage?.reportedCostUSD == 0.0038)
        let free = try Fixture.named("runware-image-b64-success.json")
        #expect(try RunwareAdapter().images(from: free.bytes).usage == nil)
        let uri = try images(#"{"data":[{"imageDataURI":"data:image/png;base64,iVBORw==","cost":0}]}"#)
        #expect(uri.images == [.bytes([0x89, 0x50, 0x4E, 0x47])] && uri.usage?.reportedCostUSD == 0)
    }

    @Test(arguments: [
        (
            #"{"data":[{"taskUUID":"x","status":"error","error":{"code":"promptBlocked"}}]}"#,
            ProviderError.Code.providerRejected
        ),
        (#"{"data":[{"imageBase64Data":"iVBORw==","NSFWContent":true}]}"#, .providerRejected),
        (#"{"error":{"code":"insufficientCredits"},"taskUUID":"x"}"#, .quotaExceeded),
        (#"{"data":[{"taskType":"imageInference","taskUUID":"x"}]}"#, .malformedResponse),
        (#"{"data":[{"imageBase64Data":"?"}]}"#, .malformedResponse),
        (#"{"data":[{"imageURL":"file:///etc/passwd"}]}"#, .malformedResponse), ("[]", .malformedResponse),
    ])
    func anAnswerWithoutAPictureIsAnError(_ body: String, _ code: ProviderError.Code) {
        do throws(ProviderError) {
            _ = try images(body)
            Issue.record("no picture passed for one")
        } catch {
            #expect(error.code == code)
        }
    }

    @Test(arguments: [
        ("insufficientCredits", ProviderError.Code.quotaExceeded), ("quotaExceeded", .quotaExceeded),
        ("environmentPaused", .quotaExceeded), ("imageRateLimit", .rateLimited), ("invalidApiKey", .authInvalid),
        ("accountSuspended", .authInvalid), ("tokenExpired", .authInvalid),
        ("invalidProviderContent", .providerRejected),
        ("providerContentPolicyViolation", .providerRejected), ("providerTimeout", .providerUnavailable),
        ("modelNotFound", .notFound), ("taskExpired", .notFound), ("unknownModel", .notFound),
        ("providerError", .providerUnavailable), ("inferenceError", .providerUnavailable),
        ("invalidWidth", .badRequest),
        ("unsupportedParameter", .badRequest), ("maxLength", .badRequest), ("somethingNew", .badRequest),
    ])
    func aCodeHasItsClassInTheSheetsOrder(_ word: String, _ code: ProviderError.Code) {
        let body = Array(#"{"errors":[{"code":"\#(word)","parameter":["width","height"],"message":"sk-abc"}]}"#.utf8)
        let error = RunwareAdapter().failure(status: 400, header: { $0 == "x-request-id" ? "req_1" : nil }, body: body)
        #expect(error.code == code && error.providerCode == word && error.param == "width")
        #expect(error.providerRequestID == "req_1" && !error.message.contains("sk-abc"))
    }

    @Test func aPictureElsewhereIsFetchedWithoutTheKey() throws {
        let request = try RunwareAdapter().fetchRequest(config, url: "https://im.runware.ai/a.png")
        #expect(request.reach == .anyHost && !request.headers.contains { $0.name == "authorization" })
        #expect(throws: ProviderError.self) { try RunwareAdapter().fetchRequest(config, url: "http://im.runware.ai/a") }
    }

    @Test func theModelsToBeginWithAreListedForAGoodKeyAlone() throws {
        let good = Array(#"{"data":[{"taskType":"accountManagement","organizationName":"x"}]}"#.utf8)
        #expect(try RunwareAdapter().models(from: good).contains { $0.id == RunwareAdapter().capabilities.imageModel })
        #expect(throws: ProviderError.self) { try RunwareAdapter().models(from: Array("{}".utf8)) }
    }
}
