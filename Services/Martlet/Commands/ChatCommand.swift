import HTTP
import JSON
import Loop
import Service

/// `martlet chat`.
enum ChatCommand {
    static let command = Command(
        name: "chat",
        operands: "TEXT",
        summary: "sends one chat turn and prints the answer as it comes",
        details: "Without TEXT, or with -, the turn is read from standard input.",
        options: [
            Option(
                name: "model",
                value: "MODEL",
                meaning: "a model, or connector/model (default MARTLET_MODEL, else the first on offer)"
            ),
            Option(name: "system", value: "TEXT", meaning: "the system message"),
        ] + Option.client,
        action: .client(run)
    )

    @NetLoop
    private static func run(_ arguments: Arguments, _ gateway: GatewayClient) async throws(CommandError) {
        let prompt = try arguments.text("the text")
        var messages: [JSONValue] = []
        if let system = arguments.string("system") { messages.append(["role": "system", "content": .string(system)]) }
        messages.append(["role": "user", "content": .string(prompt)])
        let given = arguments.string("model") ?? Environment["MARTLET_MODEL"]
        let model = if let given { given } else { try await Catalogue.firstModel(.chat, gateway) }
        var body: [JSONField] = [JSONField("model", .string(model)), JSONField("messages", .array(messages))]
        if arguments.has("json") {
            return Output.json(try await gateway.call("POST", "/v1/chat/completions", .object(body)))
        }
        body += [JSONField("stream", true), JSONField("stream_options", ["include_usage": true])]
        try await stream(.object(body), gateway)
    }

    @NetLoop
    private static func stream(_ body: JSONValue, _ gateway: GatewayClient) async throws(CommandError) {
        let start = Moment.now
        var reader = ChatStreamReader()
        do throws(CommandError) {
            try await gateway.follow("POST", "/v1/chat/completions", body) { event throws(CommandError) in
                Terminal.write(try reader.text(in: event.data))
                return !reader.isDone
            }
        } catch {
            if reader.hasText { Terminal.line() }
            throw error
        }
        Terminal.line()
        guard reader.isDone else { throw CommandError(.failed, "the stream broke off") }
        guard Terminal.isInteractive else { return }
        let tenths = (Moment.now - start).milliseconds / 100
        let tokens = reader.usage.map { "\($0.input) tokens in, \($0.output) out · " } ?? ""
        Terminal.line(Terminal.styled("\(reader.model) · \(tokens)\(tenths / 10).\(tenths % 10) s", .faint))
    }
}

/// Follows the chunks of an OpenAI chat stream.
struct ChatStreamReader {
    private(set) var isDone = false
    private(set) var hasText = false
    private(set) var model = ""
    private(set) var usage: (input: Int64, output: Int64)?

    /// The text that an event's data adds. An error in the stream is thrown.
    mutating func text(in data: [UInt8]) throws(CommandError) -> String {
        if data == Array("[DONE]".utf8) {
            isDone = true
            return ""
        }
        guard let chunk = try? JSONValue(parsing: data) else {
            throw CommandError(.failed, "the stream holds something that is no JSON")
        }
        if chunk["error"] != nil { throw Refusal.error(status: 502, body: data) }
        if let name = chunk["model"]?.string { model = name }
        if let counts = chunk.optional("usage") {
            usage = (counts["prompt_tokens"]?.int ?? 0, counts["completion_tokens"]?.int ?? 0)
        }
        let text = chunk["choices"]?[0]?["delta"]?["content"]?.string ?? ""
        hasText = hasText || !text.isEmpty
        return text
    }
}
