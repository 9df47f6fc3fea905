import JSON

/// A chat request as far as the simulated model listens, whatever dialect it came in.
struct Conversation {
    var model = ""
    /// The last thing that the user said.
    var prompt = ""
    var system = ""
    /// Estimated over all messages and tools, for the usage.
    var inputTokens = 0
    var maxTokens: Int?
    var stops: [String] = []
    var wantsJSON = false
    /// The tool that will be called; ``ToolChoice`` decides.
    var tool: Tool?
    /// What a tool answered last, when that is the conversation's end.
    var toolResult: String?

    /// A call of a tool.
    struct Tool {
        var name: String
        /// A JSON object.
        var arguments: String
    }
}

/// What the simulated model says, before a dialect gives it its shape: a text or the call of a tool.
struct Speech {
    enum Ending {
        case stop
        case length
        case tool
    }

    var text: String?
    var tool: Conversation.Tool?
    var ending: Ending

    /// Those words.
    init(text: String) {
        self.text = text
        ending = .stop
    }

    /// That call.
    init(tool: Conversation.Tool) {
        self.tool = tool
        ending = .tool
    }

    /// The same conversation and variation give the same words.
    init(_ talk: Conversation, variation: Int = 0) {
        tool = talk.tool
        guard talk.tool == nil else {
            ending = .tool
            return
        }
        var text = Answers.text(
            prompt: talk.prompt,
            system: talk.system,
            wantsJSON: talk.wantsJSON,
            variation: variation
        )
        if let result = talk.toolResult { text = "The tool says: \(result.prefix(300)). " + text }
        for stop in talk.stops where !stop.isEmpty {
            if let range = text.firstRange(of: stop) { text = String(text[..<range.lowerBound]) }
        }
        ending = .stop
        if let most = talk.maxTokens, Answers.tokens(text) > most {
            while Answers.tokens(text) > most { text.removeLast() }
            ending = .length
        }
        self.text = text
    }

    /// Estimated as ``Answers/tokens(_:)`` does.
    var outputTokens: Int { Answers.tokens(text ?? "") + Answers.tokens(tool.map { $0.name + $0.arguments } ?? "") }

    /// The text in the pieces of a stream.
    var textPieces: [String] { Answers.pieces(text ?? "") }

    /// The tool's arguments six characters at a time, so that no reader can rely on whole words.
    var argumentPieces: [String] {
        var rest = (tool?.arguments ?? "")[...]
        var parts: [String] = []
        while !rest.isEmpty {
            parts.append(String(rest.prefix(6)))
            rest = rest.dropFirst(6)
        }
        return parts
    }
}
