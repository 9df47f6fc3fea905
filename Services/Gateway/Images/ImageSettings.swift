import Wire

/// How somebody wants their pictures made; what isn't set is left to the next: a request goes before what its user has
/// stored, that before the organisation's, and that before ``builtIn``.
struct ImageSettings: Sendable, Equatable {
    /// A connector's id, name or type.
    var provider: String?
    /// The provider's name of it, or `connector/model`.
    var model: String?
    /// The style, one word, such as `cartoon`; templates have it as `{image_type}`.
    var imageType: String?
    var imageFormat: ImageFormat?
    /// The provider's word for it.
    var quality: String?
    /// 1 to 5 of one job; nil for as many as are asked for.
    var maxInArticleImages: Int?
    var desktopEnabled: Bool?
    var mobileEnabled: Bool?
    /// `WxH` or `auto` for images that name no size.
    var sizes: [ImageKind: String] = [:]

    /// What holds where nobody has said anything.
    static let builtIn: ImageSettings = {
        var settings = ImageSettings()
        settings.imageFormat = .webp
        settings.desktopEnabled = true
        settings.mobileEnabled = true
        return settings
    }()

    /// These, and of the others what isn't set here.
    ///
    /// A model belongs to its provider: another provider's isn't taken over, and to a model that names its connector
    /// no other provider is added.
    ///
    /// - Parameter namesConnector: whether a model has a connector's name in front.
    func over(_ lower: ImageSettings, namesConnector: (String) -> Bool = { _ in false }) -> ImageSettings {
        var result = self
        if provider != nil, provider != lower.provider {
            result.model = model
        } else {
            result.model = model ?? lower.model
            let isWhole = model.map(namesConnector) ?? false
            result.provider = provider ?? (isWhole ? nil : lower.provider)
        }
        result.imageType = imageType ?? lower.imageType
        result.imageFormat = imageFormat ?? lower.imageFormat
        result.quality = quality ?? lower.quality
        result.maxInArticleImages = maxInArticleImages ?? lower.maxInArticleImages
        result.desktopEnabled = desktopEnabled ?? lower.desktopEnabled
        result.mobileEnabled = mobileEnabled ?? lower.mobileEnabled
        result.sizes = lower.sizes.merging(sizes) { $1 }
        return result
    }

    /// Whether images of that kind are made.
    func makes(_ kind: ImageKind) -> Bool {
        switch kind {
        case .desktop: desktopEnabled ?? true
        case .mobile: mobileEnabled ?? true
        case .featured, .inArticle: true
        }
    }
}
