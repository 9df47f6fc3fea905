import JSON
import Providers
import Testing

/// What a surface writes its codec reads, and the other way round: the canonical model loses nothing on the way.
@Suite struct RoundTripTests {
    /// A dialect that callers speak, from both sides.
    struct Dialogue: Sendable, CustomTestStringConvertible {
        let surface: any ChatSurface
        let codec: any ChatCodec
        let habits: Author.Habits

        var testDescription: String { surface.dialect.name }
    }

    static let dialogues = [
        Dialogue(surface: OpenAISurface(), codec: OpenAIChatCodec(), habits: .openAI),
        Dialogue(surface: AnthropicSurface(), codec: AnthropicChatCodec(), habits: .anthropic),
    ]

    private static let rounds: [UInt64] = Array(1...60)

    @Test(arguments: dialogues, rounds)
    func aRequestWrittenIsTheRequestRead(_ dialogue: Dialogue, _ seed: UInt64) throws {
        var author = Author(seed: seed, dialogue.habits)
        let request = author.request()
        let body = try dialogue.codec.body(for: request)
        #expect(try dialogue.surface.request(from: body) == request, "seed \(seed)")
    }

    @Test(arguments: dialogues, rounds)
    func anAnswerWrittenIsTheAnswerRead(_ dialogue: Dialogue, _ seed: UInt64) throws {
        var author = Author(seed: seed, dialogue.habits)
        let result = author.result()
        let body = dialogue.surface.body(for: result, AnswerFacts(id: "x", model: "y", createdAt: 1))
        #expect(try dialogue.codec.result(from: body) == result, "seed \(seed)")
    }

    @Test(arguments: dialogues, rounds)
    func aStreamWrittenIsTheStreamReadHoweverItIsCut(_ dialogue: Dialogue, _ seed: UInt64) throws {
        var author = Author(seed: seed, dialogue.habits)
        let events = author.events()
        var sent = ChatCollector()
        var writer = dialogue.surface.streamWriter(
            AnswerFacts(id: "x", model: "y", createdAt: 1),
            includesUsage: true
        )
        var bytes: [UInt8] = []
        for event in events {
            sent.take(event)
            writer.write(event, to: &bytes)
        }
        writer.finish(to: &bytes)
        var reader = dialogue.codec.streamReader()
        var got = ChatCollector()
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...40, using: &author.dice))
            rest = rest.dropFirst(piece.count)
            let failure = piece.withUnsafeBytes { buffer -> ProviderError? in
                do throws(ProviderError) {
                    try reader.feed(buffer) { got.take($0) }
                    return nil
                } catch {
                    return error
                }
            }
            #expect(failure == nil, "seed \(seed)")
        }
        try reader.end { got.take($0) }
        #expect(got.answer == sent.answer, "seed \(seed)")
    }
}

/// Writes conversations by dice; the same seed writes the same.
struct Author {
    /// In which form of several equal ones a dialect is read.
    struct Habits: Sendable {
        let model: String
        /// The results of one turn stand in one message.
        let joinsResults: Bool
        /// Usage is told in every stream, and so always wished for.
        let alwaysUsage: Bool
        /// A schema is always held to.
        let isStrict: Bool?
        /// Temperature and top_p exclude each other.
        let oneTaste: Bool

        static let openAI = Habits(
            model: "m-1",
            joinsResults: false,
            alwaysUsage: false,
            isStrict: nil,
            oneTaste: false
        )
        static let anthropic = Habits(
            model: "claude-sonnet-4-5",
            joinsResults: true,
            alwaysUsage: true,
            isStrict: true,
            oneTaste: true
        )
    }

    var dice: SeededGenerator
    private let habits: Habits

    init(seed: UInt64, _ habits: Habits) {
        dice = SeededGenerator(seed: seed)
        self.habits = habits
    }

