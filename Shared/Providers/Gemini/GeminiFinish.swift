/// What Gemini's `finishReason` says of an answer.
enum GeminiFinish: Equatable {
    /// The answer is what it is, for that reason.
    case ended(StopReason)
    /// Nothing of use came of it.
    case broken

    private static let rejections: Set<String> = [
        "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION", "MODEL_ARMOR",
    ]
    private static let breaks: Set<String> = [
        "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE",
        "MISSING_THOUGHT_SIGNATURE",
    ]
    /// These break an answer only when nothing had come before.
    private static let breaksOfNothing: Set<String> = [
        "NO_IMAGE", "IMAGE_OTHER", "OTHER", "LANGUAGE", "ESCALATION", "PUP_LIMITED_DISABLED", "CONTINUATION",
    ]

    /// Reads the word. It stays `STOP` when the model calls tools; a word from the future is ``StopReason/other``.
    init(_ word: String, hasCalls: Bool, hasContent: Bool) {
        switch word {
        case "STOP": self = .ended(hasCalls ? .toolCalls : .stop)
        case "MAX_TOKENS": self = .ended(.length)
        case _ where Self.rejections.contains(word): self = .ended(.contentFilter)
        case _ where Self.breaks.contains(word): self = .broken
        case _ where Self.breaksOfNothing.contains(word): self = hasContent ? .ended(.other) : .broken
        default: self = .ended(.other)
        }
    }
}
