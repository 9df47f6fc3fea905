import HTTP
import JSON

extension OpenAIFamily {
    func chat(_ visit: Visit) async throws(HTTPError) {
        let request: ChatRequest
        let body = try await body(visit)
        do throws(Refusal) {
            try check(body.get())
            request = try ChatRequest(body.get(), strict: visit.sim.options.strict)
        } catch {
            _ = admits(visit, model: (try? body.get())?["model"]?.string ?? "", prompt: "", refusal: error)
            return
        }
        guard admits(visit, model: request.model, prompt: request.prompt) else { return }
        try await visit.think()
        let answer = ChatAnswer(request, head: head("chatcmpl-", request.model, visit))
        let whole = { dressed(OpenAIWire.completion(answer.head, answer.choices, usage(of: answer))) }
        let failed = failing(request.model)
        if try await visit.answersOddly(streams: request.stream, failed: failed, whole: whole) { return }
        let headers = headers(request.model, tokens: answer.usage.input)
        if request.stream {
            try await stream(answer, request, visit, headers)
        } else {
            visit.send(Reply(200, json: whole()), headers: headers)
        }
    }

    private func stream(
        _ answer: ChatAnswer,
        _ request: ChatRequest,
        _ visit: Visit,
        _ headers: [(String, String)]
    ) async throws(HTTPError) {
        let events = visit.exchange.eventStream(headers, keepAlive: nil)
        let pads = request.includeObfuscation && visit.sim.options.obfuscation
        var dice = Dice(answer.head.id)
        let deltas = deltas(of: answer)
        begin(events, answer)
        for (index, piece) in deltas.enumerated() {
            if index > 1 { try await visit.breathe() }
            if index == deltas.count / 2, try await breaks(events, visit, answer.head) { return }
            let bytes = OpenAIWire.chunk(
                answer.head,
                piece.delta,
                choice: piece.choice,
                usageIsNull: request.includeUsage,
                obfuscation: pads ? dice.letters(dice.whole(1...12)) : nil
            )
            try await events.send(data: dressed(bytes))
        }
        if request.includeUsage || alwaysTellsUsage {
            try await events.send(data: dressed(OpenAIWire.usageChunk(answer.head, usage(of: answer))))
        }
        events.event(data: "[DONE]")
        events.finish()
        visit.end("200")
    }

    /// What goes wrong in the middle of a stream; true when that was its end.
    func breaks(_ events: EventStream, _ visit: Visit, _ head: OpenAIWire.Head) async throws(HTTPError) -> Bool {
        switch visit.behaviour.action {
        case .cut:
            events.stream.abort()
        case .stall:
            try await visit.hang()
            events.stream.abort()
        case .malformed:
            events.event(data: #"{"id":"chatcmpl-broken","object":"chat.compl"#)
            events.event(data: "[DONE]")
            events.finish()
        case .errorInside:
            events.event(data: brokenEvent(head))
            events.finish()
        default:
            return false
        }
        visit.end("broken")
        return true
    }
}

/// The whole answer to a chat request, before it is sent at once or in pieces.
struct ChatAnswer {
    let head: OpenAIWire.Head
    let choices: [Speech]
    let usage: OpenAIWire.Usage

    /// More choices than this are never answered.
    private static let choicesMost = 8

    init(_ request: ChatRequest, head: OpenAIWire.Head) {
        self.head = head
        choices = (0..<min(request.choices, Self.choicesMost)).map { Speech(request.talk, variation: $0) }
        let output = choices.reduce(0) { $0 + $1.outputTokens }
        usage = OpenAIWire.Usage(input: request.talk.inputTokens, output: output)
    }

    /// The pieces of a stream in their order.
    var deltas: [(choice: Int, delta: OpenAIWire.Delta)] {
        choices.enumerated().flatMap { index, choice -> [(choice: Int, delta: OpenAIWire.Delta)] in
            var deltas: [OpenAIWire.Delta] = [.role(hasContent: choice.tool == nil)]
            if let tool = choice.tool {
                deltas.append(.toolStart(tool))
                deltas += choice.argumentPieces.map { .toolArguments($0) }
            } else {
                deltas += choice.textPieces.map { .text($0) }
            }
            return (deltas + [.end(choice.finish)]).map { (index, $0) }
        }
    }
}
