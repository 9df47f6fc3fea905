import HTTP
import JSON
import Loop

extension Bedrock {
    func converse(_ visit: Visit, model: String, streams: Bool) async throws(HTTPError) {
        let bytes = try await visit.exchange.body()
        let request: ConverseRequest
        do throws(BedrockRefusal) {
            request = try ConverseRequest(bytes, model: model)
        } catch {
            visit.begin(model: model, prompt: "")
            return send(refusal(of: visit, body: bytes) ?? BedrockWire.reply(to: error), visit)
        }
        visit.begin(model: model, prompt: request.talk.prompt)
        if let refusal = refusal(of: visit, body: bytes) { return send(refusal, visit) }
        try await visit.think()
        let answer = ConverseAnswer(request, isBlocked: visit.behaviour.action == .fail(.moderated))
        let whole = { BedrockWire.answer(answer) }
        if !answer.isBlocked,
            try await visit.answersOddly(streams: streams, failed: Self.failed(visit), whole: whole)
        {
            return
        }
        if streams { try await stream(answer, visit) } else { send(Reply(200, json: whole()), visit) }
    }

    private func stream(_ answer: ConverseAnswer, _ visit: Visit) async throws(HTTPError) {
        let headers = [("content-type", "application/vnd.amazon.eventstream")] + Self.headers(visit)
        let out = visit.exchange.stream(200, headers)
        var dice = Dice(visit.exchange.requestID)
        let events = answer.events
        for (index, event) in events.enumerated() {
            if index > 1 { try await visit.breathe() }
            if index == events.count / 2, try await breaks(out, visit) { return }
            let pad = visit.sim.options.obfuscation ? dice.letters(dice.whole(1...40)) : nil
            try await out.send(AWSFrame.event(event.type, BedrockWire.payload(event, pad: pad)))
        }
        out.finish()
        visit.end("200")
    }

    /// What goes wrong in the middle of a stream; true when that was its end.
    private func breaks(_ out: ResponseStream, _ visit: Visit) async throws(HTTPError) -> Bool {
        switch visit.behaviour.action {
        case .cut:
            out.abort()
        case .stall:
            try await visit.hang()
            out.abort()
        case .malformed:
            out.write(AWSFrame.broken(AWSFrame.event("messageStop", Array(#"{"stopReason":"end_turn"}"#.utf8))))
            out.finish()
        case .errorInside:
            let payload = #"{"message":"The system encountered an unexpected error.","originalStatusCode":500}"#
            out.write(AWSFrame.exception("modelStreamErrorException", Array(payload.utf8)))
            out.finish()
        default:
            return false
        }
        visit.end("broken")
        return true
    }
}

/// The whole answer to a Converse request, before it is sent at once or in frames.
struct ConverseAnswer {
    let speech: Speech
    let isBlocked: Bool
    let input: Int
    /// A tool call's id.
    let callID: String

    /// - Parameter isBlocked: the guardrail speaks in the model's place.
    init(_ request: ConverseRequest, isBlocked: Bool) {
        self.isBlocked = isBlocked
        speech = isBlocked ? Speech(text: "Sorry, the model cannot answer this question.") : Speech(request.talk)
        input = request.talk.inputTokens
        var dice = Dice(request.talk.prompt)
        callID = "tooluse_" + dice.letters(22)
    }

    var output: Int { speech.outputTokens }

    /// Converse's word for how it ended.
    var stopReason: String {
        if isBlocked { return "guardrail_intervened" }
        return switch speech.ending {
        case .stop: "end_turn"
        case .length: "max_tokens"
        case .tool: "tool_use"
        }
    }

    /// A frame's event.
    enum Event {
        case start
        case toolStart(id: String, name: String)
        case text(String)
        case toolInput(String)
        case blockStop
        case stop(String)
        case metadata(input: Int, output: Int)

        var type: String {
            switch self {
            case .start: "messageStart"
            case .toolStart: "contentBlockStart"
            case .text, .toolInput: "contentBlockDelta"
            case .blockStop: "contentBlockStop"
            case .stop: "messageStop"
            case .metadata: "metadata"
            }
        }
    }

    /// The events of a stream. A text block has no opening.
    var events: [Event] {
        var events: [Event] = [.start]
        if let tool = speech.tool {
            events.append(.toolStart(id: callID, name: tool.name))
            events += speech.argumentPieces.map { .toolInput($0) }
        } else {
            events += speech.textPieces.map { .text($0) }
        }
        return events + [.blockStop, .stop(stopReason), .metadata(input: input, output: output)]
    }
}