    private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &dice) < share }

    mutating func words() -> String {
        let pieces = [
            "tide", " ", "\n", "\"", "\\", "é", "🐦", "\u{1}", "data:", "{}", "\u{2028}", "harbour", "</s>", "\r",
        ]
        return (0...Int.random(in: 0...9, using: &dice)).map { _ in pieces.randomElement(using: &dice) ?? "" }.joined()
    }

    mutating func request() -> ChatRequest {
        var request = ChatRequest(model: habits.model, messages: [ChatMessage(.system, words())])
        for turn in 0...Int.random(in: 0...4, using: &dice) {
            request.messages.append(ChatMessage(.user, user()))
            if turn == 4 { break }
            let calls = chance(0.5) ? (0...1).map { call("call_\(turn)_\($0)") } : []
            request.messages.append(
                ChatMessage(.assistant, [.text(words())] + calls.map { .toolCall($0) })
            )
            let results = calls.map { ContentPart.toolResult(ToolResult(callID: $0.id, content: [.text(words())])) }
            if habits.joinsResults, !results.isEmpty {
                request.messages.append(ChatMessage(.tool, results))
            } else {
                request.messages += results.map { ChatMessage(.tool, [$0]) }
            }
            if !results.isEmpty { request.messages.append(ChatMessage(.assistant, words())) }
        }
        let schema: JSONValue = ["type": "object", "properties": ["harbour": ["type": "string"]]]
        request.tools = [ChatTool("tide_height", description: words(), schema: schema)]
        request.toolChoice = [.auto, .required, ToolChoice.none, .tool("tide_height")].randomElement(using: &dice)
        request.maxTokens = Int.random(in: 1...9_999, using: &dice)
        if chance(0.5) { request.temperature = Double(Int.random(in: 0...8, using: &dice)) / 8 }
        if chance(0.5), !habits.oneTaste { request.topP = Double(Int.random(in: 1...8, using: &dice)) / 8 }
        if chance(0.5) { request.stop = [words(), "END"] }
        if chance(0.3) { request.format = .schema(name: "answer", schema: schema, isStrict: habits.isStrict) }
        if chance(0.3) { request.user = words() }
        request.stream = chance(0.5)
        request.includesUsage = request.stream || habits.alwaysUsage
        return request
    }

    private mutating func user() -> [ContentPart] {
        guard chance(0.4) else { return [.text(words())] }
        let image = ImagePart(.data(mediaType: "image/png", base64: "iVBORw0KGgo="))
        return [.text(words()), .image(image), .image(ImagePart(.url("https://pictures.example/1.png")))]
    }

    private mutating func call(_ id: String) -> ToolCall {
        ToolCall(id: id, name: "tide_height", arguments: #"{"harbour":"Brest"}"#)
    }

    private mutating func usage() -> Usage {
        var usage = Usage()
        usage.inputTokens = Int.random(in: 50...5_000, using: &dice)
        usage.outputTokens = Int.random(in: 1...500, using: &dice)
        usage.cachedInputTokens = Int.random(in: 0...20, using: &dice)
        usage.cacheWriteInputTokens = Int.random(in: 0...20, using: &dice)
        return usage
    }

    mutating func result() -> ChatResult {
        let calls = chance(0.4) ? [call("call_a"), call("call_b")] : []
        var parts: [ContentPart] = []
        if chance(0.3) { parts.append(.reasoning(ReasoningPart(words(), signature: "c2ln"))) }
        if calls.isEmpty || chance(0.5) { parts.append(.text(words())) }
        parts += calls.map { .toolCall($0) }
        let plain: StopReason = chance(0.3) ? .length : .stop
        var result = ChatResult(parts: parts, stopReason: calls.isEmpty ? plain : .toolCalls)
        result.id = "id-\(Int.random(in: 1...99, using: &dice))"
        result.model = "m-1"
        result.usage = usage()
        return result
    }

    mutating func events() -> [ChatEvent] {
        var events: [ChatEvent] = [.start(id: "id-1", model: "m-1")]
        if chance(0.3) { events += (0...2).map { _ in .reasoning(words()) } }
        let hasCalls = chance(0.5)
        if !hasCalls || chance(0.5) { events += (0...5).map { _ in .text(words()) } }
        if hasCalls {
            for index in 0...1 {
                events.append(.toolCall(index: index, id: "call_\(index)", name: "tide_height", signature: nil))
                for piece in [#"{"harb"#, #"our":"#, #""Brest"}"#] {
                    events.append(.toolArguments(index: index, piece))
                }
            }
        }
        events.append(.usage(usage()))
        events.append(.stop(hasCalls ? .toolCalls : .stop, sequence: nil))
        return events
    }
}
