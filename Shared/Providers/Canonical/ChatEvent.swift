/// One step of a streamed chat answer in the gateway's own terms.
///
/// A reader gives them in the provider's order. Text and reasoning need no opening or closing; a tool call is opened
/// once and its arguments follow by the same index, also when several calls grow at the same time.
public enum ChatEvent: Sendable, Equatable {
    /// The answer begins. At most once, first.
    case start(id: String?, model: String?)
    /// More of the text.
    case text(String)
    /// More of what the model thinks.
    case reasoning(String)
    /// The proof for the reasoning so far; ``ReasoningPart/signature``.
    case reasoningSignature(String)
    /// Hidden reasoning; ``ReasoningPart/redacted``.
    case redactedReasoning(String)
    /// A call is opened: `index` counts the answer's calls from 0.
    case toolCall(index: Int, id: String, name: String, signature: String?)
    /// More of a call's arguments.
    case toolArguments(index: Int, String)
    /// A whole picture.
    case image(ImagePart)
    /// The provider runs a tool itself: the call, with its arguments whole.
    case hostedCall(ToolCall)
    /// What a tool gave that the provider ran itself.
    case hostedResult(ToolResult)
    /// The provider's filter has looked at the prompt or the answer: its word for what it objects to, nil for nothing.
    case filter(objection: String?)
    /// A sign of life: a step without content of its own, or one that this build doesn't know.
    case other
    /// What it took so far; a later one replaces an earlier one.
    case usage(Usage)
    /// The answer has ended. Once; only ``usage(_:)`` may follow.
    case stop(StopReason, sequence: String?)
}

/// Puts a streamed answer together again, for tests and for callers who wait for the whole.
public struct ChatCollector: Sendable {
    private var result = ChatResult(parts: [], stopReason: .other)
    private var calls: [Int: Int] = [:]

    /// Nothing yet.
    public init() {}

    /// The answer so far.
    public var answer: ChatResult { result }

    /// Takes the next step.
    public mutating func take(_ event: ChatEvent) {
        switch event {
        case .start(let id, let model): (result.id, result.model) = (id, model)
        case .text(let text): append(text)
        case .reasoning(let text): reason { $0.text += text }
        case .reasoningSignature(let signature): reason { $0.signature = ($0.signature ?? "") + signature }
        case .redactedReasoning(let data): result.parts.append(.reasoning(ReasoningPart("", redacted: data)))
        case .toolCall(let index, let id, let name, let signature):
            calls[index] = result.parts.count
            result.parts.append(.toolCall(ToolCall(id: id, name: name, arguments: "", signature: signature)))
        case .toolArguments(let index, let piece):
            guard let at = calls[index], case .toolCall(var call) = result.parts[at] else { return }
            call.arguments += piece
            result.parts[at] = .toolCall(call)
        case .image(let image): result.parts.append(.image(image))
        case .hostedCall, .hostedResult, .filter, .other: break
        case .usage(let usage): result.usage = usage
        case .stop(let reason, let sequence): (result.stopReason, result.stopSequence) = (reason, sequence)
        }
    }

    private mutating func append(_ text: String) {
        if case .text(let before) = result.parts.last {
            result.parts[result.parts.count - 1] = .text(before + text)
        } else {
            result.parts.append(.text(text))
        }
    }

    private mutating func reason(_ change: (inout ReasoningPart) -> Void) {
        if case .reasoning(var part) = result.parts.last, part.redacted == nil {
            change(&part)
            result.parts[result.parts.count - 1] = .reasoning(part)
        } else {
            var part = ReasoningPart("")
            change(&part)
            result.parts.append(.reasoning(part))
        }
    }
}
