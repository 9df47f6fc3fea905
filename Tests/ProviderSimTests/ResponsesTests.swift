import HTTP
import JSON
import Testing

@testable import ProviderSim

/// OpenAI's responses and embeddings.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ResponsesTests {
    private static let tool =
        #","tools":[{"type":"function","name":"tide_height","parameters":{"type":"object","properties":{"harbour":{"type":"string"}}}}],"tool_choice":"required""#

    private func respond(_ server: SimServer, _ more: String = "", input: String = #""Tides in Brest""#) async throws
        -> SimServer.Answer
    {
        try await server.call("/v1/responses", #"{"model":"gpt-6.1-sol","input":\#(input)\#(more)}"#)
    }

    @Test func aResponseHasTheProvidersShape() async throws {
        try await SimServer.run { (server) async throws in
            let theirs = try Fixture.json("openai-responses-success.json")
            #expect(Fixture.shape(try await respond(server).json) == Fixture.shape(theirs))
        }
    }

    @Test(arguments: [("openai-responses-stream.sse", ""), ("openai-responses-tool-stream.sse", tool)])
    func everyKindOfEventHasTheProvidersShape(_ fixture: String, _ more: String) async throws {
        try await SimServer.run { (server) async throws in
            var theirs: [String: String] = [:]
            for event in Fixture.events(try Fixture.bytes(fixture)) {
                let value = try JSONValue(parsing: event)
                theirs[value["type"]?.string ?? ""] = Fixture.shape(value, leavingOut: ["tools", "output", "item"])
            }
            let answer = try await respond(server, #","stream":true,"store":false"# + more)
            var seen: Set<String> = []
            for event in Fixture.events(answer.body) {
                let value = try JSONValue(parsing: event)
                let type = value["type"]?.string ?? ""
                seen.insert(type)
                guard type != "response.output_item.added", type != "response.output_item.done" else { continue }
                #expect(Fixture.shape(value, leavingOut: ["tools", "output", "item"]) == theirs[type], "\(type)")
            }
            #expect(seen == Set(theirs.keys))
        }
    }

    @Test func encryptedReasoningIsTakenBackAndNoOther() async throws {
        try await SimServer.run { (server) async throws in
            let more = #","store":false,"include":["reasoning.encrypted_content"]"# + Self.tool
            let output = try #require(try await respond(server, more).json?["output"]?.array)
            let id = try #require(output[1]["call_id"]?.string)
            let result = #"{"type":"function_call_output","call_id":"\#(id)","output":"4.2 m"}"#
            let user = #"{"role":"user","content":"Tides"}"#
            let turn = "[\(user),\(output[0].text),\(output[1].text),\(result)]"
            let answer = try await respond(server, Self.tool, input: turn).json
            #expect(answer?["output"]?[1]?["content"]?[0]?["text"]?.string?.contains("4.2 m") == true)
            let forged = output[0].with("encrypted_content", "EqQB")
            let refused = try await respond(server, input: "[\(user),\(forged.text)]")
            #expect(refused.status == 400 && refused.code == "invalid_encrypted_content")
            #expect(try await respond(server, input: "[\(user),\(result)]").status == 400)
        }
    }

    @Test(
        arguments: [
            #","stop":["x"]"#, #","seed":1"#, #","max_output_tokens":5"#, #","temperature":0.2"#,
            #","tools":[{"type":"function","function":{"name":"x"}}]"#,
        ]
    )
    func whatResponsesDoNotKnowIsRefused(_ more: String) async throws {
        try await SimServer.run { (server) async throws in
            #expect(try await respond(server, more).status == 400)
        }
    }

    @Test func aFailureInTheMiddleIsAResponseThatFailed() async throws {
        try await SimServer.run { (server) async throws in
            let body = #"{"model":"sim-200-error","input":"hi","stream":true}"#
            let events = Fixture.events(try await server.call("/v1/responses", body).body)
            let last = try JSONValue(parsing: try #require(events.last))
            let theirs = try JSONValue(parsing: Fixture.events(Fixture.bytes("openai-responses-stream-failed.sse"))[1])
            #expect(Fixture.shape(last) == Fixture.shape(theirs))
        }
    }

    @Test func aStrictSimulatorRefusesToolsOnChat() async throws {
        let tool = #","tools":[{"type":"function","function":{"name":"now"}}]"#
        try await SimServer.run({ $0.strict = true }) { (server) async throws in
            let refused = try await server.chat("gpt-5.5", more: tool)
            let theirs = try Fixture.json("openai-error-400-tools-reasoning.json")
            #expect(refused.status == 400 && refused.json == theirs)
            #expect(try await server.chat("gpt-5.5", more: tool + #","reasoning_effort":"none""#).status == 200)
            #expect(try await server.chat("gpt-5.1", more: tool).status == 200)
            #expect(try await server.chat("gpt-5.5").status == 200)
        }
    }

    @Test func textsWithWordsInCommonAreNear() async throws {
        try await SimServer.run { (server) async throws in
            let texts = #"["the tide in Brest","the tide at Brest","a red kingfisher"]"#
            let body = #"{"model":"text-embedding-3-small","dimensions":64,"input":\#(texts)}"#
            let answer = try await server.call("/v1/embeddings", body).json
            let vectors = (answer?["data"]?.array ?? []).map { ($0["embedding"]?.array ?? []).compactMap(\.double) }
            #expect(vectors.map(\.count) == [64, 64, 64])
            let near = zip(vectors[0], vectors[1]).reduce(0) { $0 + $1.0 * $1.1 }
            let far = zip(vectors[0], vectors[2]).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(near > 0.5 && far < near)
            #expect(try await server.call("/v1/embeddings", body).json?["data"] == answer?["data"])
            let base64 = try await server.call(
                "/v1/embeddings",
                #"{"model":"text-embedding-3-small","input":"a","encoding_format":"base64"}"#
            )
            #expect(base64.json?["data"]?[0]?["embedding"]?.string?.utf8.count == 1_536 * 4 / 3 * 4)
            #expect(try await server.call("/v1/embeddings", #"{"model":"text-embedding-3-small"}"#).status == 400)
        }
    }
}
