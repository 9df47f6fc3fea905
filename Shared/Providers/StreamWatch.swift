/// Watches a streamed chat answer in OpenAI's form while its bytes pass through, without re-encoding them.
///
/// Only whole events are passed on, so that an error of ours never lands in the middle of one; providers write whole
/// events, so nothing is copied as a rule. An event is parsed only when its bytes name a usage, an error or a finish
/// reason that isn't null; the others cost one pass over their bytes. Not for use from two threads.
public struct StreamWatch: PassingWatch {
    /// The last usage that the provider told.
    public internal(set) var usage: Usage?
    /// The last finish reason.
    public internal(set) var finishReason: String?
    /// `[DONE]` was passed on; when false at a complete end, the caller still needs one.
    public internal(set) var sawDone = false
    /// The provider's error in the middle; from there on nothing is passed on.
    public internal(set) var failure: ProviderError?
    /// Whole events passed on, lone comments among them.
    public internal(set) var events = 0

    /// The longest event that is held together, bytes: past it the answer counts as malformed.
    public static let longestEvent = 4 << 20

    let hidesUsage: Bool
    let habits: OpenAIChatCodec.Habits
    let classify: @Sendable (_ payload: [UInt8]) -> ProviderError
    /// The beginning of an event whose end has not come yet.
    var held: [UInt8] = []
    var lines = LineState()
    var marks: EventMarks = []
    var endedWithDone = false

    /// A watch.
    ///
    /// - Parameters:
    ///   - hidesUsage: withhold the usage event, because the gateway added the wish for it.
    ///   - habits: how the provider counts.
    ///   - classify: makes a typed error of an error event's JSON; OpenAI's table when nil.
    public init(
        hidesUsage: Bool,
        habits: OpenAIChatCodec.Habits = .init(),
        classify: (@Sendable (_ payload: [UInt8]) -> ProviderError)? = nil
    ) {
        self.hidesUsage = hidesUsage
        self.habits = habits
        self.classify = classify ?? { OpenAIFailure.classify(status: nil, header: { _ in nil }, body: $0) }
    }
}

/// Where in a line the next byte stands.
struct LineState: Sendable {
    /// The line that goes on has bytes in an earlier chunk.
    var isBegun = false
    /// The last byte of the previous chunk was a carriage return: a line feed now belongs to it.
    var endsWithReturn = false
}

/// What the bytes of an event promise; an event without any is passed on unread.
struct EventMarks: OptionSet, Sendable {
    let rawValue: UInt8
    /// Something may be in it that was cut in two: read it to be sure.
    static let unsure = EventMarks(rawValue: 1)
    /// A usage, an error or a finish reason that isn't null.
    static let member = EventMarks(rawValue: 2)
    /// `[DONE]`.
    static let done = EventMarks(rawValue: 4)
    /// `event: error`, or a line of JSON without `data:`.
    static let error = EventMarks(rawValue: 8)
}
