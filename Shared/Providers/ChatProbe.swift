/// What the gateway must know of a caller's chat request before it passes the bytes on, found in one walk without a
/// tree; and the same bytes with the model replaced.
public struct ChatProbe: Sendable {
    /// What is wrong with a request, in terms of the caller's JSON.
    public struct Problem: Error, Sendable, Equatable {
        /// The class.
        public enum Code: String, Sendable {
            /// Not JSON, or not an object.
            case notJSON = "not_json"
            /// A member appears twice.
            case duplicateKey = "duplicate_key"
            /// Too deep or too large.
            case tooLarge = "too_large"
            /// A member is missing.
            case missing
            /// A member has the wrong type.
            case wrongType = "wrong_type"
            /// A member holds nothing where something must be.
            case empty
        }

        /// The class.
        public let code: Code
        /// A sentence for the caller.
        public let message: String
        /// The member at fault, as OpenAI's errors name it; nil for the whole body.
        public let param: String?
    }

    /// The request, untouched.
    public let body: [UInt8]
    /// The model that the caller asks for; nil when there is none.
    public let model: String?
    /// The caller wants a stream.
    public let stream: Bool
    /// The caller wants the usage event of a stream for itself.
    public let asksForUsage: Bool
    /// `max_completion_tokens`, else `max_tokens`: for a cap's reservation.
    public let maxTokens: Int?
    /// `n`; 1 when absent.
    public let choices: Int
    /// Bytes of the messages, tools and, in Anthropic's dialect, instructions: a bound from above for the prompt's tokens.
    public let promptBytes: Int
    /// The request offers tools.
    public let hasTools: Bool

    /// `reasoning_effort`, where the caller names one.
    public let reasoningEffort: String?

    /// The usage event of the stream is asked for by the gateway alone and must be withheld from the caller.
    public var hidesUsage: Bool { stream && !asksForUsage }

    let modelRange: Range<Int>?
    let streamOptionsRange: Range<Int>?
    let includeUsageRange: Range<Int>?
}
