/// Watches a streamed chat answer in OpenAI's form while its bytes pass through, without re-encoding them.
///
/// Only whole events are passed on, so that an error of ours never lands in the middle of one; in practice providers
/// write whole events and nothing is copied. Not for use from two threads.
public struct StreamWatch: Sendable {
    /// How a stream ended.
    public enum Ending: Sendable, Equatable {
        /// With `[DONE]`, or with a finish reason and then the connection's end.
        case complete
        /// With an error of the provider's, or without a terminal marker (`malformed_response`).
        case failed(ProviderError)
    }

    /// The last usage that the provider told.
    public internal(set) var usage: Usage?
    /// The last finish reason.
    public internal(set) var finishReason: String?
    /// `[DONE]` was seen (and passed on).
    public internal(set) var sawDone = false
    /// The provider's error in the middle; from there on nothing is passed on.
    public internal(set) var failure: ProviderError?
    /// Whole events passed on, comments not counted.
    public internal(set) var events = 0

    let hidesUsage: Bool
    var held: [UInt8] = []

    /// A watch.
    ///
    /// - Parameter hidesUsage: withhold the usage event, because the gateway added the wish for it.
    public init(hidesUsage: Bool) {
        self.hidesUsage = hidesUsage
    }
}
