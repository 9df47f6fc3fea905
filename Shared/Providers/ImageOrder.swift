/// One picture to be generated, in the gateway's own terms.
public struct ImageOrder: Sendable, Equatable {
    /// The provider's name of the model.
    public var model: String
    /// What to show. A user's content.
    public var prompt: String
    /// What not to show; ignored where ``Capabilities/negativePrompt`` is false.
    public var negativePrompt: String?
    /// `WxH` or `auto`; nil leaves it to the provider.
    public var size: String?
    /// The provider's quality word; nil leaves it to the provider.
    public var quality: String?
    /// `png`, `jpg` or `webp`: asked for where the provider knows it, converted afterwards where it doesn't.
    public var format: String?
    /// Sent as `Idempotency-Key` where the provider knows one.
    public var idempotencyKey: String?

    /// An order.
    public init(
        model: String,
        prompt: String,
        negativePrompt: String? = nil,
        size: String? = nil,
        quality: String? = nil,
        format: String? = nil,
        idempotencyKey: String? = nil
    ) {
        self.model = model
        self.prompt = prompt
        self.negativePrompt = negativePrompt
        self.size = size
        self.quality = quality
        self.format = format
        self.idempotencyKey = idempotencyKey
    }
}

/// A generated picture as the provider hands it over.
public enum GeneratedImage: Sendable, Equatable {
    /// The file's bytes; their type is to be sniffed, never believed.
    case bytes([UInt8])
    /// Where to fetch it; may be on the provider's own host and short-lived.
    case url(String)
}

/// What an image request gave: at least one picture.
public struct ImageResult: Sendable, Equatable {
    /// The pictures.
    public var images: [GeneratedImage]
    /// Tokens or price, where told.
    public var usage: Usage?
    /// The size that the provider says it used, such as `1024x1024`.
    public var size: String?
    /// The quality that the provider says it used.
    public var quality: String?

    /// A result.
    public init(images: [GeneratedImage], usage: Usage? = nil, size: String? = nil, quality: String? = nil) {
        self.images = images
        self.usage = usage
        self.size = size
        self.quality = quality
    }
}
