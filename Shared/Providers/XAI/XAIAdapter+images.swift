import JSON

extension XAIAdapter {
    private static let ratios = [
        "1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "2:1", "1:2", "20:9", "9:20",
    ]

    /// `POST …/images/generations`, one picture: proportions by name instead of a size, and no choice of the format.
    public func imageRequest(_ config: ConnectorConfig, _ order: ImageOrder) throws(ProviderError) -> OutgoingRequest {
        let body = JSONWriter.object { body in
            body.field("model", order.model)
            body.field("prompt", order.prompt)
            body.field("n", 1)
            body.field("response_format", "b64_json")
            if let pixels = AspectRatio.pixels(order.size) {
                body.optional("aspect_ratio", AspectRatio.nearest(to: order.size, among: Self.ratios))
                body.field("resolution", max(pixels.width, pixels.height) > 1_536 ? "2k" : "1k")
            }
            if order.model.hasPrefix("grok-imagine-image-2"), order.quality != "auto" {
                body.optional("quality", order.quality)
            }
        }
        return try request(config, "POST", "/images/generations", body: body, accept: nil)
    }

    /// The pictures. What the filter took is answered with 200, and no picture or an empty one.
    public func images(from body: [UInt8]) throws(ProviderError) -> ImageResult {
        guard let root = try? JSONValue(parsing: body) else { throw .malformed("is not JSON") }
        if root.optional("error") != nil { throw classify(status: nil, header: { _ in nil }, body: body) }
        guard let entries = root["data"]?.array else { throw .noImage }
        let passed = entries.prefix(16).filter { $0["respect_moderation"]?.bool != false }
        guard !passed.isEmpty else {
            throw ProviderError(.providerRejected, ProviderError.Code.providerRejected.sentence + " (moderation).")
        }
        let images = try Self.images(passed[...])
        guard !images.isEmpty else { throw .noImage }
        var result = ImageResult(images: images)
        if let usage = root.optional("usage").map(Usage.init(openAI:)), usage.tellsSomething { result.usage = usage }
        return result
    }
}
