import JSON
import Providers
import Testing

/// What callers of Anthropic's dialect may say, and how any provider's answer looks to them.
@Suite struct AnthropicSurfaceTests {
    private let facts = AnswerFacts(id: "req_1", model: "asked", createdAt: 1)

    private func read(_ body: String) throws(ProviderError) -> ChatRequest {
        try AnthropicSurface().request(from: Array(body.utf8))
    }

    private func refusal(_ body: String) -> ProviderError? {
        do throws(ProviderError) {
            _ = try read(body)
            return nil
        } catch {
            return error
        }
    }

    /// The events of a written stream: their names and their data.
    private func events(_ steps: [ChatEvent]) throws -> [(name: String, data: JSONValue)] {
        var writer = AnthropicSurface().streamWriter(facts, includesUsage: false)
        var bytes: [UInt8] = []
        for step in steps { writer.write(step, to: &bytes) }
        writer.finish(to: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasSuffix("\n\n"))
        return try text.split(separator: "\n\n").map { event in
            let lines = event.split(separator: "\n")
            let (name, data) = (String(lines[0].dropFirst(7)), try JSONValue(parsing: String(lines[1].dropFirst(6))))
            #expect(lines.count == 2 && data["type"]?.string == name)
            return (name, data)
        }
    }

    /// What the reader of the same dialect makes of a written stream.
    private func collected(_ steps: [ChatEvent]) throws -> ChatResult {
        var writer = AnthropicSurface().streamWriter(facts, includesUsage: true)
        var bytes: [UInt8] = []
        for step in steps { writer.write(step, to: &bytes) }
        writer.finish(to: &bytes)
        var reader = AnthropicChatCodec().streamReader()
        var collector = ChatCollector()
        try bytes.withUnsafeBytes { try reader.feed($0) { collector.take($0) } }
        try reader.end { collector.take($0) }
        return collector.answer
    }

    // MARK: Requests

    @Test func aRequestKeepsWhatItSaysThroughTheCodecAndBack() throws {
        let body = """
            {"model":"claude-sonnet-4-6","max_tokens":5000,"system":[{"type":"text","text":"Be brief.","cache_control":{}}],
            "messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://a.example/b.png"}},
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"text","text":"?"}]},
            {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
            {"type":"redacted_thinking","data":"d"},{"type":"tool_use","id":"t1","name":"now","input":{"a":1}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,
            "content":[{"type":"text","text":"no"},{"type":"image","source":{"type":"url","url":"https://a.example/c"}}]},
            {"type":"text","text":"and?"}]}],
            "tools":[{"name":"now","description":"Now","input_schema":{"type":"object","properties":{}},"strict":true}],
            "tool_choice":{"type":"auto","disable_parallel_tool_use":true},"stop_sequences":["END"],
            "metadata":{"user_id":"u1"},"thinking":{"type":"enabled","budget_tokens":2048},
            "output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},"stream":true}
            """
        let request = try read(body)
        #expect(request.messages.map(\.role) == [.system, .user, .assistant, .tool, .user])
        #expect(request.reasoning == ReasoningWish(effort: "low", budgetTokens: 2_048))
        #expect(request.stream && request.includesUsage && request.parallelToolCalls == false)
        #expect(request.user == "u1" && request.stop == ["END"] && request.maxTokens == 5_000)
        let again = try AnthropicSurface().request(from: AnthropicChatCodec().body(for: request))
        #expect(again == request)
    }

