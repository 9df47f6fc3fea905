import JSON
import Providers
import Testing

/// What every registered adapter's chat promises, whatever its dialect; the guide's example is held to it too.
@Suite struct ChatContractTests {
    /// Everything that ships, and the worked example.
    static let registry: Registry = {
        var registry = Registry.standard
        try? registry.register(PigeonAdapter())
        return registry
    }()
    static let types = registry.types.filter { registry[$0]?.codec(for: ChatTraits(model: "model-1")) != nil }

    /// A word that must come out nowhere.
    static let canary = "canary-4711-secret"

    private func codec(_ type: String, tools: Bool = false) throws -> any ChatCodec {
        let adapter = try #require(Self.registry[type])
        return try #require(adapter.codec(for: ChatTraits(model: "model-1", hasTools: tools)))
    }

    @Test(arguments: types) func aPlainConversationBecomesJSONThatHoldsItsWords(_ type: String) throws {
        var request = ChatRequest(
            model: "model-1",
            messages: [
                ChatMessage(.system, "Be brief. 🐦"), ChatMessage(.user, "Say \"hi\"\n"),
                ChatMessage(.assistant, "hi"), ChatMessage(.user, "again"),
            ]
        )
        request.maxTokens = 64
        request.stop = ["END"]
        let codec = try codec(type)
        // OpenAI's responses have no stop texts.
        if codec.dialect == .openAIResponses { request.stop = [] }
        for stream in [false, true] {
            request.stream = stream
            let body = try codec.body(for: request)
            let text = try JSONValue(parsing: body).text
            for words in ["Be brief. 🐦", #"Say \"hi\"\n"#, "again"] { #expect(text.contains(words)) }
        }
    }

    @Test(arguments: types) func toolsAndPicturesAreSaidOrRefusedAndNeverLost(_ type: String) throws {
        let capabilities = try #require(Self.registry[type]).capabilities
        let request = Conversations.withEverything
        let codec = try codec(type, tools: true)
        do throws(ProviderError) {
            let text = String(decoding: try codec.body(for: request), as: UTF8.self)
            #expect(capabilities.tools)
            for word in ["tide_height", "Brest", "4.2 m", "AAAA", "harbour"] { #expect(text.contains(word), "\(word)") }
        } catch {
            #expect(error.code == .badRequest)
            #expect(!capabilities.tools || !capabilities.vision, "\(error.message)")
        }
    }

    @Test(arguments: types) func bytesOfNoStreamAreAnErrorAndNeverATrap(_ type: String) throws {
        var dice = SeededGenerator(seed: 42)
        for round in 0..<300 {
            var reader = try codec(type, tools: round % 2 == 0).streamReader()
            var bytes = (0..<Int.random(in: 0...400, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) }
            if round % 3 == 0 { bytes = Array("data: ".utf8) + bytes + [10, 10] }
            if round % 5 == 0 { bytes = Array("data: {\"choices\":[{\"delta\":[]}],\"type\":7}\n\n".utf8) + bytes }
            let isFine = bytes.withUnsafeBytes { buffer -> Bool in
                do throws(ProviderError) {
                    try reader.feed(buffer) { _ in }
                    try reader.end { _ in }
                    return true
                } catch {
                    return false
                }
            }
            #expect(!isFine, "round \(round) of seed 42")
        }
    }

    @Test(arguments: Fixture.streams) func aStreamsStepsComeInOrder(_ fixture: Fixture) throws {
        var reader = try #require(fixture.codec).streamReader()
        var calls = 0
        var stops = 0
        var starts = 0
        fixture.bytes.withUnsafeBytes { buffer in
            try? reader.feed(buffer) { event in
                switch event {
                case .start: starts += 1
                case .toolCall(let index, let id, let name, _):
                    #expect(index == calls && !id.isEmpty && !name.isEmpty)
                    calls += 1
                case .toolArguments(let index, let piece): #expect(index < calls && !piece.isEmpty)
                case .stop: stops += 1
                default: break
                }
                if case .usage = event { return }
                #expect(stops == 0 || event.isStop, "nothing but usage follows the end")
            }
        }
        #expect(starts <= 1 && stops <= 1)
    }

    @Test(arguments: types) func nothingOfAnErrorsBodyGetsOut(_ type: String) throws {
        let adapter = try #require(Self.registry[type])
        let codec = try codec(type)
        let word = Self.canary
        let bodies = [
            #"{"error":{"message":"\#(word) x","type":"\#(word) x","code":"\#(word) x","param":"\#(word) x","status":"\#(word) x"}}"#,
            #"{"error":"\#(word) x"}"#, #"{"message":"\#(word) x","__type":"\#(word) x#y"}"#, "<h1>\(word) x</h1>",
            #"[{"error":{"message":"\#(word) x","details":[{"reason":"\#(word) x"}]}}]"#,
            #"{"errors":[{"code":"\#(word) x","message":"\#(word) x","parameter":["\#(word) x"]}]}"#,
            #"{"type":"error","error":{"type":"\#(word) x","message":"\#(word) x"},"request_id":"\#(word) x"}"#,
        ]
        for body in bodies {
            for status in [400, 401, 403, 404, 429, 500] {
                let error = adapter.failure(status: status, header: { _ in "\(word) x" }, body: Array(body.utf8))
                #expect(!"\(error)".contains(word), "\(status) \(body)")
            }
            do throws(ProviderError) {
                _ = try codec.result(from: Array(body.utf8))
                Issue.record("an error passed for an answer")
            } catch {
                #expect(!"\(error)".contains(word))
            }
        }
    }
}

extension ChatEvent {
    fileprivate var isStop: Bool { if case .stop = self { true } else { false } }
}

/// Conversations for the contract.
enum Conversations {
    /// A picture, a tool's call and result, a forced tool.
    static let withEverything: ChatRequest = {
        let image = ImagePart(.data(mediaType: "image/png", base64: "AAAA"))
        let call = ToolCall(id: "call_1", name: "tide_height", arguments: #"{"harbour":"Brest"}"#)
        var request = ChatRequest(
            model: "model-1",
            messages: [
                ChatMessage(.system, "Be brief."),
                ChatMessage(.user, [.text("What is this?"), .image(image)]),
                ChatMessage(.assistant, [.toolCall(call)]),
                ChatMessage(.tool, [.toolResult(ToolResult(callID: "call_1", content: [.text("4.2 m")]))]),
            ]
        )
        let schema: JSONValue = ["type": "object", "properties": ["harbour": ["type": "string"]]]
        request.tools = [ChatTool("tide_height", description: "Height of the tide", schema: schema)]
        request.toolChoice = .tool("tide_height")
        return request
    }()
}

/// A small generator whose seed can be told.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &+ 0x9E37_79B9_7F4A_7C15
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
