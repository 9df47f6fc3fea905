import JSON
import Providers

/// A turn as its caller phrased it, checked:
/// `{action, messages, model?, image?: {prompt?, chain?: [{connector, model, variant?}]}, feature?, tools?}`.
struct TurnRequest: Sendable {
    /// Steps in a picture's chain.
    static let chainLimit = 8

    /// One way to make the picture.
    struct ImageStep: Sendable, Equatable {
        /// A connector's name, id or type.
        var connector: String?
        /// `model` or `connector/model`.
        var model: String?
        /// The provider's word for the quality wanted of the model, such as `hd`.
        var variant: String?
    }

    let wish: TurnMachine.Wish
    /// The text as a call in OpenAI's dialect, streamed.
    let chat: ChatProbe
    /// Whose pin counts, where the body names it.
    let feature: String?
    /// What the picture shows; empty when no picture is wanted.
    let prompt: String
    /// At least one step when a picture is wanted.
    let chain: [ImageStep]
    /// Tools that the caller ran since the turn before: the results at the conversation's end.
    let runs: [(call: TurnMachine.ToolCall, result: TurnMachine.ToolResult)]

    /// What of the body goes to the text model as it is.
    private static let passed = [
        "model", "messages", "tools", "tool_choice", "parallel_tool_calls", "max_tokens", "max_completion_tokens",
        "temperature", "top_p", "stop", "seed", "reasoning_effort", "response_format",
    ]

    init(_ body: JSONValue) throws(GatewayError) {
        let wish = try Self.wish(body)
        self.wish = wish
        feature = try Self.text(body, "feature", limit: 128)
        let bytes = Self.chat(body)
        let conversation = try Self.conversation(bytes)
        chat = try Self.probe(bytes)
        runs = Self.runs(at: conversation.messages)
        guard wish != .text else {
            (prompt, chain) = ("", [])
            return
        }
        let image = try Self.object(body, "image")
        prompt = try Self.prompt(image, conversation.messages)
        chain = try Self.chain(image)
    }

    private static func wish(_ body: JSONValue) throws(GatewayError) -> TurnMachine.Wish {
        guard let name = try text(body, "action") else {
            throw GatewayError(.invalidRequest, "`action` is missing.", param: "action")
        }
        guard let wish = TurnMachine.Wish(rawValue: name) else {
            let known = TurnMachine.Wish.allCases.map(\.rawValue).joined(separator: ", ")
            throw GatewayError(.unprocessable, "`action` must be one of \(known).", param: "action")
        }
        return wish
    }

    // MARK: The text

    private static func chat(_ body: JSONValue) -> [UInt8] {
        JSONWriter.object { writer in
            for name in passed { writer.optional(name, body.optional(name)) }
            writer.field("stream", true)
        }
    }

    private static func conversation(_ bytes: [UInt8]) throws(GatewayError) -> ChatRequest {
        do throws(ProviderError) {
            return try OpenAISurface().request(from: bytes)
        } catch {
            throw GatewayError(error)
        }
    }

    private static func probe(_ bytes: [UInt8]) throws(GatewayError) -> ChatProbe {
        do throws(ChatProbe.Problem) {
            return try ChatProbe(bytes)
        } catch {
            throw GatewayError(error)
        }
    }

    /// The tool messages behind the last thing that anybody said, each with the call that it answers.
    private static func runs(at messages: [ChatMessage]) -> [(TurnMachine.ToolCall, TurnMachine.ToolResult)] {
        let results = messages.reversed().prefix { $0.role == .tool }.reversed().flatMap { message in
            message.parts.compactMap { if case .toolResult(let result) = $0 { result } else { nil } }
        }
        guard !results.isEmpty else { return [] }
        let calls = Dictionary(messages.flatMap(\.parts.toolCalls).map { ($0.id, $0) }) { $1 }
        return results.map { result in
            let call = calls[result.callID]
            let name = call?.name ?? ""
            return (
                .init(id: result.callID, name: name, arguments: call?.arguments ?? ""),
                .init(result, name: name)
            )
        }
    }

    // MARK: The picture

    /// The prompt that the caller gives, else the last thing that the user said.
    private static func prompt(_ image: JSONValue, _ messages: [ChatMessage]) throws(GatewayError) -> String {
        let own = try text(image, "prompt", "image.", limit: ImageRequest.promptLimit)
        let said = messages.last { $0.role == .user }?.text
        let prompt = ImageRequest.trimmed(own ?? said ?? "")
        guard !prompt.isEmpty, prompt.utf8.count <= ImageRequest.promptLimit else {
            throw GatewayError(
                .unprocessable,
                "A picture needs a prompt of 1 to \(ImageRequest.promptLimit) bytes, here or as the last user message.",
                param: "image.prompt"
            )
        }
        return prompt
    }

    /// Without a chain, one step with whatever the caller usually uses.
    private static func chain(_ image: JSONValue) throws(GatewayError) -> [ImageStep] {
        guard let given = image.optional("chain") else { return [ImageStep()] }
        guard let list = given.array else {
            throw GatewayError(.invalidRequest, "`image.chain` must be an array.", param: "image.chain")
        }
        guard (1...chainLimit).contains(list.count) else {
            throw GatewayError(
                .unprocessable,
                "`image.chain` must hold 1 to \(chainLimit) steps.",
                param: "image.chain"
            )
        }
        var steps: [ImageStep] = []
        for (index, entry) in list.enumerated() {
            let place = "image.chain[\(index)]"
            guard entry.object != nil else {
                throw GatewayError(.invalidRequest, "A step of the chain must be an object.", param: place)
            }
            let step = ImageStep(
                connector: try text(entry, "connector", place + "."),
                model: try text(entry, "model", place + "."),
                variant: try text(entry, "variant", place + ".")
            )
            guard step.connector != nil || step.model != nil else {
                throw GatewayError(.invalidRequest, "A step needs a `model`.", param: place + ".model")
            }
            steps.append(step)
        }
        return steps
    }

    // MARK: Members

    private static func object(_ body: JSONValue, _ name: String) throws(GatewayError) -> JSONValue {
        guard let value = body.optional(name) else { return .object([]) }
        guard value.object != nil else {
            throw GatewayError(.invalidRequest, "`\(name)` must be an object.", param: name)
        }
        return value
    }

    private static func text(
        _ value: JSONValue,
        _ name: String,
        _ place: String = "",
        limit: Int = 512
    ) throws(GatewayError) -> String? {
        guard let member = value.optional(name) else { return nil }
        guard let text = member.string else {
            throw GatewayError(.invalidRequest, "`\(place)\(name)` must be a string.", param: place + name)
        }
        guard text.utf8.count <= limit else {
            let message = "`\(place)\(name)` is longer than \(limit) bytes."
            throw GatewayError(.unprocessable, message, param: place + name)
        }
        return text.isEmpty ? nil : text
    }
}

extension TurnMachine.ToolResult {
    /// As a conversation or a provider's answer has it.
    init(_ result: ToolResult, name: String) {
        self.init(
            id: result.callID,
            name: name,
            text: result.content.text,
            pictures: result.content.count { if case .image = $0 { true } else { false } },
            isError: result.isError
        )
    }
}
