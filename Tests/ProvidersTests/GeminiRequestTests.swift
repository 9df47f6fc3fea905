import Crypto
import JSON
import Providers
import Testing

/// What Gemini is sent.
@Suite struct GeminiRequestTests {
    static let config = ConnectorConfig(type: "gemini_apikey", credentials: ["api_key": "AIzaFx0123456789"])
    static let picture =
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4IacBRwzEcQDBAxDhXItBgQAAAABJRU5ErkJggg=="
    static let schema: JSONValue = [
        "type": "object", "properties": ["harbour": ["type": "string"]], "required": ["harbour"],
        "additionalProperties": false,
    ]

    private func body(_ request: ChatRequest) throws -> JSONValue {
        try JSONValue(parsing: try GeminiCodec().body(for: request))
    }

    private func talk(_ messages: [ChatMessage], model: String = "gemini-3.8-flash") -> ChatRequest {
        ChatRequest(model: model, messages: messages)
    }

    private func refusal(_ request: ChatRequest) -> ProviderError? {
        do throws(ProviderError) {
            _ = try GeminiCodec().body(for: request)
            return nil
        } catch {
            return error
        }
    }

    /// The members in their order of names, as the SDK spells some of them with underscores and numbers with a point.
    private func plain(_ value: JSONValue) -> JSONValue {
        let names = [
            "mime_type": "mimeType", "parameters_json_schema": "parametersJsonSchema",
            "include_thoughts": "includeThoughts", "thinking_level": "thinkingLevel",
        ]
        switch value {
        case .object(let fields):
            return .object(
                fields.map { JSONField(names[$0.name] ?? $0.name, plain($0.value)) }.sorted { $0.name < $1.name }
            )
        case .array(let elements): return .array(elements.map(plain))
        case .number("20.0"): return 20
        default: return value
        }
    }

    @Test func aConversationIsWrittenAsGooglesSDKWritesIt() throws {
        var request = talk([
            ChatMessage(.system, "Be brief."),
            ChatMessage(
                .user,
                [.text("What is this?"), .image(ImagePart(.data(mediaType: "image/png", base64: Self.picture)))]
            ),
            ChatMessage(
                .assistant,
                [
                    .toolCall(
                        ToolCall(
                            id: "fc-fxA",
                            name: "tide_height",
                            arguments: #"{"harbour":"Brest"}"#,
                            signature: "c2lnbmF0dXJl"
                        )
                    )
                ]
            ),
            ChatMessage(.tool, [.toolResult(ToolResult(callID: "fc-fxA", content: [.text("4.2 m")]))]),
        ])
        request.tools = [ChatTool("tide_height", description: "Tide height now", schema: Self.schema)]
        request.toolChoice = .tool("tide_height")
        (request.temperature, request.topP, request.topK, request.maxTokens) = (0.2, 0.9, 20, 256)
        (request.stop, request.seed, request.reasoning) = (["END"], 7, ReasoningWish(effort: "low"))
        let written = try body(request)
        let captured = try Fixture.sdkRequest("gemini generateContent (vision + tool round trip + forced tool)")
        for name in ["contents", "tools", "toolConfig", "generationConfig"] {
            #expect(written[name].map(plain) == captured[name].map(plain), "\(name)")
        }
        // The SDK adds a role to the instruction, which has no meaning there.
        #expect(written["systemInstruction"] == ["parts": [["text": "Be brief."]]])
        #expect(written.object?.count == 5)
    }

    @Test func aPictureIsOrderedAsGooglesSDKOrdersIt() throws {
        let order = ImageOrder(model: "gemini-3.1-flash-image", prompt: "a blue square", size: "2048x1152")
        let request = try GeminiAdapter().imageRequest(Self.config, order)
        #expect(request.url.hasSuffix("/v1beta/models/gemini-3.1-flash-image:generateContent"))
        #expect(try plain(JSONValue(parsing: request.body)) == plain(Fixture.sdkRequest("gemini image generation")))
        let plainOrder = try GeminiAdapter().imageRequest(
            Self.config,
            ImageOrder(model: "m", prompt: "a", size: "auto")
        )
        #expect(try JSONValue(parsing: plainOrder.body)["generationConfig"] == ["responseModalities": ["IMAGE"]])
    }

