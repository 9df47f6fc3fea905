/// What an answer cost, as the provider counts it. nil means that the provider did not say.
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

    /// Input and output together, where both are known.
    public var totalTokens: Int? {
        guard let inputTokens, let outputTokens else { return nil }
        let (sum, overflow) = inputTokens.addingReportingOverflow(outputTokens)
        return overflow ? nil : sum
    }
}
