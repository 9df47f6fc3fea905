/// One event of a turn's stream, as the client gets it: `event:` is its name, `id:` its number, `data:` a JSON object.
///
/// A client passes over names that it doesn't know; more may come.
struct TurnFrame: Sendable, Equatable {
    /// The names, which are part of the interface.
    enum Name: String, Sendable, CaseIterable {
        case turnStart = "turn_start"
        /// A message begins.
        case meta
        /// More of a message's text.
        case delta
        /// More of what the model thinks.
        case reasoning
        /// More of a tool call's arguments, as text.
        case toolCallDelta = "tool_call_delta"
        /// A whole tool call.
        case toolCall = "tool_call"
        /// A tool that was run: its call, or its result in short.
        case toolExecution = "tool_execution"
        /// What the provider's filter found.
        case shieldCall = "shield_call"
        /// A picture that the text model put into its answer.
        case inlineImage = "inline_image"
        /// A message is complete.
        case done
        case imagePending = "image_pending"
        case imageAttempt = "image_attempt"
        case image
        case imageFailed = "image_failed"
        /// The model waits for the results of its tool calls.
        case turnAwaitingInput = "turn_awaiting_input"
        case turnComplete = "turn_complete"
        /// Nothing comes after it.
        case final
        case heartbeat
        /// Why the turn ended before it was complete; nothing comes after it.
        case error

        /// It ends the stream.
        var isLast: Bool { self == .final || self == .error }
    }

    let name: Name
    /// Rises by one from 1.
    let number: Int
    let data: [UInt8]
}
