import HTTP
import JSON

extension OpenAIFamily {
    func responses(_ visit: Visit) async throws(HTTPError) {
        let request: ResponsesRequest
        let body = try await body(visit)
        do throws(Refusal) {
            request = try ResponsesRequest(body.get())
        } catch {
            _ = admits(visit, model: (try? body.get())?["model"]?.string ?? "", prompt: "", refusal: error)
            return
        }
        guard admits(visit, model: request.talk.model, prompt: request.talk.prompt) else { return }
        try await visit.think()
        var dice = Dice(visit.exchange.requestID)
        let wire = ResponsesWire(
            request: request,
            speech: Speech(request.talk),
            id: dice.letters(32).lowercased(),
            created: Self.now,
            model: shownModel(request.talk.model)
        )
        let failed = failing(request.talk.model)
        let whole = { wire.response.encoded }
        if try await visit.answersOddly(streams: request.stream, failed: failed, whole: whole) { return }
        let headers = headers(request.talk.model, tokens: request.talk.inputTokens)
        guard request.stream else { return visit.send(Reply(200, json: whole()), headers: headers) }
        try await stream(wire, visit, headers)
    }

    private func stream(_ wire: ResponsesWire, _ visit: Visit, _ headers: [(String, String)]) async throws(HTTPError) {
        let events = visit.exchange.eventStream(headers, keepAlive: nil)
        let opening = wire.opening
        for (number, event) in opening.enumerated() {
            if number > 5 { try await visit.breathe() }
            if number == opening.count / 2 {
                if visit.behaviour.action == .errorInside {
                    try await Self.send(wire.failed, number, events)
                    events.finish()
                    return visit.end("broken")
                }
                let head = OpenAIWire.Head(id: wire.id, created: wire.created, model: wire.model)
                if try await breaks(events, visit, head) { return }
            }
            try await Self.send(event, number, events)
        }
        try await Self.send(wire.completed, opening.count, events)
        events.finish()
        visit.end("200")
    }

    private static func send(_ event: JSONValue, _ number: Int, _ events: EventStream) async throws(HTTPError) {
        let numbered = event.with("sequence_number", JSONValue(number))
        try await events.send(name: event["type"]?.string, data: numbered.encoded)
    }
}
