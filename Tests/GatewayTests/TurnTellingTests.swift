import JSON
import Testing

@testable import Gateway

/// What a turn tells beside its text and its picture: tools, filters, signs of life.
@Suite struct TurnTellingTests {
    private func begun(_ wish: TurnMachine.Wish = .text) -> ToldTurn {
        var turn = ToldTurn(wish)
        turn.begin()
        turn.hear { $0.textBegan(connector: "house", model: "talk-1") }
        return turn
    }

    // MARK: Tool calls

    @Test func aToolCallIsToldInPiecesAsTextAndWholeAsAnObject() throws {
        var turn = begun()
        turn.hear { $0.said("Checking.") }
        turn.hear { $0.calls(id: "call_A", name: "tide_height") }
        turn.hear { $0.argued(0, #"{"harb"#) }
        turn.hear { $0.argued(0, #"our":"Brest"}"#) }
        turn.hear { $0.stopped(.toolCalls) }
        turn.hear { $0.textEnded(inputTokens: nil, outputTokens: nil) }
        let pieces = turn.frames(.toolCallDelta).compactMap { $0["arguments"]?.string }
        #expect(pieces == ["", #"{"harb"#, #"our":"Brest"}"#])
        let call = try turn.first(.toolCall)
        #expect(call["name"]?.string == "tide_height" && call["id"]?.string == "call_A")
        #expect(call["arguments"]?.string == #"{"harbour":"Brest"}"#)
        #expect(call["arguments_object"]?["harbour"]?.string == "Brest")
        #expect(try turn.first(.done)["stop_reason"]?.string == "tool_calls")
    }

    @Test(arguments: ["{\"harb", "[1]", "7", "no JSON"])
    func argumentsThatAreNoObjectStayText(_ arguments: String) throws {
        var turn = begun()
        turn.hear { $0.calls(id: "call_A", name: "tide_height") }
        turn.hear { $0.argued(0, arguments) }
        turn.hear { $0.stopped(.toolCalls) }
        let call = try turn.first(.toolCall)
        #expect(call["arguments"]?.string == arguments && call["arguments_object"] == nil)
    }

    @Test func aTurnThatWaitsForItsToolsSaysSoAndMakesNoPicture() throws {
        for wish in [TurnMachine.Wish.text, .textAndImage] {
            var turn = begun(wish)
            turn.hear { $0.calls(id: "call_A", name: "now") }
            turn.hear { $0.calls(id: "call_B", name: "tide_height") }
            turn.hear { $0.stopped(.toolCalls) }
            turn.hear { $0.textEnded(inputTokens: nil, outputTokens: nil) }
            #expect(turn.said.suffix(3) == ["done", "turn_awaiting_input", "final"])
            let calls = try turn.first(.turnAwaitingInput)["tool_calls"]?.array
            #expect(calls?.map { $0["id"]?.string } == ["call_A", "call_B"])
            #expect(calls?.first?["arguments"]?.string == "{}")
            #expect(turn.frames(.toolCall).count == 2)
        }
    }

    // MARK: Tools that were run

    @Test func resultsThatComeWithTheRequestAreToldFirst() throws {
        var turn = ToldTurn(.image)
        let call = TurnMachine.ToolCall(id: "call_A", name: "now", arguments: #"{"zone":"UTC"}"#)
        let result = TurnMachine.ToolResult(id: "call_A", name: "now", text: "It is\n\n noon.", pictures: 1)
        turn.hear { $0.began(after: [(call, result)]) }
        #expect(
            turn.said == ["turn_start", "tool_execution", "tool_execution", "image_pending", "image_attempt"]
        )
        let told = turn.frames(.toolExecution)
        #expect(told.map { $0["step"]?.string } == ["call", "result"])
        #expect(told[0]["arguments_object"]?["zone"]?.string == "UTC")
        #expect(told[1]["summary"]?.string == "It is noon." && told[1]["pictures"]?.int == 1)
    }

    @Test func aLongResultIsToldInShort() {
        let text = String(repeating: "tide 🐦 ", count: 1_000)
        let summary = TurnMachine.summary(text)
        #expect(summary.count == TurnMachine.summaryLength + 1 && summary.hasSuffix("…"))
        #expect(TurnMachine.summary("  a \n b  ") == "a b")
        #expect(TurnMachine.summary("") == "")
    }

    // MARK: Filters

    @Test func aFilterThatFoundNothingIsToldOnce() throws {
        var turn = begun()
        for _ in 0..<3 { turn.hear { $0.filtered(nil) } }
        #expect(turn.frames(.shieldCall).count == 1)
        #expect(try turn.first(.shieldCall)["violation"] == .null)
    }

    @Test func aFilteredAnswerIsToldWithItsViolation() throws {
        var turn = begun()
        turn.hear { $0.filtered(nil) }
        turn.hear { $0.filtered(.init(code: "violence", message: "It objects.")) }
        turn.hear { $0.stopped(.filtered) }
        turn.hear { $0.textEnded(inputTokens: nil, outputTokens: nil) }
        let codes = turn.frames(.shieldCall).map { $0["violation"]?["code"]?.string }
        #expect(codes == [nil, "violence"])
        #expect(try turn.first(.done)["stop_reason"]?.string == "content_filter")
    }

    @Test func aFilterThatOnlyStopsTheAnswerIsAViolationToo() throws {
        var turn = begun()
        turn.hear { $0.stopped(.filtered) }
        #expect(try turn.first(.shieldCall)["violation"]?["code"]?.string == "content_filter")
    }

    @Test func aRejectionIsAViolationBeforeItIsAnError() throws {
        var turn = ToldTurn(.text)
        turn.begin()
        let details = [JSONField("provider_code", "moderation_blocked")]
        turn.hear { $0.failed(GatewayError(.providerRejected, "The provider refuses this.", details: details)) }
        #expect(turn.said == ["turn_start", "shield_call", "error"])
        #expect(try turn.first(.shieldCall)["violation"]?["code"]?.string == "moderation_blocked")
    }

    // MARK: Signs of life

    @Test func silenceIsToldWithWhatTheTurnIsAt() {
        var turn = begun(.textAndImage)
        turn.hear { $0.wasSilent() }
        turn.hear { $0.stopped(.ended("stop")) }
        turn.hear { $0.textEnded(inputTokens: nil, outputTokens: nil) }
        turn.hear { $0.wasSilent() }
        #expect(turn.frames(.heartbeat).map { $0["phase"]?.string } == ["text", "image"])
    }

    // MARK: Bounds

    @Test func anAnswerWithoutEndIsCut() throws {
        var turn = begun()
        let piece = String(repeating: "x", count: 1 << 20)
        for _ in 0..<8 where !turn.isOver { turn.hear { $0.said(piece) } }
        #expect(turn.isOver)
        #expect(try turn.first(.error)["code"]?.string == "malformed_response")
    }
}
