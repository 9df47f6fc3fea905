import JSON

/// Pictures come in two ways: a few models chat in pictures, the others have a route of their own.
extension OpenRouterAdapter {
    /// Models that give pictures in their chat answers, and proportions by name rather than sizes in pixels.
    static func chatsInPictures(_ model: String) -> Bool {
        let name = model.split(separator: "/").last ?? ""
        return (name.hasPrefix("gemini-") || name.hasPrefix("gpt-5")) && name.contains("image")
    }

    /// `POST …/chat/completions` or `POST …/images`, one picture.
    public func imageRequest(_ config: ConnectorConfig, _ order: ImageOrder) throws(ProviderError) -> OutgoingRequest {
        if Self.chatsInPictures(order.model) {
            return try request(config, "POST", "/chat/completions", body: Self.chat(order), accept: nil)
        }
        return try request(config, "POST", "/images", body: Self.body(order), accept: nil)
    }

    private static func body(_ order: ImageOrder) -> [UInt8] {
        JSONWriter.object { body in
            body.field("model", order.model)
            body.field("prompt", order.prompt)
            body.field("n", 1)
            if order.size != "auto" { body.optional("size", order.size) }
            body.optional("quality", order.quality)
            body.optional("output_format", order.format.map { $0 == "jpg" ? "jpeg" : $0 })
        }
    }

    private static let ratios = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"]

    private static func chat(_ order: ImageOrder) -> [UInt8] {
        JSONWriter.object { body in
            body.field("model", order.model)
            body.field(
                "messages",
                array: { messages in
                    messages.object { message in
                        message.field("role", "user")
                        message.field("content", order.prompt)
                    }
                }
            )
            body.field("modalities", array: { for kind in ["image", "text"] { $0.value(kind) } })
            guard let ratio = AspectRatio.nearest(to: order.size, among: ratios) else { return }
            body.field(
                "image_config",
                object: { config in
                    config.field("aspect_ratio", ratio)
                    config.optional("image_size", imageSize(order.size))
                }
            )
        }
    }

    /// The size's name by its longer side; nil leaves it to the model, which is 1K as a rule.
    private static func imageSize(_ size: String?) -> String? {
        guard let (width, height) = AspectRatio.pixels(size) else { return nil }
        switch max(width, height) {
        case ...1_536: return nil
        case ...2_560: return "2K"
        default: return "4K"
        }
    }

    /// The pictures of either way. Words in a picture's place are the model's refusal.
    public func images(from body: [UInt8]) throws(ProviderError) -> ImageResult {
        guard let root = try? JSONValue(parsing: body) else { throw .malformed("is not JSON") }
        if root.optional("error") != nil { throw classify(status: nil, header: { _ in nil }, body: body) }
        let message = root["choices"]?.array?.first?.optional("message")
        var images = try Self.images((root["data"]?.array ?? []).prefix(16))
        for image in (message?.optional("images")?.array ?? []).prefix(16) {
            if let url = image["image_url"]?["url"]?.string { images.append(try Self.image(at: url)) }
        }
        guard !images.isEmpty else { throw Self.nothingShown(message, root) }
        var result = ImageResult(images: images)
        if let usage = root.optional("usage").map(Usage.init(openAI:)), usage.tellsSomething { result.usage = usage }
        return result
    }

    private static func nothingShown(_ message: JSONValue?, _ root: JSONValue) -> ProviderError {
        let wasFiltered = root["choices"]?.array?.first?["finish_reason"]?.string == "content_filter"
        let text = OpenAIChatCodec.text(message?["content"]) ?? message?.optional("refusal")?.string ?? ""
        guard wasFiltered || !text.isEmpty else { return .noImage }
        return ProviderError(.providerRejected, "The provider answered with words instead of a picture.")
    }
}
