import HTTP
import JSON
import Loop

/// xAI: OpenAI's dialect, in which the model thinks aloud first and its thoughts are counted beside its words.
struct XAI: OpenAIFamily {
    let name = "xai"

    private static let routes = [
        "/chat/completions": "POST", "/images/generations": "POST", "/models": "GET", "/api-key": "GET",
    ]
    private static let thought = "The question is simple, so a short thought will do."
    private static let reasoningTokens = 228

    func serve(_ exchange: Exchange, path: String, sim: Sim) async throws(HTTPError) {
        let route = path.hasPrefix("/v1/") ? String(path.dropFirst(3)) : ""
        let visit = Visit(exchange, sim: sim, path: route)
        guard let method = Self.routes[route], exchange.request.method == method else {
            visit.begin(model: "", prompt: "")
            return visit.send(XAIWire.error(404, "Some requested entity was not found", "No such route."))
        }
        switch route {
        case "/chat/completions": try await chat(visit)
        case "/images/generations": try await pictures(visit)
        case "/api-key": try await models(visit, whole: XAIWire.key.encoded)
        default: try await models(visit, whole: XAIWire.models.encoded)
        }
    }

    // MARK: Accent

    func keyFailure(_ visit: Visit) -> Failure? { keyFailure(visit, prefix: "xai-") }

    func reply(to failure: Failure, retryAfter: Duration) -> Reply { XAIWire.reply(to: failure) }

    /// Its reasoning models take no stop texts and no penalties.
    func check(_ body: JSONValue) throws(Refusal) {
        guard body["model"]?.string?.hasPrefix("grok-") == true else { return }
        for name in ["stop", "presence_penalty", "frequency_penalty"] where body.optional(name) != nil {
            throw Refusal("Argument not supported on this model: \(name)", name)
        }
    }

    /// Thoughts stand beside the words.
    func dressed(_ body: [UInt8]) -> [UInt8] {
        guard let answer = try? JSONValue(parsing: body), answer["object"]?.string == "chat.completion" else {
            return body
        }
        return answer.withChoices { choice in
            choice.with("message", (choice["message"] ?? [:]).with("reasoning_content", .string(Self.thought)))
        }.encoded
    }

    /// A call comes whole, in one piece.
    func deltas(of answer: ChatAnswer) -> [(choice: Int, delta: OpenAIWire.Delta)] {
        answer.choices.enumerated().flatMap { index, choice -> [(choice: Int, delta: OpenAIWire.Delta)] in
            var deltas = Answers.pieces(Self.thought).map { OpenAIWire.Delta.reasoning($0) }
            if let tool = choice.tool {
                deltas.append(.wholeTool(tool))
            } else {
                deltas += choice.textPieces.map { .text($0) }
            }
            return (deltas + [.end(choice.finish)]).map { (index, $0) }
        }
    }

    func usage(of answer: ChatAnswer) -> OpenAIWire.Usage {
        var usage = answer.usage
        usage.reasoning = Self.reasoningTokens
        usage.leavesReasoningOut = true
        usage.costTicks = (usage.input * 3 + (usage.output + usage.reasoning) * 15) * 10_000
        return usage
    }

    // MARK: Pictures

    private func pictures(_ visit: Visit) async throws(HTTPError) {
        let read = try await body(visit)
        let request: ImageRequest
        do throws(Refusal) {
            request = try XAIWire.order(read.get())
        } catch {
            _ = admits(visit, model: (try? read.get())?["model"]?.string ?? "", prompt: "", refusal: error)
            return
        }
        guard admits(visit, model: request.model, prompt: request.prompt) else { return }
        try await visit.think()
        if visit.behaviour.action == .fail(.moderated) { return visit.send(Reply(200, json: XAIWire.taken.encoded)) }
        let failed = failing(request.model)
        let whole = { XAIWire.images(request, []).encoded }
        if try await visit.answersOddly(streams: false, failed: failed, whole: whole) { return }
        do {
            let drawn = XAIWire.images(request, try await pictures(request, visit))
            visit.send(Reply(200, json: drawn.encoded))
        } catch let error as HTTPError {
            throw error
        } catch {
            visit.send(reply(to: .server))
        }
    }
}
