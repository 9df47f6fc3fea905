import JSON
import Providers

/// `{"bird", "letters": [{"from", "words"}]}` there, `{"words", "why", "grains": [2, 5]}` back; in a stream the same in
/// pieces, and whatever goes wrong as `{"ill": "hawk"}`.
struct PigeonCodec: ChatCodec {
    let dialect = Dialect.pigeon

    func body(for request: ChatRequest) throws(ProviderError) -> [UInt8] {
        guard request.tools.isEmpty else {
            throw ProviderError(.badRequest, "This provider has no tools.", param: "tools")
        }
        var letters: [(from: String, words: String)] = []
        for message in request.messages {
            for part in message.parts {
                guard case .text = part else {
                    throw ProviderError(.badRequest, "This provider carries text alone.", param: "messages")
                }
            }
            letters.append((message.role.rawValue, message.text))
        }
        return JSONWriter.object { body in
            body.field("bird", request.model)
            body.optional("longest", request.maxTokens)
            body.field(
                "letters",
                array: { list in
                    for letter in letters {
                        list.object { writer in
                            writer.field("from", letter.from)
                            writer.field("words", letter.words)
                        }
                    }
                }
            )
        }
    }

    func result(from body: [UInt8]) throws(ProviderError) -> ChatResult {
        guard let root = try? JSONValue(parsing: body) else {
            throw ProviderError(.malformedResponse, "The provider's answer is not JSON.")
        }
        if root.optional("ill") != nil || root.optional("error") != nil { throw Self.failure(status: nil, root) }
        guard let words = root["words"]?.string, let why = root["why"]?.string else {
            throw ProviderError(.malformedResponse, "The provider's answer holds no words.")
        }
        return ChatResult(parts: [.text(words)], stopReason: Self.reason(why), usage: Self.usage(root))
    }

    func streamReader() -> any ChatStreamReader { EventStreamReader(PigeonDecoder()) }

    static func failure(status: Int?, _ root: JSONValue?) -> ProviderError {
        let code: ProviderError.Code =
            switch (root?["ill"]?.string ?? root?["error"]?["code"]?.string, status ?? 500) {
            case ("hungry", _), ("insufficient_quota", _): .quotaExceeded
            case (_, 401): .authInvalid
            case (_, 403): .permissionDenied
            case (_, 404): .notFound
            case (_, 429): .rateLimited
            case (_, 500...): .providerUnavailable
            default: .badRequest
            }
        return ProviderError(code, "The pigeon did not come back.", status: status)
    }

    static func reason(_ word: String) -> StopReason {
        switch word {
        case "done": .stop
        case "tired": .length
        default: .other
        }
    }

    static func usage(_ root: JSONValue) -> Usage? {
        guard let grains = root["grains"]?.array, grains.count == 2 else { return nil }
        var usage = Usage()
        usage.inputTokens = grains[0].int.map { Int(clamping: $0) }
        usage.outputTokens = grains[1].int.map { Int(clamping: $0) }
        return usage
    }
}

/// One event of a pigeon's stream.
struct PigeonDecoder: EventDecoder {
    private(set) var isComplete = false

    mutating func decode(name: String?, data: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        guard let root = try? JSONValue(parsing: data) else {
            throw ProviderError(.malformedResponse, "The provider sent an event that is not JSON.")
        }
        if root["ill"] != nil { throw PigeonCodec.failure(status: nil, root) }
        if let words = root["words"]?.string, !words.isEmpty { emit(.text(words)) }
        if let usage = PigeonCodec.usage(root) { emit(.usage(usage)) }
        guard let why = root["why"]?.string, !isComplete else { return }
        isComplete = true
        emit(.stop(PigeonCodec.reason(why), sequence: nil))
    }

    mutating func decode(raw: [UInt8], _ emit: (ChatEvent) -> Void) throws(ProviderError) {
        throw PigeonCodec.failure(status: nil, try? JSONValue(parsing: raw))
    }
}