    @Test func theAddressNamesModelAndMethodAndNeverTheKey() throws {
        func url(_ model: String, stream: Bool, upstream: String? = nil) throws -> String {
            var config = Self.config
            config.operatorURL = upstream
            let chat = OutgoingChat(.geminiGenerate, model: model, stream: stream, body: [1])
            let request = try GeminiAdapter().chatRequest(config, chat)
            #expect(request.headers.contains { $0.name == "x-goog-api-key" && $0.value == "AIzaFx0123456789" })
            #expect(!request.headers.contains { $0.name == "authorization" })
            return request.url
        }
        let host = "https://generativelanguage.googleapis.com"
        #expect(try url("gemini-3.8-flash", stream: false) == host + "/v1beta/models/gemini-3.8-flash:generateContent")
        #expect(try url("models/g", stream: true) == host + "/v1beta/models/g:streamGenerateContent?alt=sse")
        #expect(try url("tunedModels/t-1", stream: false) == host + "/v1beta/tunedModels/t-1:generateContent")
        #expect(
            try url("g", stream: false, upstream: "http://h:1/gemini/")
                == "http://h:1/gemini/v1beta/models/g:generateContent"
        )
        for model in [
            "", "..", "a/b", "models/..", "models/", "a?key=1", "a:b", "a#", "é", "a/b/c",
            String(repeating: "m", count: 129),
        ] {
            #expect(throws: ProviderError.self, "\(model)") { try url(model, stream: false) }
        }
    }

    @Test func aToolsResultNamesItsFunctionAndAllOfATurnAreTogether() throws {
        let written = try body(
            talk([
                ChatMessage(.user, "Tides and time?"),
                ChatMessage(
                    .assistant,
                    [
                        .text("Let me see."), .toolCall(ToolCall(id: "a", name: "tide", arguments: "", signature: "s")),
                        .toolCall(ToolCall(id: "call_mt_r_1", name: "now", arguments: #"{"n":9007199254740993}"#)),
                    ]
                ),
                ChatMessage(
                    .tool,
                    [.toolResult(ToolResult(callID: "call_mt_r_1", content: [.text("noon")], isError: true))]
                ),
                ChatMessage(
                    .tool,
                    [
                        .toolResult(
                            ToolResult(
                                callID: "a",
                                content: [
                                    .text("4 m"), .image(ImagePart(.data(mediaType: "image/png", base64: "AA=="))),
                                ]
                            )
                        )
                    ]
                ),
            ])
        )
        let contents = written["contents"]?.array ?? []
        #expect(contents.map { $0["role"]?.string } == ["user", "model", "user"])
        #expect(
            contents[1]["parts"] == [
                ["text": "Let me see."],
                ["functionCall": ["id": "a", "name": "tide", "args": [:]], "thoughtSignature": "s"],
                ["functionCall": ["name": "now", "args": ["n": 9_007_199_254_740_993]]],
            ]
        )
        #expect(
            contents[2]["parts"] == [
                ["functionResponse": ["name": "now", "response": ["error": "noon"]]],
                ["functionResponse": ["id": "a", "name": "tide", "response": ["output": "4 m"]]],
                ["inlineData": ["mimeType": "image/png", "data": "AA=="]],
            ]
        )
    }

    @Test func aLostSignatureIsStoodInForWhereModelsInsistOnOne() throws {
        let messages = [
            ChatMessage(.user, "x"),
            ChatMessage(
                .assistant,
                [
                    .toolCall(ToolCall(id: "a", name: "f", arguments: "{}")),
                    .toolCall(ToolCall(id: "b", name: "f", arguments: "{}")),
                ]
            ),
        ]
        func signatures(_ model: String) throws -> [String?] {
            try body(talk(messages, model: model))["contents"]?[1]?["parts"]?.array?.map {
                $0["thoughtSignature"]?.string
            } ?? []
        }
        #expect(try signatures("gemini-3.8-flash") == ["skip_thought_signature_validator", nil])
        #expect(try signatures("gemini-2.5-pro") == [nil, nil])
    }

    static let efforts: [(model: String, effort: String, thinking: JSONValue?)] = [
        ("gemini-3.8-flash", "none", ["thinkingLevel": "MINIMAL", "includeThoughts": false]),
        ("gemini-3.8-flash", "xhigh", ["thinkingLevel": "XHIGH", "includeThoughts": true]),
        ("models/gemini-2.5-flash", "high", ["thinkingBudget": 24_576, "includeThoughts": true]),
        ("gemini-2.5-flash", "none", ["thinkingBudget": 0, "includeThoughts": false]),
        ("gemini-2.0-flash", "high", nil), ("gemma-3-27b-it", "low", nil), ("gemini-3.8-flash", "odd", nil),
    ]

    @Test(arguments: efforts)
    func anEffortBecomesWhatTheModelKnows(_ model: String, _ effort: String, _ thinking: JSONValue?) throws {
        var request = talk([ChatMessage(.user, "x")], model: model)
        request.reasoning = ReasoningWish(effort: effort)
        #expect(try body(request)["generationConfig"]?["thinkingConfig"] == thinking)
    }

    @Test func aBudgetIsNeverSentWithALevel() throws {
        var request = talk([ChatMessage(.user, "x")])
        request.reasoning = ReasoningWish(effort: "high", budgetTokens: 99)
        let thinking = try body(request)["generationConfig"]?["thinkingConfig"]
        #expect(thinking?["thinkingBudget"] == 99 && thinking?["thinkingLevel"] == nil)
    }

    @Test(arguments: [(ToolChoice.auto, "AUTO"), (ToolChoice.none, "NONE"), (.required, "ANY")])
    func aToolChoiceIsAMode(_ choice: ToolChoice, _ mode: String) throws {
        var request = talk([ChatMessage(.user, "x")])
        request.toolChoice = choice
        #expect(try body(request)["toolConfig"] == nil)
        request.tools = [ChatTool("f")]
        #expect(try body(request)["toolConfig"] == ["functionCallingConfig": ["mode": .string(mode)]])
        #expect(try body(request)["tools"] == [["functionDeclarations": [["name": "f"]]]])
    }

    @Test func aFormatIsATypeAndASchema() throws {
        var request = talk([ChatMessage(.user, "x")])
        request.format = .json
        #expect(try body(request)["generationConfig"] == ["responseMimeType": "application/json"])
        request.format = .schema(name: "tide", schema: Self.schema, isStrict: true)
        #expect(try body(request)["generationConfig"]?["responseJsonSchema"] == Self.schema)
    }

    @Test func matterOfTasteIsLeftOut() throws {
        var request = talk([
            ChatMessage(.user, "x"), ChatMessage(.assistant, ""),
            ChatMessage(.assistant, [.reasoning(ReasoningPart("hm", signature: "s"))]),
        ])
        (request.frequencyPenalty, request.presencePenalty, request.user, request.seed) = (1, 1, "u", 1 << 40)
        (request.parallelToolCalls, request.stream, request.includesUsage) = (false, true, true)
        #expect(try body(request) == ["contents": [["role": "user", "parts": [["text": "x"]]]]])
    }

    @Test func aLoneInstructionIsSaidAsTheUsers() throws {
        #expect(
            try body(talk([ChatMessage(.system, "Sing.")])) == [
                "contents": [["role": "user", "parts": [["text": "Sing."]]]]
            ]
        )
    }

    @Test func whatWouldChangeTheMeaningIsRefused() {
        let far = ImagePart(.url("https://example.com/a.png"))
        let broken = ToolCall(id: "a", name: "f", arguments: "{\"a\":")
        let stray = ToolResult(callID: "nobody", content: [.text("x")])
        for messages in [
            [], [ChatMessage(.user, "")], [ChatMessage(.user, [.text("x"), .image(far)])],
            [ChatMessage(.user, "x"), ChatMessage(.assistant, [.toolCall(broken)])],
            [ChatMessage(.user, "x"), ChatMessage(.tool, [.toolResult(stray)])],
        ] {
            let error = refusal(talk(messages))
            #expect(error?.code == .badRequest && error?.param == "messages")
        }
    }
}
