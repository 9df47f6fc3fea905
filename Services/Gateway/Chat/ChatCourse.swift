import HTTP
import Loop
import Providers

/// What becomes of one chat between a caller's dialect and a provider's: passed through where they are the same,
/// translated where not.
struct ChatCourse {
    /// The caller's side.
    let surface: any ChatSurface
    /// The provider's side.
    let codec: any ChatCodec
    /// The request in the provider's dialect.
    private let chat: OutgoingChat
    private let facts: AnswerFacts
    /// The caller's request asks for the usage of a stream.
    private let includesUsage: Bool

    init(
        _ probe: ChatProbe,
        model: String,
        from surface: any ChatSurface,
        to codec: any ChatCodec,
        callID: String,
        limit: Int? = nil
    ) throws(ProviderError) {
        self.surface = surface
        self.codec = codec
        includesUsage = probe.asksForUsage
        facts = AnswerFacts(
            id: callID,
            model: probe.model ?? model,
            createdAt: wallClockMicroseconds() / 1_000_000
        )
        let body: [UInt8]
        if surface.dialect == codec.dialect {
            body = try Self.limited(probe, limit, codec.limitName).spliced(
                model: model,
                wantsUsage: codec.dialect == .openAIChat
            )
        } else {
            var request = try surface.request(from: probe.body)
            request.model = model
            request.maxTokens = request.maxTokens ?? limit
            body = try codec.body(for: request)
        }
        chat = OutgoingChat(codec.dialect, model: model, stream: probe.stream, body: body)
    }

    /// A limit that is there as null is as good as none, but can't be there twice.
    private static func limited(_ probe: ChatProbe, _ limit: Int?, _ name: String) throws(ProviderError) -> ChatProbe {
        guard let limit else { return probe }
        do throws(ChatProbe.Problem) {
            return try probe.limited(to: limit, as: name)
        } catch {
            throw ProviderError(.badRequest, "Leave `\(name)` out or give it a number.", param: name)
        }
    }

    private var passesThrough: Bool { surface.dialect == codec.dialect }

    /// The longest header that goes along, bytes.
    private static let longestHeader = 1_024

    /// The request; with those of the caller's headers that belong to its dialect when the body passes through.
    func chat(from headers: Fields) -> OutgoingChat {
        guard passesThrough else { return chat }
        var chat = chat
        for name in surface.passedHeaders {
            guard let value = headers[name], !value.isEmpty, value.utf8.count <= Self.longestHeader,
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
            else { continue }
            chat.headers.append((name, value))
        }
        return chat
    }

    /// A blocking answer in the caller's dialect.
    func answer(from body: [UInt8]) throws(ProviderError) -> (body: [UInt8], usage: Usage?) {
        if passesThrough { return (body, try codec.facts(of: body).usage) }
        let result = try codec.result(from: body)
        return (surface.body(for: result, facts), result.usage)
    }

    /// The way of a streamed answer.
    func stream() throws(ProviderError) -> any StreamCourse {
        if passesThrough, let watch = codec.watch(hidesUsage: !includesUsage) {
            return PassingStream(watch, ending: surface.dialect == .openAIChat ? "data: [DONE]\n\n" : "")
        }
        return TranslatedStream(
            codec.streamReader(),
            surface.streamWriter(facts, includesUsage: includesUsage)
        )
    }
}
