import HTTP
import JSON
import Loop

/// A provider that speaks OpenAI's dialect, with an accent of its own where it says so here.
@NetLoop
protocol OpenAIFamily: Dialect {
    /// What is wrong with the key, as the provider sees it; nil for a good one.
    func keyFailure(_ visit: Visit) -> Failure?
    /// A failure in the provider's shape.
    func reply(to failure: Failure, retryAfter: Duration) -> Reply
    /// The same in answer to an image request.
    func imageReply(to failure: Failure, retryAfter: Duration) -> Reply
    /// What the caller's body means here, such as a model that stands in the address.
    func prepared(_ body: JSONValue) -> JSONValue
    /// What this provider refuses and OpenAI doesn't.
    func check(_ body: JSONValue) throws(Refusal)

    /// Models may be called anything.
    var hasFreeNames: Bool { get }
    /// The model that an answer names.
    func shownModel(_ model: String) -> String
    /// Headers of every answer.
    func headers(_ model: String, tokens: Int) -> [(String, String)]
    /// A blocking answer or a piece of one, with what this provider adds.
    func dressed(_ body: [UInt8]) -> [UInt8]
    /// The answer to an image request, with what this provider adds.
    func dressedImages(_ body: [UInt8]) -> [UInt8]
    /// The pieces of a stream in their order.
    func deltas(of answer: ChatAnswer) -> [(choice: Int, delta: OpenAIWire.Delta)]
    /// What stands in front of a stream's first piece.
    func begin(_ events: EventStream, _ answer: ChatAnswer)
    /// How it counts.
    func usage(of answer: ChatAnswer) -> OpenAIWire.Usage
    /// Streams tell their usage whether the caller wants it or not.
    var alwaysTellsUsage: Bool { get }
    /// The event of a failure in the middle of a stream.
    func brokenEvent(_ head: OpenAIWire.Head) -> [UInt8]
}

extension OpenAIFamily {
    func reply(to failure: Failure) -> Reply { reply(to: failure, retryAfter: .seconds(1)) }

    /// Makes failures with the headers that every answer has.
    func failing(_ model: String, images: Bool = false) -> (Failure, Duration) -> Reply {
        { failure, retryAfter in
            var reply =
                images
                ? imageReply(to: failure, retryAfter: retryAfter) : reply(to: failure, retryAfter: retryAfter)
            reply.headers += headers(model, tokens: 0)
            return reply
        }
    }

    // As OpenAI does.

    func imageReply(to failure: Failure, retryAfter: Duration) -> Reply { reply(to: failure, retryAfter: retryAfter) }
    func prepared(_ body: JSONValue) -> JSONValue { body }
    func check(_ body: JSONValue) throws(Refusal) {}
    var hasFreeNames: Bool { false }
    func shownModel(_ model: String) -> String { model }
    func headers(_ model: String, tokens: Int) -> [(String, String)] { [] }
    func dressed(_ body: [UInt8]) -> [UInt8] { body }
    func dressedImages(_ body: [UInt8]) -> [UInt8] { body }
    func deltas(of answer: ChatAnswer) -> [(choice: Int, delta: OpenAIWire.Delta)] { answer.deltas }
    func begin(_ events: EventStream, _ answer: ChatAnswer) {}
    func usage(of answer: ChatAnswer) -> OpenAIWire.Usage { answer.usage }
    var alwaysTellsUsage: Bool { false }
    func brokenEvent(_ head: OpenAIWire.Head) -> [UInt8] { reply(to: .server).body }

    // MARK: Requests

    /// The token of `Authorization: Bearer …`; nil without one.
    func bearer(_ visit: Visit) -> String? {
        let parts = (visit.exchange.request.headers["authorization"] ?? "").split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    /// The key's owner is anybody whose key begins so and does not contain `bad`.
    func keyFailure(_ visit: Visit, prefix: String) -> Failure? {
        guard let key = bearer(visit) else { return .invalidKey(nil) }
        return key.hasPrefix(prefix) && !key.contains("bad") ? nil : .invalidKey(key)
    }

    /// The body as JSON, or the refusal of it.
    func body(_ visit: Visit) async throws(HTTPError) -> Result<JSONValue, Refusal> {
        let bytes = try await visit.exchange.body()
        guard let body = try? JSONValue(parsing: bytes), body.object != nil else {
            return .failure(
                Refusal("We could not parse the JSON body of your request. The body must be a JSON object.")
            )
        }
        return .success(prepared(body))
    }

    func head(_ prefix: String, _ model: String, _ visit: Visit) -> OpenAIWire.Head {
        var dice = Dice(visit.exchange.requestID)
        return OpenAIWire.Head(id: prefix + dice.letters(29), created: Self.now, model: shownModel(model))
    }

    static var now: Int { Int(wallClockMicroseconds() / 1_000_000) }

    /// Counts the call and looks at the key; false when it is answered already.
    func admits(_ visit: Visit, model: String, prompt: String, refusal: Refusal? = nil) -> Bool {
        visit.begin(model: model, prompt: prompt, hasFreeNames: hasFreeNames)
        guard let failure = keyFailure(visit) ?? refusal?.failure else { return true }
        visit.send(reply(to: failure), headers: headers(model, tokens: 0))
        return false
    }

    /// `GET …/models`.
    func models(_ visit: Visit, whole: [UInt8]) async throws(HTTPError) {
        guard admits(visit, model: "", prompt: "") else { return }
        let failed = failing("")
        if try await visit.answersOddly(streams: false, failed: failed, whole: { whole }) { return }
        visit.send(Reply(200, json: whole), headers: headers("", tokens: 0))
    }
}

extension JSONValue {
    /// With a member put in or replaced; for objects.
    func with(_ name: String, _ value: JSONValue) -> JSONValue {
        var fields = object ?? []
        if let index = fields.firstIndex(where: { $0.name == name }) {
            fields[index].value = value
        } else {
            fields.append(JSONField(name, value))
        }
        return .object(fields)
    }

    /// With each choice of an answer changed.
    func withChoices(_ change: (JSONValue) -> JSONValue) -> JSONValue {
        with("choices", .array((self["choices"]?.array ?? []).map(change)))
    }

    /// As it goes over the wire.
    var encoded: [UInt8] { Array(text.utf8) }
}