    @Test func whatIsMissingOrUnknownIsNamed() {
        let hello = #""messages":[{"role":"user","content":"hi"}]"#
        for (body, param): (String, String?) in [
            ("{", nil), (#"{"max_tokens":1}"#, "messages"), ("{\(hello)}", "max_tokens"),
            (#"{"max_tokens":0,\#(hello)}"#, "max_tokens"), (#"{"max_tokens":"1",\#(hello)}"#, "max_tokens"),
            (#"{"max_tokens":1,"messages":[{"role":"system","content":"a"}]}"#, "messages.0.role"),
            (#"{"max_tokens":1,"messages":[{"role":"user"}]}"#, "messages.0.content"),
            (
                #"{"max_tokens":1,"messages":[{"role":"user","content":[{"type":"document"}]}]}"#,
                "messages.0.content.0.type"
            ),
            (#"{"max_tokens":1,"tools":[{"type":"web_search_1","name":"a"}],\#(hello)}"#, "tools.0.type"),
            (#"{"max_tokens":1,"tool_choice":{"type":"tool"},\#(hello)}"#, "tool_choice.name"),
            (#"{"max_tokens":1,"system":3,\#(hello)}"#, "system"),
            (#"{"max_tokens":1,"temperature":"warm",\#(hello)}"#, "temperature"),
        ] {
            let error = refusal(body)
            #expect(error?.code == .badRequest, "\(body)")
            #expect(error?.param == param, "\(body)")
        }
    }

    // MARK: Answers

    @Test(arguments: Fixture.chats.filter(\.isSuccess))
    func anyProvidersAnswerReadsBackTheSame(_ fixture: Fixture) throws {
        let result = try #require(fixture.codec).result(from: fixture.bytes)
        let again = try AnthropicChatCodec().result(from: AnthropicSurface().body(for: result, facts))
        #expect(again.parts.text == result.parts.text)
        #expect(again.parts.toolCalls.map(\.name) == result.parts.toolCalls.map(\.name))
        #expect(again.stopReason == (result.stopReason == .other ? .stop : result.stopReason))
        #expect(again.usage?.inputTokens == result.usage?.inputTokens)
        #expect(again.usage?.outputTokens == result.usage?.outputTokens)
    }

    @Test func cachedInputStandsBesideTheRest() throws {
        var usage = Usage()
        (usage.inputTokens, usage.outputTokens, usage.cachedInputTokens, usage.cacheWriteInputTokens) = (
            543, 7, 40, 500
        )
        let result = ChatResult(parts: [], stopReason: .stop, stopSequence: "END", usage: usage)
        let body = try JSONValue(parsing: AnthropicSurface().body(for: result, facts))
        #expect(
            body["usage"] == [
                "input_tokens": 3, "cache_creation_input_tokens": 500, "cache_read_input_tokens": 40,
                "output_tokens": 7,
            ]
        )
        #expect(body["stop_reason"]?.string == "stop_sequence" && body["stop_sequence"]?.string == "END")
        #expect(body["id"]?.string == "req_1" && body["model"]?.string == "asked")
        usage.cachedInputTokens = .max
        #expect(!AnthropicSurface().body(for: ChatResult(parts: [], stopReason: .stop, usage: usage), facts).isEmpty)
    }

    // MARK: Streams

    @Test(arguments: Fixture.streams.filter { $0.isSuccess })
    func anyProvidersStreamReadsBackTheSame(_ fixture: Fixture) throws {
        let codec = try #require(fixture.codec)
        var reader = codec.streamReader()
        var steps: [ChatEvent] = []
        var collector = ChatCollector()
        try fixture.bytes.withUnsafeBytes { try reader.feed($0) { steps.append($0) } }
        try reader.end { steps.append($0) }
        for step in steps { collector.take(step) }
        let again = try collected(steps)
        #expect(again.parts.text == collector.answer.parts.text)
        #expect(again.parts.reasoningText == collector.answer.parts.reasoningText)
        #expect(again.parts.toolCalls.map(\.arguments) == collector.answer.parts.toolCalls.map(\.arguments))
        #expect(again.stopReason == collector.answer.stopReason)
        #expect(again.usage?.totalTokens == collector.answer.usage?.totalTokens ?? 0)
    }

    @Test func blocksOpenAndCloseInOrder() throws {
        var usage = Usage()
        (usage.inputTokens, usage.outputTokens) = (3, 4)
        let events = try events([
            .start(id: "msg_1", model: "m"), .reasoning("a"), .reasoningSignature("s"), .redactedReasoning("r"),
            .text("b"), .text("c"), .toolCall(index: 0, id: "t0", name: "n", signature: nil),
            .toolArguments(index: 0, "{}"), .stop(.toolCalls, sequence: nil), .usage(usage),
        ])
        let names = events.map(\.name).map { $0.replacing("content_block_", with: "") }
        #expect(
            names == [
                "message_start", "start", "delta", "delta", "stop", "start", "stop", "start", "delta", "delta", "stop",
                "start", "delta", "stop", "message_delta", "message_stop",
            ]
        )
        let indexes = events.compactMap { $0.data["index"]?.int }
        #expect(indexes == [0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3])
        #expect(events[0].data["message"]?["usage"]?["input_tokens"]?.int == 0)
        #expect(events[0].data["message"]?["content"] == .array([]))
        let last = events[events.count - 2].data
        #expect(last["delta"]?["stop_reason"]?.string == "tool_use" && last["delta"]?["stop_sequence"] == .null)
        #expect(last["usage"]?["input_tokens"]?.int == 3 && last["usage"]?["output_tokens"]?.int == 4)
    }

    @Test func callsThatGrowTogetherAreWrittenOneAfterTheOther() throws {
        let steps: [ChatEvent] = [
            .toolCall(index: 0, id: "t0", name: "a", signature: nil),
            .toolCall(index: 1, id: "t1", name: "b", signature: nil),
            .toolCall(index: 2, id: "t2", name: "c", signature: nil), .toolArguments(index: 1, #"{"x":"#),
            .toolArguments(index: 0, #"{"y":"#), .toolArguments(index: 0, "1}"), .toolArguments(index: 1, "2}"),
            .stop(.toolCalls, sequence: nil),
        ]
        let events = try events(steps)
        var open: Int64?
        for event in events {
            switch event.name {
            case "content_block_start":
                #expect(open == nil)
                open = event.data["index"]?.int
            case "content_block_delta": #expect(event.data["index"]?.int == open)
            case "content_block_stop":
                #expect(event.data["index"]?.int == open)
                open = nil
            default: #expect(open == nil)
            }
        }
        let calls = try collected(steps).parts.toolCalls
        #expect(calls.map(\.id) == ["t0", "t1", "t2"])
        #expect(calls.map(\.arguments) == [#"{"y":1}"#, #"{"x":2}"#, ""])
    }

    @Test func anEmptyStreamIsStillAMessage() throws {
        #expect(try events([]).map(\.name) == ["message_start", "message_delta", "message_stop"])
    }
}
