import JSON
import Providers
import Testing

@testable import Gateway

/// Turns fed with providers' real bytes: what each piece of a stream is told as.
@Suite struct TurnFixtureTests {
    /// A turn with that stream as its text; the names of the frames that each piece came to.
    private func told(_ stream: StoredStream, _ wish: TurnMachine.Wish = .text) throws -> (ToldTurn, [[String]]) {
        var turn = ToldTurn(wish, steps: 1)
        turn.begin()
        if wish == .image { turn.failPicture() }
        turn.hear { $0.textBegan(connector: "house", model: "talk-1") }
        var reader = stream.codec.streamReader()
        var usage: Usage?
        var failure: ProviderError?
        var perPiece: [[String]] = []
        func take(_ events: [ChatEvent]) {
            let before = turn.frames.count
            for event in events {
                if case .usage(let told) = event { usage = told }
                turn.hear { $0.heard(event) }
            }
            perPiece.append(turn.frames[before...].map(\.name.rawValue))
        }
        for piece in stream.pieces where failure == nil {
            var events: [ChatEvent] = []
            piece.withUnsafeBytes { bytes in
                do throws(ProviderError) {
                    try reader.feed(bytes) { events.append($0) }
                } catch {
                    failure = error
                }
            }
            take(events)
        }
        if failure == nil {
            var events: [ChatEvent] = []
            do throws(ProviderError) {
                try reader.end { events.append($0) }
            } catch {
                failure = error
            }
            take(events)
        }
        if let failure {
            turn.hear { $0.failed(GatewayError(failure)) }
        } else {
            turn.hear { $0.textEnded(inputTokens: usage?.inputTokens, outputTokens: usage?.outputTokens) }
        }
        return (turn, perPiece)
    }

    @Test(arguments: StoredStream.all)
    func everyStoredStreamIsToldWholeAndEndsOnce(_ stream: StoredStream) throws {
        for wish in TurnMachine.Wish.allCases {
            var (turn, _) = try told(stream, wish)
            let text = turn.frames(.delta).compactMap { $0["text"]?.string }.joined()
            if !stream.text.isEmpty { #expect(text == stream.text) }
            switch stream.expect {
            case "success", "content_rejected":
                if turn.order == .picture(0) { turn.makePicture() }
                #expect(try turn.first(.turnComplete)["text"]?.string == text)
                #expect(turn.frames.last?.name == .final)
            case "success-tool-calls":
                #expect(try turn.first(.turnAwaitingInput)["tool_calls"]?.array?.isEmpty == false)
                #expect(turn.frames.last?.name == .final)
            default:
                #expect(
                    try turn.first(.error)["code"]?.string
                        == GatewayError(ProviderError(.init(rawValue: stream.expect) ?? .configError, "")).code.rawValue
                )
                #expect(turn.frames.last?.name == .error)
            }
            #expect(turn.isOver)
            if stream.expect == "content_rejected" {
                #expect(try turn.first(.shieldCall)["violation"]?.object != nil)
            }
        }
    }

    @Test func onePieceOfAStreamIsToldAsSeveralEvents() throws {
        let (_, pieces) = try told(try .named("anthropic-tool-stream.sse"))
        #expect(
            pieces.contains(["tool_call", "tool_call"]),
            "the end of the message makes both calls whole: \(pieces)"
        )
        let (_, gemini) = try told(try .named("gemini-tool-stream.sse"))
        #expect(gemini.contains(["tool_call_delta", "tool_call_delta"]), "\(gemini)")
    }

    @Test func anAnswerWithThoughtsTextAndToolsIsToldInItsOrder() throws {
        let (turn, _) = try told(try .named("anthropic-tool-stream.sse"))
        let seen = turn.said.filter { $0 != "heartbeat" }
        #expect(
            seen == [
                "turn_start", "meta", "reasoning", "delta", "tool_call_delta", "tool_call_delta", "tool_call_delta",
                "tool_call_delta", "tool_call", "tool_call", "done", "turn_awaiting_input", "final",
            ]
        )
        let calls = turn.frames(.toolCall)
        #expect(calls.map { $0["arguments"]?.string } == [#"{"harbour": "Brest"}"#, "{}"])
        #expect(calls.map { $0["arguments_object"]?["harbour"]?.string } == ["Brest", nil])
    }

    @Test(arguments: ["anthropic-server-tool-stream.sse", "openai-responses-web-search-stream.sse"])
    func toolsThatAProviderRunsItselfAreToldWithTheirResult(_ name: String) throws {
        let (turn, _) = try told(try .named(name))
        let runs = turn.frames(.toolExecution)
        #expect(runs.map { $0["step"]?.string } == ["call", "result"])
        #expect(
            runs[0]["name"]?.string == "web_search" && runs[0]["arguments_object"]?["query"]?.string == "tide Brest"
        )
        #expect(runs[0]["id"] == runs[1]["id"] && runs[1]["summary"]?.string?.isEmpty == false)
        #expect(turn.frames(.heartbeat).count > 0, "steps without a name of their own are signs of life")
        #expect(turn.frames(.toolCall).isEmpty && turn.frames.last?.name == .final, "nobody waits for a result")
    }

    @Test func aFilterThatLooksAtEveryAnswerIsToldWithOrWithoutAViolation() throws {
        let (passed, _) = try told(try .named("azure-chat-stream.sse"))
        #expect(passed.frames(.shieldCall).map { $0["violation"] } == [.null])
        let (refused, _) = try told(try .named("anthropic-stream-refusal.sse"))
        #expect(refused.frames(.shieldCall).map { $0["violation"]?["code"]?.string } == ["cyber"])
    }
}
