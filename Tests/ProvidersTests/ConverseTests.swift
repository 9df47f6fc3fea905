import Foundation
import JSON
import Loop
import Providers
import Support
import Testing

/// Converse's bodies and answers.
@Suite struct ConverseTests {
    private let codec = ConverseCodec()
    private let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4IacBRwzEcQDBAxDhXItBgQAAAABJRU5ErkJggg=="

    private func body(_ request: ChatRequest) throws -> JSONValue { try JSONValue(parsing: codec.body(for: request)) }

    private func messages(_ list: [ChatMessage]) throws -> String {
        try body(ChatRequest(model: "amazon.nova-lite-v1:0", messages: list))["messages"]?.text ?? ""
    }

    private let call = ToolCall(id: "tooluse_fxA", name: "tide_height", arguments: #"{"harbour":"Brest"}"#)

    private var tool: ChatTool {
        get throws {
            let schema = try JSONValue(
                parsing: #"{"type":"object","properties":{"harbour":{"type":"string"}},"required":["harbour"],"#
                    + #""additionalProperties":false}"#
            )
            return ChatTool("tide_height", description: "Tide height now", schema: schema)
        }
    }

    @Test func theBodyIsTheOneThatAWSsLibrarySends() throws {
        let file = try Data(contentsOf: Fixture.folder.appending(path: "sdk-requests.json"))
        let name = "bedrock converse (vision + tool round trip + forced tool)"
        let sent = try #require(try JSONValue(parsing: [UInt8](file))["requests"]?[name]?["body"])
        var request = ChatRequest(
            model: "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
            messages: [
                ChatMessage(.system, "Be brief."),
                ChatMessage(
                    .user,
                    [.text("What is this?"), .image(ImagePart(.data(mediaType: "image/png", base64: pixel)))]
                ),
                ChatMessage(.assistant, [.toolCall(call)]),
                ChatMessage(.tool, [.toolResult(ToolResult(callID: call.id, content: [.text("4.2 m")]))]),
            ]
        )
        request.tools = [try tool]
        request.toolChoice = .tool("tide_height")
        (request.maxTokens, request.temperature, request.topP, request.topK) = (256, 0.2, 0.9, 20)
        request.stop = ["END"]
        request.stream = true
        // Success is the default and left out.
        let expected = sent.text.replacingOccurrences(of: #","status":"success""#, with: "")
        #expect(try body(request).text == expected)
    }

    @Test func turnsAlternateAndBlankTextIsLeftOut() throws {
        let text = try messages([
            ChatMessage(.user, "one"), ChatMessage(.system, " "), ChatMessage(.user, " \n"), ChatMessage(.user, "two"),
            ChatMessage(.assistant, ""), ChatMessage(.assistant, "three"), ChatMessage(.user, "four"),
        ])
        let expected =
            #"[{"role":"user","content":[{"text":"one"},{"text":"two"}]},"#
            + #"{"role":"assistant","content":[{"text":"three"}]},{"role":"user","content":[{"text":"four"}]}]"#
        #expect(text == expected)
    }

    @Test func allResultsOfOneTurnStandInOneMessage() throws {
        let other = ToolCall(id: "call|with spaces", name: "tide_height", arguments: "")
        let list = [
            ChatMessage(.user, "go"), ChatMessage(.assistant, [.toolCall(call), .toolCall(other)]),
            ChatMessage(.tool, [.toolResult(ToolResult(callID: call.id, content: [.text("a")]))]),
            ChatMessage(.tool, [.toolResult(ToolResult(callID: other.id, content: [], isError: true))]),
            ChatMessage(.user, "so?"),
        ]
        let turns = try #require(try JSONValue(parsing: messages(list)).array)
        #expect(turns.map { $0["role"]?.string } == ["user", "assistant", "user"])
        let content = try #require(turns[2]["content"]?.array)
        #expect(content.count == 3 && content[2]["text"]?.string == "so?")
        #expect(content[1]["toolResult"]?["status"]?.string == "error")
        let id = try #require(turns[1]["content"]?[1]?["toolUse"]?["toolUseId"]?.string)
        #expect(id == content[1]["toolResult"]?["toolUseId"]?.string)
        #expect(id.count <= 64 && !id.contains(" ") && id != call.id)
        #expect(turns[1]["content"]?[1]?["toolUse"]?["input"] == .object([]))
    }

    @Test func callsInTheConversationBringTheirToolsAlong() throws {
        var request = ChatRequest(
            model: "amazon.nova-pro-v1:0",
            messages: [
                ChatMessage(.user, "go"), ChatMessage(.assistant, [.toolCall(call)]),
                ChatMessage(.tool, [.toolResult(ToolResult(callID: call.id, content: [.text("4 m")]))]),
            ]
        )
        let config = try body(request)["toolConfig"]
        #expect(
            config?.text == #"{"tools":[{"toolSpec":{"name":"tide_height","inputSchema":{"json":{"type":"object"}}}}]}"#
        )
        request.tools = [try tool]
        request.toolChoice = ToolChoice.none
        let told = try body(request)
        #expect(told["toolConfig"] == nil && !told.text.contains("toolUse") && !told.text.contains("toolResult"))
        #expect(told.text.contains("tide_height") && told.text.contains("4 m") && told.text.contains("Brest"))
    }

    @Test(arguments: [
        (ToolChoice.auto, #"{"auto":{}}"#), (.required, #"{"any":{}}"#), (.tool("t"), #"{"tool":{"name":"t"}}"#),
    ])
    func aChoiceHasItsWord(_ choice: ToolChoice, _ expected: String) throws {
        var request = ChatRequest(model: "m", messages: [ChatMessage(.user, "x")])
        request.tools = [ChatTool("t")]
        request.toolChoice = choice
        #expect(try body(request)["toolConfig"]?["toolChoice"]?.text == expected)
    }

    @Test func newerModelsGetNoSamplingAndEffortOnlyWhereItIsKnown() throws {
        func options(_ model: String) throws -> JSONValue {
            var request = ChatRequest(model: model, messages: [ChatMessage(.user, "x")])
            (request.temperature, request.topP, request.topK, request.maxTokens) = (1.5, 0.9, 5, 100)
            request.reasoning = ReasoningWish(effort: "minimal")
            request.seed = 7
            return try body(request)
        }
        let new = try options("global.anthropic.claude-opus-5-5")
        #expect(new["inferenceConfig"]?.text == #"{"maxTokens":100}"# && new["additionalModelRequestFields"] == nil)
        #expect(new["outputConfig"]?.text == #"{"effort":"low"}"#)
        let middle = try options("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
        #expect(middle["inferenceConfig"]?.text == #"{"maxTokens":100,"temperature":1.0}"#)
        #expect(middle["additionalModelRequestFields"]?.text == #"{"top_k":5}"# && middle["outputConfig"] == nil)
        let nova = try options("amazon.nova-lite-v1:0")
        #expect(nova["inferenceConfig"]?["topP"]?.double == 0.9 && nova["additionalModelRequestFields"] == nil)
    }

    @Test func aBudgetIsNamedWhereItCanBe() throws {
        var request = ChatRequest(
            model: "anthropic.claude-3-7-sonnet-20250219-v1:0",
            messages: [ChatMessage(.user, "x")]
        )
        request.reasoning = ReasoningWish(budgetTokens: 2_048)
        request.temperature = 0.5
        let thinking = #"{"thinking":{"type":"enabled","budget_tokens":2048}}"#
        #expect(try body(request)["additionalModelRequestFields"]?.text == thinking)
        #expect(try body(request)["inferenceConfig"] == nil)
        request.toolChoice = .required
        #expect(try body(request)["additionalModelRequestFields"] == nil)
        request.toolChoice = nil
        request.maxTokens = 2_048
        #expect(try body(request)["additionalModelRequestFields"] == nil)
    }

    @Test func aSchemaIsPassedOnAndJSONIsAskedForInWords() throws {
        var request = ChatRequest(model: "m", messages: [ChatMessage(.user, "x")])
        request.format = .schema(name: "tide", schema: try JSONValue(parsing: #"{"type":"object"}"#), isStrict: true)
        let format = try body(request)["outputConfig"]?["textFormat"]
        #expect(format?["type"]?.string == "json_schema")
        #expect(format?["structure"]?["jsonSchema"]?["schema"]?.string == #"{"type":"object"}"#)
        request.format = .json
        #expect(try body(request)["system"]?[0]?["text"]?.string?.contains("JSON") == true)
    }

    @Test func whatConverseCanNotSayIsRefused() {
        let lists: [[ChatMessage]] = [
            [], [ChatMessage(.system, "x")], [ChatMessage(.assistant, "x"), ChatMessage(.user, "y")],
            [ChatMessage(.user, " ")],
            [ChatMessage(.user, [.image(ImagePart(.url("https://h.example/a.png")))])],
            [ChatMessage(.user, [.image(ImagePart(.data(mediaType: "image/tiff", base64: "AAAA")))])],
            [
                ChatMessage(.user, "x"),
                ChatMessage(.assistant, [.toolCall(ToolCall(id: "a", name: "b", arguments: "[]"))]),
            ],
        ]
        for list in lists {
            #expect { try messages(list) } throws: { ($0 as? ProviderError)?.code == .badRequest }
        }
    }

    // MARK: Answers

    @Test func anAnswerGoesBackAsItCame() throws {
        let parts: [ContentPart] = [
            .reasoning(ReasoningPart("Hm.", signature: "sig")), .reasoning(ReasoningPart("", redacted: "AAAA")),
            .text("Checking."), .toolCall(call),
        ]
        let list = [ChatMessage(.user, "go"), ChatMessage(.assistant, parts)]
        let content = try JSONValue(parsing: messages(list))[1]?["content"]?.text ?? ""
        let answer = #"{"output":{"message":{"role":"assistant","content":\#(content)}},"stopReason":"tool_use"}"#
        let result = try codec.result(from: Array(answer.utf8))
        #expect(result.parts == parts)
        #expect(result.stopReason == .toolCalls && result.usage == nil)
    }

    @Test func theCachesTokensArePartOfTheInput() throws {
        let answer =
            #"{"output":{"message":{"content":[{"text":"x"}]}},"stopReason":"unheard_of","usage":"#
            + #"{"inputTokens":5,"outputTokens":2,"totalTokens":37,"cacheReadInputTokens":10,"cacheWriteInputTokens":20}}"#
        let result = try codec.result(from: Array(answer.utf8))
        #expect(result.usage?.inputTokens == 35 && result.usage?.totalTokens == 37)
        #expect(result.usage?.cachedInputTokens == 10 && result.usage?.cacheWriteInputTokens == 20)
        #expect(result.stopReason == .other)
    }

    @Test func anExceptionUnderA200IsAnError() {
        let body = Array(#"{"__type":"ThrottlingException","message":"slow down"}"#.utf8)
        #expect { try codec.result(from: body) } throws: { ($0 as? ProviderError)?.code == .rateLimited }
    }

    @Test func noChangedFixtureTraps() throws {
        let seed = runSeed
        var generator = SeededGenerator(seed: seed)
        for fixture in Fixture.all where fixture.type == "bedrock" {
            for _ in 0..<300 {
                var bytes = fixture.bytes
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    guard let place = bytes.indices.randomElement(using: &generator) else { break }
                    bytes[place] = UInt8.random(in: 0...255, using: &generator)
                }
                _ = try? codec.result(from: bytes)
                _ = try? fixture.adapter.images(from: bytes)
                _ = fixture.adapter.failure(status: 400, header: { _ in nil }, body: bytes)
                var reader = codec.streamReader()
                var text = ""
                let isWhole = bytes.withUnsafeBytes { (try? reader.feed($0) { text += "\($0)" }) != nil }
                #expect(!fixture.isStream || !isWhole || bytes == fixture.bytes || !text.isEmpty, "seed \(seed)")
            }
        }
    }
}
