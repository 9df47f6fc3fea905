import HTTP
import JSON

/// The upstream of a benchmark: answers made beforehand, no checks, no counting, no waiting.
///
/// A blocking call gets one body of 620 bytes. A stream gets 20 pieces of about 240 bytes, or as many as the model's name asks
/// for, 100,000 at most: `bench-200chunks` sends each by itself, a system call per piece, as a real provider does;
/// `bench-200burst` lets them leave together, which costs the simulator thirty times less.
@NetLoop
final class Bench {
    private static let head = OpenAIWire.Head(id: "chatcmpl-bench", created: 1_795_000_000, model: "bench")
    private static let usage = OpenAIWire.Usage(input: 40, output: 20)
    private static let keys: JSONKeys = ["model", "stream"]
    private static let json = [("content-type", "application/json")]
    private nonisolated static let chunksMost = 100_000

    private let whole: [UInt8]
    private let first: [UInt8]
    private let piece: [UInt8]
    private let last: [UInt8]
    private let fields = [("content-type", "text/event-stream"), ("cache-control", "no-cache")]

    init() {
        let text = "Simulated, fixed, and always the same: this answer was made before the question came."
        let choice = Speech(text: text)
        whole = OpenAIWire.completion(Self.head, [choice], Self.usage)
        let event = { (bytes: [UInt8]) in Array("data: ".utf8) + bytes + Array("\n\n".utf8) }
        let chunk = { (delta: OpenAIWire.Delta) in
            event(OpenAIWire.chunk(Self.head, delta, usageIsNull: false, obfuscation: nil))
        }
        first = chunk(.role(hasContent: true))
        piece = chunk(.text(" piece"))
        last = chunk(.end("stop")) + event(OpenAIWire.usageChunk(Self.head, Self.usage)) + event(Array("[DONE]".utf8))
    }

    func serve(_ exchange: Exchange) async throws(HTTPError) {
        let body = try await exchange.body()
        guard let ranges = try? JSONScanner.members(of: body, wanted: Self.keys), let streams = ranges[1],
            (try? JSONScanner.bool(in: streams, of: body)) == true
        else { return exchange.respond(200, Self.json, whole) }
        let model = ranges[0].flatMap { try? JSONScanner.string(in: $0, of: body) } ?? ""
        let stream = exchange.stream(200, fields)
        stream.write(first)
        let isBurst = model.hasSuffix("burst")
        for _ in 0..<Self.chunks(model) {
            stream.write(piece)
            if stream.isAboveMark { try await stream.send([]) }
            if !isBurst { await Self.nextTurn() }
            if stream.isClosed { return }
        }
        stream.write(last)
        stream.finish()
    }

    /// Comes back in the loop's next turn: what was written before leaves by itself, not together with what follows.
    private static func nextTurn() async {
        await withUnsafeContinuation { turn in _ = NetLoop.after(.zero) { turn.resume() } }
    }

    nonisolated static func chunks(_ model: String) -> Int {
        guard model.hasPrefix("bench-") else { return 20 }
        let number = model.dropFirst("bench-".count).prefix { $0.isASCII && $0.isNumber }
        return min(Int(number) ?? 20, chunksMost)
    }
}
