/// The price table, as of ``Prices/asOf``; source: litellm 1.109.1's community list, checked against the providers' pages
/// where they are public. USD per million tokens. Not an invoice.
extension Prices {
    /// The day on which the table was made.
    public static let asOf = "2026-11-20"

    static let openAIChat: [String: ChatPrice] = [
        "gpt-6-astra": ChatPrice(input: 10, cachedInput: 1, output: 50),
        "gpt-6-sol": ChatPrice(input: 2, cachedInput: 0.2, output: 10),
        "gpt-6.1-sol": ChatPrice(input: 2, cachedInput: 0.1, output: 10),
        "gpt-6.1-terra": ChatPrice(input: 1, cachedInput: 0.05, output: 5),
        "gpt-6-luna": ChatPrice(input: 0.1, cachedInput: 0.01, output: 0.5),
        "gpt-5.6-sol": ChatPrice(input: 4, cachedInput: 0.4, output: 20),
        "gpt-5.6-terra": ChatPrice(input: 2, cachedInput: 0.2, output: 12),
        "gpt-5.6-luna": ChatPrice(input: 0.2, cachedInput: 0.02, output: 1.2),
        "gpt-5.5": ChatPrice(input: 5, cachedInput: 0.5, output: 30),
        "gpt-5.4": ChatPrice(input: 2.5, cachedInput: 0.25, output: 15),
        "gpt-5.4-mini": ChatPrice(input: 0.75, cachedInput: 0.075, output: 4.5),
        "gpt-5.4-nano": ChatPrice(input: 0.2, cachedInput: 0.02, output: 1.25),
        "gpt-4.1": ChatPrice(input: 2, cachedInput: 0.5, output: 8),
        "gpt-4.1-mini": ChatPrice(input: 0.4, cachedInput: 0.1, output: 1.6),
        "gpt-4o": ChatPrice(input: 2.5, cachedInput: 1.25, output: 10),
        "gpt-4o-mini": ChatPrice(input: 0.15, cachedInput: 0.075, output: 0.6),
        "o3": ChatPrice(input: 2, cachedInput: 0.5, output: 8),
    ]

    static let openAIImages: [String: ImagePrice] = [
        "gpt-image-2.5-sunburst": ImagePrice(textInput: 5, imageInput: 8, output: 30),
        "gpt-image-2.5-flare": ImagePrice(textInput: 5, imageInput: 8, output: 30),
        "gpt-image-2": ImagePrice(textInput: 5, imageInput: 8, output: 30),
        "gpt-image-1.5": ImagePrice(textInput: 5, imageInput: 8, output: 32),
        "gpt-image-1-mini": ImagePrice(textInput: 2, imageInput: 2.5, output: 8),
        "gpt-image-1": ImagePrice(textInput: 5, imageInput: 10, output: 40),
        "chatgpt-image-latest": ImagePrice(textInput: 5, imageInput: 8, output: 32),
    ]

    /// Output tokens of one picture by quality and size, as OpenAI documents them for the first GPT image family;
    /// later families are billed by the usage that they report and have no row here.
    static let imageTokens: [String: [String: Int]] = [
        "low": ["1024x1024": 272, "1024x1536": 408, "1536x1024": 400],
        "medium": ["1024x1024": 1_056, "1024x1536": 1_584, "1536x1024": 1_568],
        "high": ["1024x1024": 4_160, "1024x1536": 6_240, "1536x1024": 6_208],
    ]
    static let modelsWithKnownImageTokens: Set<String> = [
        "gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest",
    ]
}
