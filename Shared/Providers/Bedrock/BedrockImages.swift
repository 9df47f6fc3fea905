import Crypto
import JSON

/// The bodies of InvokeModel for models that paint. Each vendor has a form of its own.
enum BedrockImages {
    /// What Stability's models know. There is no size there.
    private static let aspectRatios = ["1:1", "16:9", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"]

    /// Whether a model's id is one of a painter's.
    static func paints(_ model: String) -> Bool { model.contains("stability.") || isAmazons(model) }

    private static func isAmazons(_ model: String) -> Bool {
        model.contains("nova-canvas") || model.contains("titan-image")
    }

    static func body(_ order: ImageOrder) -> [UInt8] {
        isAmazons(order.model) ? amazonBody(order) : stabilityBody(order)
    }

    private static func stabilityBody(_ order: ImageOrder) -> [UInt8] {
        var writer = JSONWriter(capacity: order.prompt.utf8.count + 256)
        writer.object { body in
            body.field("prompt", order.prompt)
            if let negative = order.negativePrompt, !negative.isEmpty { body.field("negative_prompt", negative) }
            body.field("mode", "text-to-image")
            body.optional("aspect_ratio", AspectRatio.nearest(to: order.size, among: aspectRatios))
            body.field("output_format", order.format == "jpg" ? "JPEG" : "PNG")
        }
        return writer.bytes
    }

    private static func amazonBody(_ order: ImageOrder) -> [UInt8] {
        let size = AspectRatio.pixels(order.size) ?? (width: 1_024, height: 1_024)
        var writer = JSONWriter(capacity: order.prompt.utf8.count + 256)
        writer.object { body in
            body.field("taskType", "TEXT_IMAGE")
            body.field(
                "textToImageParams",
                object: { params in
                    params.field("text", order.prompt)
                    if let negative = order.negativePrompt, !negative.isEmpty { params.field("negativeText", negative) }
                }
            )
            body.field(
                "imageGenerationConfig",
                object: { config in
                    config.field("numberOfImages", 1)
                    config.field("width", side(size.width))
                    config.field("height", side(size.height))
                    config.field("quality", isFine(order.quality) ? "premium" : "standard")
                }
            )
        }
        return writer.bytes
    }

    /// A side that Amazon's models take: 320 to 2048, a multiple of 64.
    private static func side(_ pixels: Int) -> Int { min(max((pixels + 32) / 64 * 64, 320), 2_048) }

    private static func isFine(_ quality: String?) -> Bool {
        ["high", "hd", "premium", "xhigh", "max"].contains(quality ?? "")
    }

    /// The pictures of an answer, or why there are none: a refusal comes with status 200.
    static func result(from body: [UInt8]) throws(ProviderError) -> ImageResult {
        guard let root = try? JSONValue(parsing: body) else { throw .malformed("is not JSON") }
        for reason in root.optional("finish_reasons")?.array ?? [] where !reason.isNull {
            throw stopped(reason.string ?? "")
        }
        if root.optional("error")?.string != nil || root["status"]?.string == "Request Moderated" {
            throw ProviderError(.providerRejected, ProviderError.Code.providerRejected.sentence + ".")
        }
        var images: [GeneratedImage] = []
        for image in (root.optional("images")?.array ?? []).prefix(16) {
            guard let text = image.string, !text.isEmpty, let bytes = try? Base64.decode(text) else {
                throw .malformed("holds an image that is not base64")
            }
            images.append(.bytes(bytes))
        }
        guard !images.isEmpty else { throw .noImage }
        return ImageResult(images: images)
    }

    /// `Filter reason: prompt`, `Filter reason: output image`, `Inference error`.
    private static func stopped(_ reason: String) -> ProviderError {
        let code: ProviderError.Code = reason == "Inference error" ? .providerUnavailable : .providerRejected
        return ProviderError(code, code.sentence + ".")
    }
}
