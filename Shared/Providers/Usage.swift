/// What an answer cost, as the provider counts it. nil means that the provider did not say.
///
/// Codecs read counts and prices through ``count(_:)`` and ``price(_:)``, so sums of a few can't overflow.
public struct Usage: Sendable, Equatable {
    /// Tokens of the prompt, cached ones included.
    public var inputTokens: Int?
    /// Tokens of the answer, reasoning included.
    public var outputTokens: Int?
    /// Prompt tokens read from the provider's cache; part of ``inputTokens``.
    public var cachedInputTokens: Int?
    /// Prompt tokens written to the provider's cache; part of ``inputTokens``.
    public var cacheWriteInputTokens: Int?
    /// Reasoning tokens; part of ``outputTokens``.
    public var reasoningTokens: Int?
    /// Prompt tokens that are text, of an image request.
    public var textInputTokens: Int?
    /// Prompt tokens that are pictures, of an image request.
    public var imageInputTokens: Int?
    /// The price in USD when the provider's answer names one.
    public var reportedCostUSD: Double?

    /// Nothing known.
    public init() {}

    /// Input and output together; what is unknown of them counts as 0, and nil where nothing is known.
    public var totalTokens: Int? {
        guard inputTokens != nil || outputTokens != nil else { return nil }
        return (inputTokens ?? 0) + (outputTokens ?? 0)
    }

    /// More tokens than any call has.
    private static let absurd: Int64 = 1 << 32

    /// A provider's count of tokens; one that is negative or absurd is as good as none.
    public static func count(_ number: Int64?) -> Int? {
        guard let number, (0..<absurd).contains(number) else { return nil }
        return Int(number)
    }

    /// A provider's price in USD, with the same doubt.
    static func price(_ number: Double?) -> Double? {
        guard let number, (0..<1_000_000).contains(number) else { return nil }
        return number
    }
}
