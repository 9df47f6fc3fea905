import JSON
import Providers
import Testing

/// What Anthropic is sent.
@Suite struct AnthropicRequestTests {
    private func body(_ request: ChatRequest) throws -> JSONValue {
        try JSONValue(parsing: AnthropicChatCodec().body(for: request))
    }

    private func request(
        _ messages: [ChatMessage] = [ChatMessage(.user, "hi")],
        model: String = "claude-sonnet-4-6",
        _ change: (inout ChatRequest) -> Void = { _ in }
    ) -> ChatRequest {
        var request = ChatRequest(model: model, messages: messages)
        change(&request)
        return request
    }

    /// Members in the order of their names, so that two bodies can be compared.
    private func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let list): .array(list.map(sorted))
        case .object(let fields):
            .object(fields.map { JSONField($0.name, sorted($0.value)) }.sorted { $0.name < $1.name })
        default: value
        }
    }

    private static let tide: JSONValue = [
        "type": "object", "properties": ["harbour": ["type": "string"]], "required": ["harbour"],
        "additionalProperties": false,
    ]

    @Test func aWholeRoundIsWhatTheOfficialSDKSends() throws {
        let captured = try SDKRequest.named("anthropic messages (vision + tool round trip + forced tool)")
        let picture = try #require(captured["messages"]?[0]?["content"]?[0]?["source"]?["data"]?.string)
        let request = request(
            [
                ChatMessage(.system, "Be brief."),
                ChatMessage(
                    .user,
                    [.image(ImagePart(.data(mediaType: "image/png", base64: picture))), .text("What is this?")]
                ),
                ChatMessage(
                    .assistant,
                    [.toolCall(ToolCall(id: "toolu_01fxA", name: "tide_height", arguments: #"{"harbour":"Brest"}"#))]
                ),
                ChatMessage(.tool, [.toolResult(ToolResult(callID: "toolu_01fxA", content: [.text("4.2 m")]))]),
            ],
            model: "claude-sonnet-5-5"
        ) { request in
            request.maxTokens = 256
            request.stop = ["END"]
            request.user = "u1"
            request.tools = [ChatTool("tide_height", description: "Tide height now", schema: Self.tide)]
            request.toolChoice = .tool("tide_height")
            request.parallelToolCalls = false
        }
        #expect(sorted(try body(request)) == sorted(captured))
    }

    @Test func aStreamIsWhatTheOfficialSDKAsksFor() throws {
        let captured = try SDKRequest.named("anthropic stream")
        let request = request(model: "claude-sonnet-5-5") { request in
            request.maxTokens = 64
            request.stream = true
        }
        #expect(sorted(try body(request)) == sorted(captured))
    }

    @Test func neighboursOfOneSideAreMergedAndResultsComeFirst() throws {
        let body = try body(
            request([
                ChatMessage(.system, "One."), ChatMessage(.user, "a"), ChatMessage(.user, "b"),
                ChatMessage(.system, "Two."), ChatMessage(.assistant, ""),
                ChatMessage(.assistant, [.toolCall(ToolCall(id: "call:1", name: "now", arguments: ""))]),
                ChatMessage(.tool, [.toolResult(ToolResult(callID: "call:1", content: [], isError: true))]),
                ChatMessage(.user, "and?"),
                ChatMessage(.tool, [.toolResult(ToolResult(callID: "2", content: [.text("x")]))]),
            ])
        )
        #expect(body["system"]?.string == "One.\n\nTwo.")
        let messages = body["messages"]?.array ?? []
        #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "user"])
        #expect(messages[0]["content"]?.array?.compactMap { $0["text"]?.string } == ["a", "b"])
        #expect(messages[1]["content"]?[0]?["input"] == .object([]))
        let kinds = messages[2]["content"]?.array?.map { $0["type"]?.string }
        #expect(kinds == ["tool_result", "tool_result", "text"])
        #expect(messages[1]["content"]?[0]?["id"]?.string == "call_1")
        #expect(messages[2]["content"]?[0]?["tool_use_id"]?.string == "call_1")
        #expect(messages[2]["content"]?[0]?["is_error"]?.bool == true)
        #expect(messages[2]["content"]?[1]?["is_error"] == nil)
    }

    @Test func thoughtsGoBackOnlyWithTheirProof() throws {
        let body = try body(
            request([
                ChatMessage(.user, "a"),
                ChatMessage(
                    .assistant,
                    [
                        .reasoning(ReasoningPart("signed", signature: "EuYB")), .reasoning(ReasoningPart("not")),
                        .reasoning(ReasoningPart("", redacted: "opaque")), .text("b"),
                    ]
                ),
                ChatMessage(.user, "c"),
            ])
        )
        let blocks = body["messages"]?[1]?["content"]?.array ?? []
        #expect(blocks.map { $0["type"]?.string } == ["thinking", "redacted_thinking", "text"])
        #expect(blocks[0]["signature"]?.string == "EuYB" && blocks[1]["data"]?.string == "opaque")
    }

    @Test func anAnswersLengthIsAlwaysNamed() throws {
        #expect(try body(request())["max_tokens"]?.int == 4_096)
        #expect(try body(request { $0.maxTokens = 7 })["max_tokens"]?.int == 7)
    }

    @Test(arguments: [
        ("claude-sonnet-4-6", true), ("claude-haiku-4-5", true), ("claude-3-5-sonnet-20241022", true),
        ("claude-sonnet-4-20250514", true), ("claude-2.1", true), ("claude-opus-4-7", false),
        ("claude-sonnet-5-5", false), ("claude-fable-5-1", false), ("claude-next", false), ("claude-4-10-opus", false),
    ])
    func modelsThatRefuseSamplingGetNone(_ model: String, _ takes: Bool) throws {
        let body = try body(
            request(model: model) { request in
                request.temperature = 1.5
                request.topP = 0.9
                request.topK = 5
                request.seed = 1
                request.frequencyPenalty = 1
            }
        )
        #expect(body["temperature"]?.double == (takes ? 1 : nil))
        #expect(body["top_k"]?.int == (takes ? 5 : nil))
        #expect(body["top_p"] == nil && body["seed"] == nil && body["frequency_penalty"] == nil)
        if takes { #expect(try self.body(request(model: model) { $0.topP = 0.9 })["top_p"]?.double == 0.9) }
    }

    @Test func theNewVersionOfTheAPIGetsNoSampling() throws {
        let adapter = AnthropicAdapter(version: "2026-10-21")
        let codec = try #require(adapter.codec(for: ChatTraits(model: "claude-sonnet-4-6")))
        let bytes = try codec.body(for: request { $0.temperature = 0.5 })
        #expect(try JSONValue(parsing: bytes)["temperature"] == nil)
    }

    @Test func choicesOfToolsAreSaidInItsWords() throws {
        let cases: [(ToolChoice?, Bool?, JSONValue?)] = [
            (nil, nil, nil), (nil, true, nil), (nil, false, ["type": "auto", "disable_parallel_tool_use": true]),
            (.auto, nil, ["type": "auto"]), (ToolChoice.none, false, ["type": "none"]),
            (.required, nil, ["type": "any"]),
            (.tool("now"), false, ["type": "tool", "name": "now", "disable_parallel_tool_use": true]),
        ]
        for (choice, parallel, expected) in cases {
            let body = try body(
                request { request in
                    request.tools = [ChatTool("now")]
                    request.toolChoice = choice
                    request.parallelToolCalls = parallel
                }
            )
            #expect(body["tool_choice"] == expected)
            #expect(body["tools"]?[0]?["input_schema"] == ["type": "object", "properties": [:]])
        }
    }

    @Test func thinkingIsAskedForWhereItCanBe() throws {
        func thinking(_ change: @escaping (inout ChatRequest) -> Void) throws -> JSONValue {
            try body(
                request { request in
                    request.reasoning = ReasoningWish(effort: "minimal", budgetTokens: 2_048)
                    request.temperature = 0.5
                    change(&request)
                }
            )
        }
        let plain = try thinking { _ in }
        #expect(plain["thinking"] == ["type": "enabled", "budget_tokens": 2_048])
        #expect(plain["output_config"]?["effort"]?.string == "low")
        #expect(plain["temperature"] == nil && plain["max_tokens"]?.int == 4_096 + 2_048)
        #expect(
            try thinking { request in
                request.tools = [ChatTool("now")]
                request.toolChoice = .required
            }["thinking"] == nil
        )
        let round = [
            ChatMessage(.user, "a"), ChatMessage(.assistant, [.toolCall(ToolCall(id: "1", name: "n", arguments: ""))]),
        ]
        #expect(try thinking { $0.messages = round }["thinking"] == nil)
        #expect(try thinking { $0.model = "claude-haiku-4-5" }["output_config"] == nil)
    }

    @Test func aFormatIsAskedForByItsSchema() throws {
        let schema: JSONValue = ["type": "object"]
        let body = try body(request { $0.format = .schema(name: "a", schema: schema, isStrict: true) })
        #expect(body["output_config"]?["format"] == ["type": "json_schema", "schema": schema])
        #expect(try self.body(request { $0.format = .json })["system"]?.string?.contains("JSON") == true)
    }

    @Test func argumentsThatAModelBrokeStayReadable() throws {
        for (arguments, input): (String, JSONValue) in [
            ("", [:]), ("{}", [:]), (#" {"a":[1]} "#, ["a": [1]]), (#"{"a":"#, ["arguments": #"{"a":"#]),
            ("[1]", ["arguments": "[1]"]), ("{} {}", ["arguments": "{} {}"]),
        ] {
            let call = ToolCall(id: "1", name: "n", arguments: arguments)
            let body = try body(request([ChatMessage(.user, "a"), ChatMessage(.assistant, [.toolCall(call)])]))
            #expect(body["messages"]?[1]?["content"]?[0]?["input"] == input)
        }
    }

    @Test func aConversationOfNothingIsRefused() {
        #expect(throws: ProviderError.self) { try body(request([ChatMessage(.system, "a"), ChatMessage(.user, "")])) }
    }

    @Test func theCallersVersionAndBetasGoAlong() throws {
        var chat = OutgoingChat(.anthropicMessages, model: "m", stream: true, body: [1])
        let config = ConnectorConfig(type: "anthropic_apikey", credentials: ["api_key": "sk-ant-0123456789"])
        let plain = try AnthropicAdapter().chatRequest(config, chat)
        #expect(plain.url == "https://api.anthropic.com/v1/messages")
        #expect(plain.headers.first { $0.name == "anthropic-version" }?.value == "2023-06-01")
        #expect(plain.headers.first { $0.name == "accept" }?.value == "text/event-stream")
        chat.headers = [("anthropic-version", "2026-10-21"), ("anthropic-beta", "a,b")]
        let passed = try AnthropicAdapter().chatRequest(config, chat)
        #expect(passed.headers.filter { $0.name == "anthropic-version" }.map(\.value) == ["2026-10-21"])
        #expect(passed.headers.first { $0.name == "anthropic-beta" }?.value == "a,b")
        #expect(passed.headers.first { $0.name == "x-api-key" }?.value == "sk-ant-0123456789")
    }
}
