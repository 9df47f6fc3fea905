import Crypto
import HTTP
import JSON
import Loop
import Pictures
import Testing

@testable import ProviderSim

/// Runware as it is simulated.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct RunwareTests {
    static let id = "3f0e6a2c-58a4-4c7e-9c4f-0b6a2f7b1a01"

    private static func task(_ more: String = "", model: String = "runware:101@1", id: String = id) -> String {
        #"""
        [{"taskType":"imageInference","taskUUID":"\#(id)","model":"\#(model)","positivePrompt":"a red square",
        "width":128,"height":192,"includeCost":true\#(more)}]
        """#
    }

    private static func code(_ answer: SimServer.Answer) -> String? { answer.json?["errors"]?[0]?["code"]?.string }

    @Test func answersHaveTheProvidersShapes() throws {
        func shape(_ result: RunwareWire.Result) throws -> String {
            try Fixture.shape(JSONValue(parsing: RunwareWire.answer([result])))
        }
        let url = RunwareWire.Result.picture(Self.id, .url("https://x"), seed: 7, cost: 0.0038, isAsync: false)
        #expect(try shape(url) == Fixture.shape(Fixture.json("runware-image-url-success.json")))
        let base64 = RunwareWire.Result.picture(Self.id, .base64("AA=="), seed: 7, cost: nil, isAsync: false)
        let theirs = try Fixture.shape(Fixture.json("runware-image-b64-success.json"), leavingOut: ["NSFWContent"])
        #expect(try shape(base64) == theirs)
        #expect(try shape(.processing(Self.id)) == Fixture.shape(Fixture.json("runware-async-processing.json")))
        #expect(try shape(.acknowledged(Self.id)) == Fixture.shape(Fixture.json("runware-async-ack.json")))
        #expect(try shape(.pong) == Fixture.shape(Fixture.json("runware-ping.json")))
    }

    @Test(arguments: [
        (Failure.invalidKey(nil), "runware-error-401.json"), (.rateLimited, "runware-error-429.json"),
        (.quota, "runware-error-credits.json"), (.moderated, "runware-error-nsfw.json"),
    ])
    func errorsHaveTheProvidersShapesAndCodes(_ failure: Failure, _ name: String) throws {
        let task = try RunwareTask.all(JSONValue(parsing: Self.task()).array).first
        let ours = try JSONValue(parsing: RunwareWire.reply(to: failure, task: task).body)
        let theirs = try Fixture.json(name)
        #expect(Fixture.shape(ours) == Fixture.shape(theirs))
        #expect(ours["errors"]?[0]?["code"] == theirs["errors"]?[0]?["code"])
    }

    @Test func aKeyIsABearer() async throws {
        try await SimServer.run { (server) async throws in
            #expect(try await Self.code(server.call("/runware/v1", Self.task(), key: nil)) == "missingApiKey")
            #expect(try await Self.code(server.call("/runware/v1", Self.task(), key: "bad")) == "invalidApiKey")
            #expect(try await server.call("/runware/v2", Self.task()).status == 404)
            let account = #"[{"taskType":"accountManagement","operation":"getDetails","taskUUID":"\#(Self.id)"}]"#
            #expect(try await server.call("/runware/v1", account).json?["data"]?[0]?["taskUUID"]?.string == Self.id)
            #expect(try await server.call("/runware/v1", #"[{"taskType":"ping","ping":true}]"#).status == 200)
        }
    }

    @Test(arguments: [
        ("{}", "invalidRequestFormat"), ("[]", "invalidRequestFormat"), ("", "invalidRequestFormat"),
        ("[{}]", "missingTaskType"), (#"[{"taskType":"imageInference"}]"#, "missingTaskUUID"),
        (#"[{"taskType":"imageInference","taskUUID":"1"}]"#, "invalidTaskUUID"),
        (#"[{"taskType":"fly","taskUUID":"3f0e6a2c-58a4-4c7e-9c4f-0b6a2f7b1a01"}]"#, "unsupportedTaskType"),
        (task(id: "3f0e6a2c-58a4-1c7e-9c4f-0b6a2f7b1a01"), "invalidTaskUUID"), (task(model: "flux"), "invalidModel"),
        (task(#","height":100"#).replacing(#""height":192,"#, with: ""), "invalidHeight"),
        (task(#","quality":"high""#), "unsupportedParameter"),
        (task(#","negativePrompt":"x""#, model: "openai:gpt-image@2"), "unsupportedParameter"),
        (task(#","outputFormat":"png""#), "invalidOutputFormat"), (task(#","outputType":"b64""#), "invalidOutputType"),
        (task(model: "sim-quota"), "insufficientCredits"), (task(model: "sim-moderated"), "contentPolicyViolation"),
        (task(model: "runware:sim-quota@1"), "insufficientCredits"), (task(model: "nobody:1@1"), "modelNotFound"),
        (task(model: "sim-error-429"), "rateLimitExceeded"),
    ])
    func whatIsWrongIsToldByItsCode(_ body: String, _ code: String) async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await server.call("/runware/v1", body)
            #expect(Self.code(answer) == code)
            #expect((answer.headers["retry-after"] != nil) == (answer.status == 429))
        }
    }

    @Test func aPictureIsRealAndHasItsPrice() async throws {
        try await PixelLoop.run { try Studio.open() }
        let more = #","negativePrompt":"text","outputType":"base64Data","outputFormat":"WEBP","numberResults":2"#
        try await SimServer.run { (server) async throws in
            let data = try await server.call("/runware/v1", Self.task(more)).json?["data"]?.array ?? []
            #expect(data.count == 2 && data[0]["imageBase64Data"] != data[1]["imageBase64Data"])
            #expect((data[0]["cost"]?.double ?? 0) > 0)
            let bytes = try Base64.decode(data[0]["imageBase64Data"]?.string ?? "")
            try await PixelLoop.run {
                let info = try Picture.inspect(bytes)
                #expect(info == PictureInfo(type: .webp, width: 128, height: 192, hasAlpha: false))
            }
        }
    }

    @Test func aTaskWithoutItsCallerIsAskedForUntilItIsDone() async throws {
        try await PixelLoop.run { try Studio.open() }
        let poll = #"[{"taskType":"getResponse","taskUUID":"\#(Self.id)"}]"#
        try await SimServer.run { (server) async throws in
            #expect(try await Self.code(server.call("/runware/v1", poll)) == "taskFailedOrNotFound")
            let told = try await server.call("/runware/v1", Self.task(#","deliveryMethod":"async""#)).json
            #expect(told?["data"]?[0]?.object?.count == 2)
            #expect(try await server.call("/runware/v1", poll).json?["data"]?[0]?["status"] == "processing")
            let done = try await server.call("/runware/v1", poll).json?["data"]?[0]
            #expect(done?["status"] == "success" && done?["imageURL"]?.string?.contains("/sim/pictures/") == true)
        }
    }
}
