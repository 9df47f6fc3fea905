import JSON
import Providers
import Testing

/// OpenAI's responses: when they are spoken, how a request is said in them, and what their answers hold.
@Suite struct ResponsesTests {
    let adapter = OpenAIAdapter()
    let codec = OpenAIResponsesCodec()

    private func body(_ request: ChatRequest) throws -> JSONValue {
        try JSONValue(parsing: try codec.body(for: request))
    }

    private func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let fields):
            .object(fields.map { JSONField($0.name, sorted($0.value)) }.sorted { $0.name < $1.name })
        case .array(let values): .array(values.map(sorted))
        default: value
        }
    }

    private func events(_ lines: [String]) throws -> (answer: ChatResult, failure: ProviderError?) {
        var reader = codec.streamReader()
        var collector = ChatCollector()
        let bytes = Array(lines.map { "data: \($0)\n\n" }.joined().utf8)
        do throws(ProviderError) {
            let failure = bytes.withUnsafeBytes { buffer -> ProviderError? in
                do throws(ProviderError) {
                    try reader.feed(buffer) { collector.take($0) }
                    return nil
                } catch { return error }
            }
            if let failure { throw failure }
            try reader.end { collector.take($0) }
            return (collector.answer, nil)
        } catch {
            return (collector.answer, error)
        }
    }

    // MARK: When

    @Test(
        arguments: [
            ("gpt-6.1-sol", true), ("gpt-6-astra", true), ("gpt-5.4", true), ("gpt-5.4-nano", true), ("gpt-5.5", true),
            ("gpt-5.6-2026-09-01", true), ("gpt-5.10", true), ("ft:gpt-5.5:org::id", true),
            ("gpt-5", false), ("gpt-5-mini", false), ("gpt-5.1", false), ("gpt-5.3-codex", false), ("gpt-4.1", false),
            ("gpt-4o", false), ("o3", false), ("my-gpt-6", false), ("gpt-", false), ("gpt-6x", false),
            ("gpt-5.4.1", false),
            ("gpt-.4", false), ("gpt-99999999999999999999", false), ("", false),
        ]
    )
    func aNewerModelIsAskedThereForTools(_ model: String, _ isNewer: Bool) {
        let dialect = { (traits: ChatTraits) in adapter.codec(for: traits)?.dialect }
        #expect(dialect(ChatTraits(model: model, hasTools: true)) == (isNewer ? .openAIResponses : .openAIChat))
        #expect(dialect(ChatTraits(model: model, hasTools: false)) == .openAIChat)
        #expect(dialect(ChatTraits(model: model, hasTools: true, reasoningEffort: "none")) == .openAIChat)
    }

    @Test func itsPathFollowsTheDialect() throws {
        let config = ConnectorConfig(type: "openai_apikey", credentials: ["api_key": "sk-0123456789"])
        let chat = OutgoingChat(.openAIResponses, model: "gpt-6.1-sol", stream: false, body: [])
        #expect(try adapter.chatRequest(config, chat).url == "https://api.openai.com/v1/responses")
    }

    // MARK: Requests

    @Test func aRequestIsWhatTheOfficialSDKSends() throws {
        let theirs = try Fixture.sdkRequest("openai responses (vision + tool round trip)")
        let image = try #require(theirs["input"]?[0]?["content"]?[1]?["image_url"]?.string)
        var request = ChatRequest(
            model: "gpt-6.1-sol",
            messages: [
                ChatMessage(.system, "Be brief."),
                ChatMessage(
                    .user,
                    [.text("What is this?"), .image(ImagePart(DataURL.source(image), detail: "low"))]
                ),
                ChatMessage(
                    .assistant,
                    [.toolCall(ToolCall(id: "call_fxA", name: "tide_height", arguments: #"{"harbour":"Brest"}"#))]
                ),
                ChatMessage(.tool, [.toolResult(ToolResult(callID: "call_fxA", content: [.text("4.2 m")]))]),
            ]
        )
        request.tools = [
            ChatTool(
                "tide_height",
                description: "Tide height now",
                schema: theirs["tools"]?[0]?["parameters"],
                isStrict: true
            )
        ]
        request.toolChoice = .tool("tide_height")
        request.maxTokens = 256
        request.reasoning = ReasoningWish(effort: "low")
        #expect(try sorted(body(request)) == sorted(theirs))
    }

    @Test func whatItCannotSayIsLeftOutOrRefused() throws {
        var request = ChatRequest(model: "gpt-6.1-sol", messages: [ChatMessage(.user, "hi")])
        request.tools = [ChatTool("now")]
        (request.temperature, request.topP, request.seed) = (0.2, 0.9, 7)
        (request.presencePenalty, request.frequencyPenalty) = (1, 1)
        request.maxTokens = 1
        request.user = String(repeating: "u", count: 65)
        request.stop = [""]
        let said = try body(request)
        for name in [
            "temperature", "top_p", "seed", "presence_penalty", "frequency_penalty", "stop", "safety_identifier",
        ] {
            #expect(said[name] == nil, "\(name)")
        }
        #expect(said["max_output_tokens"] == 16 && said["store"] == false)
        #expect(said["tools"]?[0]?["strict"] == false && said["tools"]?[0]?["parameters"]?["type"] == "object")
        request.stop = ["END"]
        #expect { try codec.body(for: request) } throws: {
            ($0 as? ProviderError)?.code == .badRequest && ($0 as? ProviderError)?.param == "stop"
        }
    }

    @Test func aFormStandsUnderText() throws {
        var request = ChatRequest(model: "gpt-6.1-sol", messages: [ChatMessage(.user, "hi")])
        request.format = .schema(name: "tide", schema: ["type": "object"], isStrict: true)
        let format: JSONValue = ["type": "json_schema", "name": "tide", "schema": ["type": "object"], "strict": true]
        #expect(try body(request)["text"]?["format"] == format)
        request.format = .json
        #expect(try body(request)["text"]?["format"] == ["type": "json_object"])
    }

    // MARK: Reasoning

    private static let thoughtful =
        #"{"id":"resp_1","object":"response","status":"completed","model":"gpt-6.1-sol","output":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA:b=="},{"type":"function_call","id":"fc_1","call_id":"call_1","name":"now","arguments":"{}"}],"usage":{"input_tokens":5,"output_tokens":9,"output_tokens_details":{"reasoning_tokens":4}}}"#

    @Test func encryptedReasoningComesBackInItsPlace() throws {
        let result = try codec.result(from: Array(Self.thoughtful.utf8))
        #expect(result.stopReason == .toolCalls && result.usage?.reasoningTokens == 4)
        let facts = AnswerFacts(id: "chatcmpl-1", model: "gpt-6.1-sol", createdAt: 1)
        let answer = try JSONValue(parsing: OpenAISurface().body(for: result, facts))
        let message = try #require(answer["choices"]?[0]?["message"])
        let turn = #"{"model":"gpt-6.1-sol","messages":[{"role":"user","content":"hi"},\#(message.text)]}"#
        let input = try body(OpenAISurface().request(from: Array(turn.utf8)))["input"]
        let item: JSONValue = ["type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA:b=="]
        #expect(input?[1] == item)
        #expect(input?[2]?["call_id"] == "call_1")
    }

    @Test func anotherProvidersProofIsLeftOut() throws {
        let parts: [ContentPart] = [
            .reasoning(ReasoningPart("hm", signature: "EqQBCg")), .reasoning(ReasoningPart("", redacted: "rs_1:")),
            .text("x"),
        ]
        let request = ChatRequest(model: "m", messages: [ChatMessage(.user, "a"), ChatMessage(.assistant, parts)])
        #expect(try body(request)["input"]?.array?.count == 2)
    }

    @Test func aSummaryIsReadAndItsProofFollows() throws {
        let outcome = try events([
            #"{"type":"response.created","response":{"id":"resp_1","model":"m"}}"#,
            #"{"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","id":"rs_1"}}"#,
            #"{"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":0}"#,
            #"{"type":"response.reasoning_summary_text.delta","output_index":0,"delta":"one"}"#,
            #"{"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":1}"#,
            #"{"type":"response.reasoning_summary_text.delta","output_index":0,"delta":"two"}"#,
            #"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs_1","encrypted_content":"e"}}"#,
            #"{"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":1,"output_tokens":2}}}"#,
        ])
        #expect(outcome.failure == nil)
        #expect(outcome.answer.parts == [.reasoning(ReasoningPart("one\n\ntwo", signature: "rs_1:e"))])
    }

    // MARK: Answers

    @Test func argumentsThatComeOnlyAtTheEndAreTaken() throws {
        let call = #"{"type":"function_call","call_id":"call_1","name":"now","arguments":"{\"a\":1}"}"#
        let end = #"{"type":"response.completed","response":{"status":"completed"}}"#
        let item = #"{"type":"response.output_item.done","output_index":0,"item":\#(call)}"#
        let opened =
            #"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"call_1","name":"now"}}"#
        let done = #"{"type":"response.function_call_arguments.done","output_index":0,"arguments":"{\"a\":1}"}"#
        for lines in [[item, end], [opened, done, end], [opened, item, end], [opened, done, item, end]] {
            let outcome = try events(lines)
            #expect(outcome.answer.parts.toolCalls == [ToolCall(id: "call_1", name: "now", arguments: #"{"a":1}"#)])
            #expect(outcome.answer.stopReason == .toolCalls && outcome.failure == nil)
        }
    }

    @Test(
        arguments: [
            ("max_output_tokens", StopReason.length), ("content_filter", .contentFilter), ("other", .other),
        ]
    )
    func anIncompleteAnswerSaysWhy(_ reason: String, _ stop: StopReason) throws {
        let response = #"{"status":"incomplete","incomplete_details":{"reason":"\#(reason)"},"output":[]}"#
        #expect(try codec.result(from: Array(response.utf8)).stopReason == stop)
        let outcome = try events([#"{"type":"response.incomplete","response":\#(response)}"#])
        #expect(outcome.answer.stopReason == stop && outcome.failure == nil)
    }

    @Test func aRefusalInWordsIsTheFilters() throws {
        let body =
            #"{"status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"No."}]}]}"#
        let result = try codec.result(from: Array(body.utf8))
        #expect(result.stopReason == .contentFilter && result.parts.text == "No.")
        let outcome = try events([
            #"{"type":"response.refusal.delta","delta":"No."}"#,
            #"{"type":"response.completed","response":{"status":"completed"}}"#,
        ])
        #expect(outcome.answer.stopReason == .contentFilter && outcome.answer.parts.text == "No.")
    }

    @Test(
        arguments: [
            ("server_error", ProviderError.Code.providerUnavailable), ("vector_store_timeout", .providerUnavailable),
            ("rate_limit_exceeded", .rateLimited), ("bio_policy", .providerRejected),
            ("image_content_policy_violation", .providerRejected), ("misalignment_policy_violation", .providerRejected),
            ("invalid_prompt", .badRequest), ("image_too_large", .badRequest),
            ("insufficient_quota", .quotaExceeded),
        ]
    )
    func eachFailureIsTyped(_ word: String, _ code: ProviderError.Code) throws {
        let error = #"{"code":"\#(word)","message":"secret words"}"#
        let lines = [
            #"{"type":"response.failed","response":{"status":"failed","error":\#(error)}}"#,
            #"{"type":"error","code":"\#(word)","message":"secret words","param":null}"#,
            #"{"type":"error","error":\#(error)}"#,
        ]
        for line in lines {
            let failure = try #require(try events([line]).failure)
            #expect(failure.code == code && failure.providerCode == word && failure.status == nil)
            #expect(!failure.message.contains("secret"))
        }
        #expect { try codec.result(from: Array(#"{"status":"failed","error":\#(error)}"#.utf8)) } throws: {
            ($0 as? ProviderError)?.code == code
        }
    }

    @Test(arguments: ["", "{}", "[]", #"{"status":"completed"}"#, #"{"status":"completed","output":[]}"#, "<html>"])
    func anEmptyResponseIsAnError(_ body: String) {
        #expect(throws: ProviderError.self) { try codec.result(from: Array(body.utf8)) }
    }
}
