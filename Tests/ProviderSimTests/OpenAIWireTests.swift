import JSON
import Pictures
import Testing

@testable import ProviderSim

@Suite struct OpenAIWireTests {
    let head = OpenAIWire.Head(id: "chatcmpl-0123456789abcdefghijklmnopqrs", created: 1_795_176_000, model: "gpt-4.1")
    let usage = OpenAIWire.Usage(input: 21, output: 5)
    let tool = Conversation.Tool(name: "tide_height", arguments: #"{"harbour":"Brest"}"#)

    func shape(_ bytes: [UInt8], without: Set<String> = []) throws -> String {
        try Fixture.shape(JSONValue(parsing: bytes), leavingOut: without)
    }

    func shape(_ name: String, without: Set<String> = []) throws -> String {
        try Fixture.shape(Fixture.json(name), leavingOut: without)
    }

    func request(_ text: String) throws -> ImageRequest {
        try ImageRequest(JSONValue(parsing: text), strict: false)
    }

    // MARK: Chat

    @Test func aBlockingAnswerHasTheProvidersShape() throws {
        let choice = Speech(text: "Kingfishers dive.")
        #expect(try shape(OpenAIWire.completion(head, [choice], usage)) == shape("openai-chat-success.json"))
    }

    @Test func aToolCallHasTheProvidersShape() throws {
        let choice = Speech(tool: tool)
        let extras: Set = ["service_tier", "system_fingerprint"]
        let ours = try shape(OpenAIWire.completion(head, [choice], usage), without: extras)
        #expect(try ours == shape("openai-chat-tool-success.json"))
    }

    @Test func everyPieceOfAStreamHasTheProvidersShape() throws {
        let theirs = Fixture.events(try Fixture.bytes("openai-chat-stream.sse")).filter { $0 != "[DONE]" }
        let chunk = { OpenAIWire.chunk(head, $0, usageIsNull: true, obfuscation: "q1Zk") }
        let ours = [
            chunk(.role(hasContent: true)), chunk(.text("Le mar")), chunk(.text("tin")), chunk(.text(".")),
            chunk(.end("stop")),
            OpenAIWire.usageChunk(head, usage),
        ]
        #expect(ours.count == theirs.count)
        for (our, their) in zip(ours, theirs) {
            #expect(try shape(our) == Fixture.shape(JSONValue(parsing: their)))
        }
    }

    @Test func everyPieceOfAToolCallHasTheProvidersShape() throws {
        let theirs = Fixture.events(try Fixture.bytes("openai-chat-tool-stream.sse"))
        let chunk = { OpenAIWire.chunk(head, $0, usageIsNull: true, obfuscation: nil) }
        for (our, index) in [(chunk(.toolStart(tool)), 1), (chunk(.toolArguments(#"{"har"#)), 2)] {
            #expect(try shape(our) == Fixture.shape(JSONValue(parsing: theirs[index])))
        }
    }

    // MARK: Images and models

    @Test func imagesHaveTheProvidersShape() throws {
        let ours = OpenAIWire.images(try request(#"{"prompt":"a"}"#), created: 1, [.base64("AAAA")])
        #expect(try shape(ours) == shape("openai-images-success.json"))
    }

    @Test func imageEventsHaveTheProvidersShape() throws {
        let theirs = Fixture.events(try Fixture.bytes("openai-images-stream.sse"))
        let image = try request(#"{"prompt":"a"}"#)
        let partial = OpenAIWire.partialImage(image, created: 1, index: 0, base64: "AAAA")
        let completed = OpenAIWire.completedImage(image, created: 1, base64: "AAAA")
        #expect(try shape(partial) == Fixture.shape(JSONValue(parsing: theirs[0])))
        #expect(try shape(completed) == Fixture.shape(JSONValue(parsing: theirs[2])))
    }

    @Test func theModelListHasTheProvidersShape() throws {
        #expect(try shape(OpenAIWire.modelList()) == shape("openai-models.json"))
    }

    // MARK: Errors

    @Test(arguments: [
        (Failure.invalidKey("sk-fx12340000"), 401, "openai-error-401-key.json"),
        (.forbidden, 403, "openai-error-403-country.json"),
        (.modelNotFound, 404, "openai-error-404-model.json"), (.rateLimited, 429, "openai-error-429-rate.json"),
        (.quota, 429, "openai-error-429-quota.json"), (.moderated, 400, "openai-error-400-moderation.json"),
        (.overloaded, 503, "openai-error-503-overloaded.json"),
    ])
    func failuresHaveTheProvidersShapeAndCode(failure: Failure, status: Int, fixture: String) throws {
        let reply = OpenAIWire.reply(to: failure)
        let theirs = try Fixture.json(fixture)
        let ours = try JSONValue(parsing: reply.body)
        #expect(reply.status == status)
        #expect(Fixture.shape(ours) == Fixture.shape(theirs))
        #expect(ours["error"]?["code"] == theirs["error"]?["code"])
    }

    @Test func aKeyIsNeverRepeatedWhole() {
        let body = String(decoding: OpenAIWire.reply(to: .invalidKey("sk-bad-0123456789")).body, as: UTF8.self)
        #expect(!body.contains("sk-bad-0123456789") && body.contains("sk-ba****6789"))
    }

    @Test func aRateLimitSaysHowLong() {
        let headers = OpenAIWire.reply(to: .rateLimited, retryAfter: .milliseconds(1_860)).headers
        #expect(
            headers.contains { $0 == ("retry-after", "2") } && headers.contains { $0 == ("retry-after-ms", "1860") }
        )
    }
}
