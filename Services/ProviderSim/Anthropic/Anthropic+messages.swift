import HTTP
import JSON

extension Anthropic {
    /// The request, or nil when it was refused.
    private func read(_ visit: Visit, counts: Bool) async throws(HTTPError) -> AnthropicRequest? {
        let bytes = try await visit.exchange.body()
        let shape = shape(visit)
        guard let body = try? JSONValue(parsing: bytes), body.object != nil else {
            visit.begin(model: "", prompt: "")
            let text = "The request body is not valid JSON."
            let failure = refusal(visit) ?? .invalid(message: text, parameter: nil, code: nil)
            visit.send(shape(failure, .zero))
            return nil
        }
        do throws(AnthropicRequest.Refusal) {
            let request = try AnthropicRequest(body, version: version(visit), counts: counts)
            visit.begin(model: request.talk.model, prompt: request.talk.prompt)
            guard let failure = refusal(visit) else { return request }
            visit.send(shape(failure, .zero))
        } catch {
            visit.begin(model: body["model"]?.string ?? "", prompt: "")
            let failure = refusal(visit) ?? .invalid(message: error.message, parameter: nil, code: nil)
            visit.send(shape(failure, .zero))
        }
        return nil
    }

    func count(_ visit: Visit) async throws(HTTPError) {
        guard let request = try await read(visit, counts: true) else { return }
        let whole = JSONWriter.object { $0.field("input_tokens", request.talk.inputTokens) }
        if try await visit.answersOddly(streams: false, failed: shape(visit), whole: { whole }) { return }
        visit.send(Reply(200, json: whole), headers: headers)
    }

    func messages(_ visit: Visit) async throws(HTTPError) {
        guard let request = try await read(visit, counts: false) else { return }
        try await visit.think()
        let message = message(request, visit)
        let isRefused = visit.behaviour.action == .fail(.moderated)
        if !isRefused {
            let whole = { AnthropicWire.whole(message) }
            if try await visit.answersOddly(streams: request.stream, failed: shape(visit), whole: whole) { return }
        }
        if request.stream {
            try await stream(message, visit)
        } else {
            visit.send(Reply(200, json: AnthropicWire.whole(message)), headers: headers)
        }
    }

    private func message(_ request: AnthropicRequest, _ visit: Visit) -> AnthropicWire.Message {
        var dice = Dice(visit.exchange.requestID)
        let isRefused = visit.behaviour.action == .fail(.moderated)
        let speech = isRefused ? Speech(text: "") : Speech(request.talk)
        return AnthropicWire.Message(
            id: "msg_01" + dice.letters(22),
            model: request.talk.model,
            thought: request.thinks && !isRefused ? "The user asks: \(request.talk.prompt.prefix(60))" : nil,
            speech: speech,
            stopReason: isRefused ? "refusal" : speech.anthropicReason,
            inputTokens: request.talk.inputTokens,
            cachedTokens: request.cachedTokens
        )
    }

    private func stream(_ message: AnthropicWire.Message, _ visit: Visit) async throws(HTTPError) {
        let out = visit.exchange.eventStream(headers, keepAlive: nil)
        let events = AnthropicWire.events(message)
        for (index, event) in events.enumerated() {
            if event.name == "content_block_delta" { try await visit.breathe() }
            if index == events.count / 2, try await breaks(out, visit) { return }
            try await out.send(name: event.name, data: event.data)
        }
        out.finish()
        visit.end("200")
    }

    /// What goes wrong in the middle of a stream; true when that was its end.
    private func breaks(_ out: EventStream, _ visit: Visit) async throws(HTTPError) -> Bool {
        switch visit.behaviour.action {
        case .cut:
            out.stream.abort()
        case .stall:
            try await visit.hang()
            out.stream.abort()
        case .malformed:
            out.event(name: "message_delta", data: #"{"type":"message_delta","delta":{"stop"#)
            out.finish()
        case .errorInside:
            out.event(name: "error", data: AnthropicWire.errorBody("overloaded_error", "Overloaded", nil))
            out.finish()
        default:
            return false
        }
        visit.end("broken")
        return true
    }
}

extension Speech {
    /// Anthropic's word for how it ended.
    fileprivate var anthropicReason: String {
        switch ending {
        case .stop: "end_turn"
        case .length: "max_tokens"
        case .tool: "tool_use"
        }
    }
}
