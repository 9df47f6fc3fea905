import JSON
import Testing

@testable import ProviderSim

/// The simulated Anthropic is as strict as the real one, and has its shapes.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct AnthropicTests {
    private static let version = [("anthropic-version", "2023-06-01")]
    private let message = AnthropicWire.Message(
        id: "msg_010123456789abcdefghijklmn",
        model: "claude-sonnet-4-6",
        speech: Speech(text: "Kingfishers dive."),
        stopReason: "end_turn",
        inputTokens: 31,
        cachedTokens: 0
    )

    private func shape(_ bytes: [UInt8]) throws -> String {
        try Fixture.shape(JSONValue(parsing: bytes), leavingOut: ["service_tier"])
    }

    // MARK: Shapes

    @Test func anAnswerHasTheProvidersShape() throws {
        #expect(try shape(AnthropicWire.whole(message)) == shape(Fixture.bytes("anthropic-messages-success.json")))
        var call = message
        call.speech = Speech(tool: Conversation.Tool(name: "tide_height", arguments: #"{"harbour":"Brest"}"#))
        let theirs = try Fixture.json("anthropic-messages-tool-success.json")["content"]?[1]
        let ours = try JSONValue(parsing: AnthropicWire.whole(call))["content"]?[0]
        #expect(try shape(#require(ours).bytes) == shape(#require(theirs).bytes))
    }

    @Test func everyEventHasTheProvidersShape() throws {
        var shapes: [String: Set<String>] = [:]
        for name in ["anthropic-stream.sse", "anthropic-tool-stream.sse"] {
            for event in Fixture.events(try Fixture.bytes(name)) {
                let value = try JSONValue(parsing: event)
                shapes[value["type"]?.string ?? "", default: []].insert(try shape(value.bytes))
            }
        }
        var full = message
        full.thought = "Hm."
        full.speech.tool = Conversation.Tool(name: "tide_height", arguments: #"{"harbour":"Brest"}"#)
        let events = AnthropicWire.events(full)
        #expect(Set(events.map(\.name)) == Set(shapes.keys))
        for event in events {
            let known = try #require(shapes[event.name])
            // A block that is a call begins with an empty input, which has no shape to compare.
            #expect(try known.contains(shape(event.data)), "\(event.name)")
        }
    }

    @Test(arguments: [
        (Failure.invalidKey("sk-x"), "anthropic-error-401.json"), (.forbidden, "anthropic-error-403.json"),
        (.quota, "anthropic-error-402.json"), (.rateLimited, "anthropic-error-429-rate.json"),
        (.overloaded, "anthropic-error-529.json"),
    ])
    func aFailureHasTheProvidersShape(_ failure: Failure, _ name: String) throws {
        let reply = AnthropicWire.reply(to: failure, retryAfter: .seconds(14), requestID: "req_1")
        let theirs = try Fixture.json(name)
        #expect(try shape(reply.body) == shape(theirs.bytes))
        #expect(try JSONValue(parsing: reply.body)["error"]?["type"] == theirs["error"]?["type"])
        #expect(name.contains("\(reply.status)"))
        let wait = reply.headers.first { $0.0 == "retry-after" }?.1
        #expect(wait == (failure == .rateLimited ? "14" : nil))
    }

    // MARK: Requests

    private func call(
        _ server: SimServer,
        _ members: String = #""max_tokens":500,"messages":[{"role":"user","content":"Tell me about tides"}]"#,
        model: String = "claude-sonnet-4-6",
        key: String? = "sk-ant-good",
        headers: [(String, String)] = version
    ) async throws -> SimServer.Answer {
        let body = #"{"model":"\#(model)",\#(members)}"#
        return try await server.call("/anthropic/v1/messages", body, key: key, headers: headers)
    }

    @Test func aKeyAndAVersionAreAskedFor() async throws {
        try await SimServer.run { (server) async throws in
            for key in [nil, "sk-ant-bad", "hello"] {
                let answer = try await call(server, key: key)
                #expect(answer.status == 401 && answer.json?["error"]?["type"]?.string == "authentication_error")
            }
            #expect(try await call(server, key: nil, headers: Self.version + [("x-api-key", "sk-ant-1")]).status == 200)
            #expect(try await call(server, headers: []).status == 400)
            #expect(try await call(server, headers: [("anthropic-version", "2030-01-01")]).status == 400)
            let list = try await server.call("/anthropic/v1/models?limit=1", headers: Self.version)
            #expect(list.status == 200 && list.json?["data"]?.array?.count == 1)
            #expect(try await server.call("/anthropic/v1/messages", headers: Self.version).status == 405)
        }
    }

    @Test(arguments: [
        #""messages":[{"role":"user","content":"a"}]"#, #""max_tokens":5"#, #""max_tokens":5,"messages":[]"#,
        #""max_tokens":0,"messages":[{"role":"user","content":"a"}]"#,
        #""max_tokens":5,"messages":[{"role":"user","content":"a"}],"stream_options":{}"#,
        #""max_tokens":5,"messages":[{"role":"user","content":""}]"#,
        #""max_tokens":5,"messages":[{"role":"system","content":"a"}]"#,
        #""max_tokens":5,"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]"#,
        #""max_tokens":5,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"n","input":{}}]}]"#,
        #""max_tokens":5,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]"#,
        #""max_tokens":5,"messages":[{"role":"user","content":"a"}],"tools":[{"name":"n"}]"#,
        #""max_tokens":5,"messages":[{"role":"user","content":"a"}],"tool_choice":{"type":"any"}"#,
        #""max_tokens":5,"messages":[{"role":"user","content":"a"}],"temperature":1.5"#,
        #""max_tokens":5,"messages":[{"role":"user","content":"a"}],"thinking":{"type":"enabled","budget_tokens":9}"#,
        #""max_tokens":5,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"x"}]}]"#,
    ])
    func whatAnthropicRefusesIsRefused(_ members: String) async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await call(server, members)
            #expect(answer.status == 400 && answer.json?["error"]?["type"]?.string == "invalid_request_error")
        }
    }

    @Test func samplingIsRefusedByNewModelsAndTheNewVersion() async throws {
        try await SimServer.run { (server) async throws in
            let warm = #""max_tokens":5,"temperature":0.5,"messages":[{"role":"user","content":"a"}]"#
            #expect(try await call(server, warm).status == 200)
            #expect(try await call(server, warm, model: "claude-sonnet-5-5").status == 400)
            #expect(try await call(server, warm, headers: [("anthropic-version", "2026-10-21")]).status == 400)
        }
    }

    // MARK: Answers

    @Test func aStreamHasTheTextOfTheBlockingAnswer() async throws {
        try await SimServer.run { (server) async throws in
            let whole = try await call(server)
            let stream = try await call(
                server,
                #""max_tokens":500,"stream":true,"messages":[{"role":"user","content":"Tell me about tides"}]"#
            )
            let events = try Fixture.events(stream.body).map { try JSONValue(parsing: $0) }
            let text = events.compactMap { $0["delta"]?["text"]?.string }.joined()
            #expect(!text.isEmpty && text == whole.json?["content"]?[0]?["text"]?.string)
            #expect(events.last?["type"]?.string == "message_stop")
        }
    }

    @Test func aRefusalIsAnAnswer() async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await call(server, model: "sim-moderated")
            #expect(answer.status == 200 && answer.json?["stop_reason"]?.string == "refusal")
        }
    }

    @Test(arguments: [
        ("sim-error-500", 500), ("sim-error-429", 429), ("sim-error-529", 529), ("sim-quota", 402),
        ("sim-error-404", 404), ("sim-html-502", 502), ("sim-200-error", 200), ("sim-error-504", 504), ("nobody", 404),
    ])
    func aModelFailsAsItsNameSays(_ model: String, _ status: Int) async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await call(server, model: model)
            #expect(answer.status == status && answer.json?["content"] == nil)
        }
    }

    @Test(arguments: ["sim-cut", "sim-200-error", "sim-malformed"])
    func aBrokenStreamHasNoEnd(_ model: String) async throws {
        try await SimServer.run { (server) async throws in
            let members =
                #""max_tokens":500,"stream":true,"messages":[{"role":"user","content":"Tell me about tides"}]"#
            let answer = try await call(server, members, model: model)
            #expect(answer.text.contains("content_block_delta") && !answer.text.contains("message_stop"))
            #expect(answer.wasCut == (model == "sim-cut"))
            #expect(answer.text.contains("overloaded_error") == (model == "sim-200-error"))
        }
    }
}
