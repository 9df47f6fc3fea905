import Crypto
import JSON

extension GeminiAdapter {
    /// The proportions that every image model of Gemini knows.
    static let ratios = ["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9"]

    /// `generateContent` for one picture. Gemini knows proportions and three sizes, no format, quality or negative prompt.
    public func imageRequest(_ config: ConnectorConfig, _ order: ImageOrder) throws(ProviderError) -> OutgoingRequest {
        let path = try Self.path(ofModel: order.model) + ":generateContent"
        var writer = JSONWriter(capacity: order.prompt.utf8.count + 256)
        writer.object { body in
            body.field(
                "contents",
                array: { contents in
                    contents.object { content in
                        content.field("role", "user")
                        content.field("parts", array: { $0.object { $0.field("text", order.prompt) } })
                    }
                }
            )
            body.field("generationConfig", object: { Self.writeConfig(order.size, &$0) })
        }
        return try request(config, path, body: writer.bytes)
    }

    private static func writeConfig(_ size: String?, _ config: inout JSONWriter) {
        config.field("responseModalities", array: { $0.value("IMAGE") })
        guard let ratio = AspectRatio.nearest(to: size, among: ratios) else { return }
        config.field(
            "imageConfig",
            object: { image in
                image.field("aspectRatio", ratio)
                image.optional("imageSize", imageSize(size))
            }
        )
    }

    /// 1K is the default and left out, since the oldest models don't know the member.
    private static func imageSize(_ size: String?) -> String? {
        guard let (width, height) = AspectRatio.pixels(size) else { return nil }
        switch max(width, height) {
        case 3_072...: return "4K"
        case 1_920...: return "2K"
        default: return nil
        }
    }

    /// The pictures; drafts among the thoughts are left out.
    public func images(from body: [UInt8]) throws(ProviderError) -> ImageResult {
        let result = try GeminiCodec().result(from: body)
        var images: [GeneratedImage] = []
        for case .image(let image) in result.parts.prefix(64) {
            guard case .data(_, let base64) = image.source, let bytes = try? Base64.decode(base64) else {
                throw .malformed("holds an image that is not base64")
            }
            images.append(.bytes(bytes))
        }
        guard !images.isEmpty else {
            if result.stopReason == .contentFilter { throw GeminiFailure.rejected(nil) }
            throw .noImage
        }
        return ImageResult(images: images, usage: result.usage)
    }
}
