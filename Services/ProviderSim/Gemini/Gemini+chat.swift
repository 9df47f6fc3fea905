import HTTP
import JSON

extension Gemini {
    func chat(_ request: GeminiRequest, _ visit: Visit, stream: Bool) async throws(HTTPError) {
        try await visit.think()
        let speech = Speech(request.talk)
        let head = head(request.talk.model, visit)
        let usage = GeminiWire.Usage(
            input: request.talk.inputTokens,
            output: speech.outputTokens,
            thoughts: request.wantsThoughts ? Answers.tokens(Self.thought) : 0
        )
        let whole = {
            var parts: [GeminiWire.Part] = request.wantsThoughts ? [.thought(Self.thought)] : []
            parts.append(Self.part(speech))
            return GeminiWire.answer(head, parts, finish: speech.geminiFinish, usage)
        }
        if try await visit.answersOddly(streams: stream, failed: GeminiWire.reply, whole: whole) { return }
        guard stream else { return visit.send(Reply(200, json: whole()), headers: Self.headers) }
        var pieces: [GeminiWire.Part] = request.wantsThoughts ? [.thought(Self.thought)] : []
        pieces += speech.tool == nil ? speech.textPieces.map { .text($0) } : [.text("Checking. "), Self.part(speech)]
        if visit.exchange.request.queryValue("alt") == "sse" {
            try await send(pieces, finish: speech.geminiFinish, head, usage, visit)
        } else {
            sendArray(pieces, finish: speech.geminiFinish, head, usage, visit)
        }
    }

    private static let thought = "**Weighing the question**\n\nThe user wants an answer, so I will give one.\n"

    private static func part(_ speech: Speech) -> GeminiWire.Part {
        speech.tool.map { .call($0) } ?? .text(speech.text ?? "")
    }

    /// Events end on CRLF twice; the usage of each counts from the beginning; there is no mark of the end but the last
    /// piece's finish reason.
    private func send(
        _ pieces: [GeminiWire.Part],
        finish: String,
        _ head: GeminiWire.Head,
        _ usage: GeminiWire.Usage,
        _ visit: Visit
    ) async throws(HTTPError) {
        let stream = visit.exchange.stream(200, [("content-type", "text/event-stream")] + Self.headers)
        for (index, piece) in pieces.enumerated() {
            if index > 0 { try await visit.breathe() }
            if index == pieces.count / 2, try await breaks(stream, visit) { return }
            let share = GeminiWire.Usage(
                input: usage.input,
                output: usage.output * (index + 1) / pieces.count,
                thoughts: usage.thoughts
            )
            try await stream.send(Self.event(GeminiWire.answer(head, [piece], finish: nil, share)))
        }
        try await stream.send(Self.event(GeminiWire.answer(head, [.text("")], finish: finish, usage)))
        stream.finish()
        visit.end("200")
    }

    private static func event(_ json: [UInt8]) -> [UInt8] { Array("data: ".utf8) + json + Array("\r\n\r\n".utf8) }

    /// Without `alt=sse` a stream is one array of the pieces.
    private func sendArray(
        _ pieces: [GeminiWire.Part],
        finish: String,
        _ head: GeminiWire.Head,
        _ usage: GeminiWire.Usage,
        _ visit: Visit
    ) {
        var writer = JSONWriter(capacity: 4_096)
        writer.array { list in
            for piece in pieces { list.raw(GeminiWire.answer(head, [piece], finish: nil, usage)) }
            list.raw(GeminiWire.answer(head, [.text("")], finish: finish, usage))
        }
        visit.send(Reply(200, json: writer.bytes), headers: Self.headers)
    }

    /// What goes wrong in the middle of a stream; true when that was its end.
    private func breaks(_ stream: ResponseStream, _ visit: Visit) async throws(HTTPError) -> Bool {
        switch visit.behaviour.action {
        case .cut:
            stream.abort()
        case .stall:
            try await visit.hang()
            stream.abort()
        case .malformed:
            stream.write(Array("data: {\"candidates\": [{\"content\": {\"par\r\n\r\n".utf8))
            stream.finish()
        case .errorInside:
            let error =
                "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"The model is overloaded.\",\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n"
            stream.write(Array(error.utf8))
            stream.finish()
        default:
            return false
        }
        visit.end("broken")
        return true
    }
}

extension Speech {
    /// Gemini's word for how it ended: a call is no reason of its own.
    var geminiFinish: String { ending == .length ? "MAX_TOKENS" : "STOP" }
}
