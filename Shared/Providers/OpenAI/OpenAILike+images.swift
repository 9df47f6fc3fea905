import JSON

extension OpenAILike {
    /// `POST …/images/generations`, one picture. A negative prompt is not known there and ignored.
    public func imageRequest(_ config: ConnectorConfig, _ order: ImageOrder) throws(ProviderError) -> OutgoingRequest {
        let speaksGPTImage = order.model.contains("gpt-image") || order.model == "chatgpt-image-latest"
        var writer = JSONWriter(capacity: order.prompt.utf8.count + 256)
        writer.object { body in
            body.field("model", order.model)
            body.field("prompt", capabilities.needsKey ? order.prompt : Self.withoutServerTag(order.prompt))
            body.field("n", 1)
            body.optional("size", order.size)
            body.optional("quality", order.quality)
            if speaksGPTImage {
                body.optional("output_format", order.format.map { $0 == "jpg" ? "jpeg" : $0 })
            } else {
                body.field("response_format", "b64_json")
            }
        }
        var request = try request(config, "POST", "/images/generations", body: writer.bytes, accept: nil)
        if capabilities.idempotencyKey, let key = order.idempotencyKey {
            request.headers.append(("idempotency-key", key))
        }
        return request
    }

    /// `GET` of a picture that the provider only points to. The key goes along to the connector's own origin alone;
    /// plain HTTP is fetched from there and from nowhere else.
    public func fetchRequest(_ config: ConnectorConfig, url: String) throws(ProviderError) -> OutgoingRequest {
        let base = try request(config, "GET", "", body: [], accept: nil)
        if Self.origin(url) == Self.origin(base.url) {
            return OutgoingRequest(method: "GET", url: url, headers: base.headers, reach: base.reach)
        }
        guard url.hasPrefix("https://") else {
            throw .malformed("points to an image at an address that is not safe")
        }
        return OutgoingRequest(method: "GET", url: url, headers: [("accept", "image/*")], reach: .anyHost)
    }

    private static func origin(_ url: String) -> String {
        url.split(separator: "/", maxSplits: 3).prefix(2).joined(separator: "//").lowercased()
    }

    /// stable-diffusion.cpp takes server parameters from this tag inside a prompt; users must not reach them.
    static func withoutServerTag(_ prompt: String) -> String {
        let tag = "sd_cpp_extra_args"
        var prompt = prompt
        while prompt.contains(tag) { prompt = prompt.replacing(tag, with: "") }
        return prompt
    }
}
