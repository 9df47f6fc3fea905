import Crypto
import HTTP
import JSON
import Loop
import Pictures
import Testing

@testable import ProviderSim

/// Gemini as it is simulated.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct GeminiTests {
    static let ask = #""contents":[{"role":"user","parts":[{"text":"What is the tide in Brest?"}]}]"#
    static let tools = #"""
        ,"tools":[{"functionDeclarations":[{"name":"tide_height","parameters_json_schema":{"type":"object",
        "properties":{"harbour":{"type":"string"}}}}]}]
        """#

    static func shape(_ bytes: [UInt8], leavingOut: Set<String> = []) throws -> String {
        try Fixture.shape(JSONValue(parsing: bytes), leavingOut: leavingOut)
    }

    @NetLoop
    static func call(
        _ server: SimServer,
        _ model: String,
        _ body: String = "{\(ask)}",
        method: String = "generateContent",
        key: String? = "AIzaGood"
    ) async throws -> SimServer.Answer {
        let headers = key.map { [("x-goog-api-key", $0)] } ?? []
        return try await server.call("/gemini/v1beta/models/\(model):\(method)", body, key: nil, headers: headers)
    }

    private static func events(_ answer: SimServer.Answer) throws -> [JSONValue] {
        let text = answer.text.replacing("\r\n", with: "\n")
        return try Fixture.events(Array(text.utf8)).map { try JSONValue(parsing: $0) }
    }

    // MARK: Shapes

    @Test func answersHaveTheProvidersShapes() throws {
        let head = GeminiWire.Head(id: "fx0123456789", model: "gemini-3.8-flash")
        let usage = GeminiWire.Usage(input: 12, output: 6, thoughts: 42)
        let text = GeminiWire.answer(head, [.text("Kingfishers dive.")], finish: "STOP", usage)
        #expect(try Self.shape(text) == Self.shape(Fixture.bytes("gemini-generate-success.json")))
        let tool = Conversation.Tool(name: "tide_height", arguments: #"{"harbour":"Brest"}"#)
        let call = GeminiWire.answer(head, [.call(tool)], finish: "STOP", usage)
        #expect(try Self.shape(call) == Self.shape(Fixture.bytes("gemini-generate-tool-success.json")))
        let blocked = try Self.shape(GeminiWire.blocked, leavingOut: ["promptTokensDetails"])
        #expect(try blocked == Self.shape(Fixture.bytes("gemini-prompt-blocked.json"), leavingOut: ["responseId"]))
    }

    @Test(arguments: [
        (Failure.invalidKey(nil), "gemini-error-400-key.json"), (.overloaded, "gemini-error-503.json"),
        (.forbidden, "gemini-error-403.json"), (.rateLimited, "gemini-error-429-rate.json"),
        (.quota, "gemini-error-429-daily.json"),
    ])
    func errorsHaveTheProvidersShapes(_ failure: Failure, _ name: String) throws {
        let extras: Set = ["metadata", "quotaMetric", "quotaDimensions", "quotaValue"]
        let ours = try Self.shape(GeminiWire.reply(to: failure).body, leavingOut: extras)
        #expect(try ours == Self.shape(Fixture.bytes(name), leavingOut: extras))
    }

    // MARK: Keys and requests

    @Test func aKeyIsLookedForInItsOwnHeader() async throws {
        try await SimServer.run { (server) async throws in
            #expect(try await Self.call(server, "gemini-3.8-flash").status == 200)
            let bad = try await Self.call(server, "gemini-3.8-flash", key: "AIza-bad")
            #expect(bad.status == 400 && bad.json?["error"]?["details"]?[0]?["reason"] == "API_KEY_INVALID")
            #expect(try await Self.call(server, "gemini-3.8-flash", key: nil).status == 403)
            let bearer = try await server.call("/gemini/v1beta/models", key: "AIzaGood")
            #expect(bearer.status == 403)
            for path in ["/gemini/v1beta/nothing", "/gemini/models", "/gemini/v1beta/models/gemini-3.8-flash:fly"] {
                #expect(try await server.call(path, "{}", headers: [("x-goog-api-key", "k")]).status == 404, "\(path)")
            }
        }
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"contents":[]}"#, #"{"contents":[{"parts":[]}]}"#,
        #"{"contents":[{"role":"assistant","parts":[{"text":"x"}]}]}"#, #"{"contents":[{"parts":[{}]}]}"#,
        #"{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"?"}}]}]}"#,
        #"{"contents":[{"parts":[{"text":"x"}]}],"messages":[]}"#,
        #"{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"max_tokens":5}}"#,
        #"{"contents":[{"parts":[{"text":"x"}]}],"toolConfig":{"functionCallingConfig":{"mode":"AUTO","allowedFunctionNames":["f"]}}}"#,
        #"{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":1,"thinkingLevel":"LOW"}}}"#,
        #"{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseModalities":["IMAGE"]}}"#,
    ])
    func aBodyThatIsNoRequestIsRefused(_ body: String) async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await Self.call(server, "gemini-3.8-flash", body)
            #expect(answer.status == 400 && answer.json?["error"]?["status"] == "INVALID_ARGUMENT")
        }
    }

    @Test func resultsMustAnswerTheCallsByTheirNamesAndCallsBeSigned() async throws {
        func body(_ call: String, _ name: String) -> String {
            #"""
            {"contents":[{"role":"user","parts":[{"text":"Tide?"}]},{"role":"model","parts":[{"functionCall":{"id":"a",
            "name":"tide","args":{}}\#(call)}]},{"role":"user","parts":[{"functionResponse":{"id":"a","name":"\#(name)",
            "response":{"output":"4.2 m"}}}]}]}
            """#
        }
        let signature = #","thoughtSignature":"c2ln""#
        try await SimServer.run { (server) async throws in
            let good = try await Self.call(server, "gemini-3.8-flash", body(signature, "tide"))
            #expect(good.text.contains("The tool says: 4.2 m"))
            #expect(try await Self.call(server, "gemini-3.8-flash", body(signature, "a")).status == 400)
            #expect(
                try await Self.call(server, "gemini-3.8-flash", body("", "tide")).text.contains("thought_signature")
            )
            #expect(try await Self.call(server, "gemini-2.5-flash", body("", "tide")).status == 200)
        }
    }

    // MARK: Chat

    @Test func aToolIsCalledWhenItFitsOrIsForced() async throws {
        let forced = #","toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["tide_height"]}}"#
        try await SimServer.run { (server) async throws in
            for more in [Self.tools, Self.tools + forced] {
                let answer = try await Self.call(server, "gemini-3.8-flash", "{\(Self.ask)\(more)}")
                let part = answer.json?["candidates"]?[0]?["content"]?["parts"]?[0]
                #expect(part?["functionCall"]?["args"] == ["harbour": "Brest"] && part?["thoughtSignature"] != nil)
                #expect(answer.json?["candidates"]?[0]?["finishReason"] == "STOP")
            }
            let none = Self.tools + #","toolConfig":{"functionCallingConfig":{"mode":"NONE"}}"#
            #expect(
                try await !Self.call(server, "gemini-3.8-flash", "{\(Self.ask)\(none)}").text.contains("functionCall")
            )
        }
    }

    @Test func aStreamHasTheTextOfTheBlockingAnswerAndCountsUpToItsEnd() async throws {
        try await SimServer.run { (server) async throws in
            let whole = try await Self.call(server, "gemini-3.8-flash").json
            let answer = try await Self.call(server, "gemini-3.8-flash", method: "streamGenerateContent?alt=sse")
            #expect(answer.headers["content-type"] == "text/event-stream" && answer.text.hasSuffix("\r\n\r\n"))
            let events = try Self.events(answer)
            let text = events.map { $0["candidates"]?[0]?["content"]?["parts"]?[0]?["text"]?.string ?? "" }.joined()
            #expect(text == whole?["candidates"]?[0]?["content"]?["parts"]?[0]?["text"]?.string)
            #expect(events.last?["usageMetadata"] == whole?["usageMetadata"])
            #expect(events.dropLast().allSatisfy { $0["candidates"]?[0]?["finishReason"] == nil })
            let array = try await Self.call(server, "gemini-3.8-flash", method: "streamGenerateContent")
            #expect(array.json?.array?.count == events.count)
        }
    }

    @Test(arguments: [
        ("sim-error-500", 500), ("sim-error-429", 429), ("sim-error-401", 400), ("sim-quota", 429),
        ("sim-error-503", 503), ("sim-html-502", 502), ("sim-empty-200", 200), ("sim-200-error", 200),
        ("sim-malformed", 200), ("sim-moderated", 200), ("nobody", 404),
    ])
    func aModelFailsAsItsNameSays(model: String, status: Int) async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await Self.call(server, model)
            #expect(answer.status == status && answer.json?["candidates"] == nil)
            if status == 429 { #expect(answer.text.contains("RetryInfo") && answer.headers["retry-after"] == nil) }
        }
    }

    @Test func aBrokenStreamHasNoEnd() async throws {
        try await SimServer.run { (server) async throws in
            for model in ["sim-cut", "sim-200-error", "sim-malformed"] {
                let answer = try await Self.call(server, model, method: "streamGenerateContent?alt=sse")
                #expect(answer.text.hasPrefix("data: {") && !answer.text.contains("finishReason"))
                #expect(answer.wasCut == (model == "sim-cut"))
                if model == "sim-200-error" { #expect(answer.text.contains("{\n  \"error\"")) }
            }
        }
    }

    @Test func modelsComeInPagesAndTokensAreCounted() async throws {
        let key = [("x-goog-api-key", "AIzaGood")]
        try await SimServer.run { (server) async throws in
            let page = try await server.call("/gemini/v1beta/models?pageSize=3", key: nil, headers: key).json
            #expect(page?["models"]?.array?.count == 3 && page?["nextPageToken"] == "3")
            let all = try await server.call("/gemini/v1/models?pageSize=1000", key: nil, headers: key).json
            #expect(all?["models"]?.array?.count == GeminiWire.models.count && all?["nextPageToken"] == nil)
            let one = try await server.call("/gemini/v1beta/models/gemini-3.8-flash", key: nil, headers: key)
            #expect(one.json?["name"] == "models/gemini-3.8-flash")
            let count = try await Self.call(server, "gemini-3.8-flash", method: "countTokens").json
            #expect((count?["totalTokens"]?.int ?? 0) > 5)
        }
    }

    // MARK: Images

    @Test func aPictureHasTheProportionsAskedFor() async throws {
        try await PixelLoop.run { try Studio.open() }
        let config = #","generationConfig":{"responseModalities":["IMAGE"],"imageConfig":{"aspectRatio":"16:9"}}"#
        try await SimServer.run { (server) async throws in
            let answer = try await Self.call(server, "gemini-3.1-flash-image", "{\(Self.ask)\(config)}")
            let parts = answer.json?["candidates"]?[0]?["content"]?["parts"]?.array ?? []
            #expect(parts.count == 1)
            let bytes = try Base64.decode(parts.first?["inlineData"]?["data"]?.string ?? "")
            try await PixelLoop.run {
                let info = try Picture.inspect(bytes)
                #expect(info == PictureInfo(type: .png, width: 1_360, height: 768, hasAlpha: false))
            }
            for (model, finish) in [("sim-zero-images", "NO_IMAGE"), ("sim-moderated", "IMAGE_SAFETY")] {
                let none = try await Self.call(server, model, "{\(Self.ask)\(config)}").json
                #expect(none?["candidates"]?[0]?["finishReason"]?.string == finish)
                #expect(none?["candidates"]?[0]?["content"] == .object([]))
            }
        }
    }
}
