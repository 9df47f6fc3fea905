import JSON
import Providers
import Testing

@testable import Gateway

/// How callers phrase a turn, and what is refused.
@Suite struct TurnRequestTests {
    private func read(_ text: String) throws -> TurnRequest { try TurnRequest(try JSONValue(parsing: text)) }

    private static let hello = #""messages":[{"role":"user","content":" a red fox "}]"#

    @Test func theTextGoesToTheModelAsAStreamWithoutTheTurnsOwnMembers() throws {
        let body =
            #"{"action":"reply_text","model":"gpt-5-mini","feature":"f","tools":[],"temperature":0.5,"x":1,\#(Self.hello)}"#
        let request = try read(body)
        let chat = try JSONValue(parsing: request.chat.body)
        #expect(chat["stream"]?.bool == true && chat["model"]?.string == "gpt-5-mini")
        #expect(chat["temperature"]?.double == 0.5 && chat["messages"]?.array?.count == 1)
        #expect(chat["action"] == nil && chat["feature"] == nil && chat["x"] == nil)
        #expect(request.feature == "f" && request.wish == .text && request.chain.isEmpty)
    }

    @Test func thePictureShowsItsPromptOrTheLastThingThatTheUserSaid() throws {
        let talk =
            #""messages":[{"role":"user","content":"first"},{"role":"user","content":[{"type":"text","text":" a fox "}]},"#
            + #"{"role":"assistant","content":"Yes?"}]"#
        #expect(try read(#"{"action":"reply_image",\#(talk)}"#).prompt == "a fox")
        let own = try read(#"{"action":"reply_text_image","image":{"prompt":"  a gull\n"},\#(talk)}"#)
        #expect(own.prompt == "a gull")
    }

    @Test func aChainKeepsItsOrderAndWithoutOneThereIsOneStep() throws {
        let chain = #"[{"connector":"work","model":"paint-1","variant":"hd"},{"model":"house/paint-2"}]"#
        let request = try read(#"{"action":"reply_image","image":{"chain":\#(chain)},\#(Self.hello)}"#)
        #expect(
            request.chain == [
                .init(connector: "work", model: "paint-1", variant: "hd"), .init(model: "house/paint-2"),
            ]
        )
        #expect(try read(#"{"action":"reply_image",\#(Self.hello)}"#).chain == [.init()])
    }

    @Test func onlyTheResultsAtTheEndAreNew() throws {
        let old =
            #"{"role":"assistant","content":null,"tool_calls":[{"id":"old","type":"function","function":{"name":"now","arguments":"{}"}}]},"#
            + #"{"role":"tool","tool_call_id":"old","content":"noon"},{"role":"assistant","content":"It is noon."},"#
        let new =
            #"{"role":"user","content":"And the tide?"},{"role":"assistant","content":null,"tool_calls":["#
            + #"{"id":"a","type":"function","function":{"name":"tide_height","arguments":"{\"harbour\":\"Brest\"}"}}]},"#
            + #"{"role":"tool","tool_call_id":"a","content":"6 m"},{"role":"tool","tool_call_id":"b","content":"?"}"#
        let request = try read(#"{"action":"reply_text","messages":[{"role":"user","content":"hi"},\#(old)\#(new)]}"#)
        #expect(request.runs.map(\.call.id) == ["a", "b"])
        #expect(request.runs[0].call.name == "tide_height" && request.runs[0].result.text == "6 m")
        #expect(request.runs[0].call.arguments == #"{"harbour":"Brest"}"#)
        #expect(request.runs[1].call.name.isEmpty, "a result of a call that nobody made")
    }

    @Test(arguments: [
        (#"{\#(hello)}"#, "invalid_request", "action"),
        (#"{"action":7,\#(hello)}"#, "invalid_request", "action"),
        (#"{"action":"sing",\#(hello)}"#, "validation_failed", "action"),
        (#"{"action":"reply_text"}"#, "invalid_request", "messages"),
        (#"{"action":"reply_text","messages":[]}"#, "invalid_request", "messages"),
        (#"{"action":"reply_text","messages":[{"role":"bird","content":"x"}]}"#, "invalid_request", "messages[0].role"),
        (#"{"action":"reply_text","model":"",\#(hello)}"#, "invalid_request", "model"),
        (#"{"action":"reply_text","feature":[],\#(hello)}"#, "invalid_request", "feature"),
        (#"{"action":"reply_image","image":[],\#(hello)}"#, "invalid_request", "image"),
        (#"{"action":"reply_image","image":{"prompt":7},\#(hello)}"#, "invalid_request", "image.prompt"),
        (
            #"{"action":"reply_image","messages":[{"role":"system","content":"x"}]}"#, "validation_failed",
            "image.prompt"
        ),
        (#"{"action":"reply_image","image":{"chain":{}},\#(hello)}"#, "invalid_request", "image.chain"),
        (#"{"action":"reply_image","image":{"chain":[]},\#(hello)}"#, "validation_failed", "image.chain"),
        (#"{"action":"reply_image","image":{"chain":[7]},\#(hello)}"#, "invalid_request", "image.chain[0]"),
        (#"{"action":"reply_image","image":{"chain":[{}]},\#(hello)}"#, "invalid_request", "image.chain[0].model"),
        (
            #"{"action":"reply_image","image":{"chain":[{"model":1}]},\#(hello)}"#, "invalid_request",
            "image.chain[0].model"
        ),
    ])
    func whatIsWrongIsNamed(_ body: String, _ code: String, _ param: String) throws {
        let error = try #require(throws: GatewayError.self) { try read(body) }
        #expect(error.code.rawValue == code && error.param == param, "\(error)")
        let told = try JSONValue(parsing: ErrorAnswer.body(for: error, path: "/api/turns", requestID: "r"))
        #expect(told["details"]?["param"]?.string == param)
    }

    @Test func aChainAndAPromptHaveBounds() throws {
        let steps = Array(repeating: #"{"model":"m"}"#, count: TurnRequest.chainLimit + 1).joined(separator: ",")
        for image in [#"{"chain":[\#(steps)]}"#, #"{"prompt":"\#(String(repeating: "x", count: 32_001))"}"#] {
            let error = try #require(throws: GatewayError.self) {
                try read(#"{"action":"reply_image","image":\#(image),\#(Self.hello)}"#)
            }
            #expect(error.code == .unprocessable && error.param?.hasPrefix("image.") == true)
        }
    }
}
