import Crypto
import JSON

/// A conversation as Converse wants it: the user first, then turn about, all results of one turn in one message.
struct ConverseTurns {
    /// Everything that one side says before the other does.
    struct Turn {
        let isUsers: Bool
        var parts: [ContentPart]
    }

    /// The system messages' texts.
    private(set) var system: [String] = []
    /// The turns; the first is the user's.
    private(set) var turns: [Turn] = []
    /// The names of the tools that were called in it, each once, in the order of the first call.
    private(set) var toolNames: [String] = []

    /// - Parameter toolsAsText: tells of calls and results in words, for a model that may not call any more: where calls
    ///   stand in a conversation, Converse demands tools, and with tools it has no word for "call none".
    init(_ messages: [ChatMessage], toolsAsText: Bool) throws(ProviderError) {
        var names: [String: String] = [:]
        for message in messages {
            for call in message.parts.toolCalls {
                names[call.id] = call.name
                if !toolsAsText, !toolNames.contains(call.name) { toolNames.append(call.name) }
            }
            if message.role == .system {
                if !Self.isBlank(message.text) { system.append(message.text) }
            } else {
                let parts = toolsAsText ? message.parts.map { Self.told($0, names) } : message.parts
                add(parts.filter(Self.says), isUsers: message.role != .assistant)
            }
        }
        guard let first = turns.first else {
            throw .unsayable("Bedrock takes no conversation without a user's message.", param: "messages")
        }
        guard first.isUsers else {
            throw .unsayable("Bedrock wants the user's message first in a conversation.", param: "messages")
        }
    }

    private mutating func add(_ parts: [ContentPart], isUsers: Bool) {
        guard !parts.isEmpty else { return }
        if turns.last?.isUsers == isUsers {
            turns[turns.count - 1].parts += parts
        } else {
            turns.append(Turn(isUsers: isUsers, parts: parts))
        }
    }

    /// Blank text is refused there; reasoning without its proof, or not of this provider's making, is refused by the model.
    private static func says(_ part: ContentPart) -> Bool {
        switch part {
        case .text(let text): !isBlank(text)
        case .reasoning(let part): part.signature != nil || part.redacted != nil
        case .image, .toolCall, .toolResult: true
        }
    }

    private static func isBlank(_ text: String) -> Bool { text.utf8.allSatisfy { $0 <= 0x20 } }

    private static func told(_ part: ContentPart, _ names: [String: String]) -> ContentPart {
        switch part {
        case .toolCall(let call): .text("[The tool \(call.name) was called with \(call.arguments).]")
        case .toolResult(let result):
            .text("[The tool \(names[result.callID] ?? "called") answered: \(result.content.text)]")
        case .text, .image, .reasoning: part
        }
    }

    /// A call's id in Converse's alphabet and length; the same for the call and for its result. Other providers' ids,
    /// which a conversation brings along after a change of model, may hold anything.
    static func toolUseID(_ id: String) -> String {
        let isFit = id.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
            default: false
            }
        }
        if isFit, (1...64).contains(id.utf8.count) { return id }
        return "tooluse_" + Hex.encode(Digest.sha256(id).prefix(16))
    }
}
