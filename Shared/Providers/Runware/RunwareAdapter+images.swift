import Crypto
import JSON

extension RunwareAdapter {
    /// An `imageInference` task for one picture, answered on the same connection with the picture in it.
    ///
    /// The provider refuses what a model doesn't know, so a negative prompt goes only to the models of its own servers.
    /// Quality is left out: no word for it is common to the models.
    public func imageRequest(_ config: ConnectorConfig, _ order: ImageOrder) throws(ProviderError) -> OutgoingRequest {
        let side = Self.sides(order.size)
        return try request(config, capacity: order.prompt.utf8.count + 512) { task in
            task.field("taskType", "imageInference")
            task.field("taskUUID", Self.taskUUID(order))
            task.field("model", order.model)
            task.field("positivePrompt", order.prompt)
            if let negative = order.negativePrompt, !negative.isEmpty, Self.knowsNegativePrompt(order.model) {
                task.field("negativePrompt", negative)
            }
            task.field("width", side.width)
            task.field("height", side.height)
            task.field("numberResults", 1)
            task.field("outputType", "base64Data")
            task.optional("outputFormat", order.format.flatMap { Self.formats[$0] })
            task.field("includeCost", true)
            task.field("deliveryMethod", "sync")
        }
    }

    private static let formats = ["png": "PNG", "jpg": "JPG", "jpeg": "JPG", "webp": "WEBP"]

    private static func taskUUID(_ order: ImageOrder) -> String {
        if let key = order.idempotencyKey { return TaskUUID.text(of: ["key", key]) }
        return TaskUUID.text(of: [
            "order", order.model, order.prompt, order.negativePrompt ?? "", order.size ?? "", order.quality ?? "",
            order.format ?? "",
        ])
    }

    /// AIR ids name their source: `runware:101@1` and `civitai:101055@128078` run on Runware, `openai:…` and others elsewhere.
    private static func knowsNegativePrompt(_ model: String) -> Bool {
        ["runware:", "civitai:", "rundiffusion:"].contains { model.lowercased().hasPrefix($0) }
    }

    /// The nearest multiples of 64 from 128 to 2,048, in the same proportions as far as they can be; a square without
    /// a size, since most models insist on one.
    static func sides(_ size: String?) -> (width: Int, height: Int) {
        guard let (width, height) = AspectRatio.pixels(size) else { return (1_024, 1_024) }
        let scale = min(1, 2_048 / Double(max(width, height)))
        func fit(_ side: Int) -> Int {
            let steps = (Double(side) * scale / 64).rounded()
            return min(max(Int(steps), 2), 32) * 64
        }
        return (fit(width), fit(height))
    }

    /// The pictures; they win over errors that came along with them.
    public func images(from body: [UInt8]) throws(ProviderError) -> ImageResult {
        guard let root = try? JSONValue(parsing: body) else { throw .malformed("is not JSON") }
        var images: [GeneratedImage] = []
        var cost: Double?
        var isFlagged = false
        for item in (root["data"]?.array ?? []).prefix(64) {
            guard let image = try Self.image(item) else { continue }
            if let price = item.optional("cost")?.double, price >= 0, price.isFinite { cost = (cost ?? 0) + price }
            if item.optional("NSFWContent")?.bool == true {
                isFlagged = true
            } else {
                images.append(image)
            }
        }
        guard !images.isEmpty else {
            if let error = RunwareFailure.found(in: root) { throw error }
            if isFlagged { throw ProviderError(.providerRejected, "The provider rejected the content (NSFWContent).") }
            throw .noImage
        }
        var result = ImageResult(images: images)
        if let cost {
            var usage = Usage()
            usage.reportedCostUSD = cost
            result.usage = usage
        }
        return result
    }

    private static func image(_ item: JSONValue) throws(ProviderError) -> GeneratedImage? {
        if let text = item.optional("imageBase64Data")?.string, !text.isEmpty { return try decoded(text[...]) }
        if let text = item.optional("imageDataURI")?.string, let comma = text.utf8.firstIndex(of: UInt8(ascii: ",")) {
            return try decoded(text[text.utf8.index(after: comma)...])
        }
        guard let url = item.optional("imageURL")?.string else { return nil }
        guard url.hasPrefix("https://") || url.hasPrefix("http://"), url.utf8.count <= 8_192 else {
            throw .malformed("holds an image at no web address")
        }
        return .url(url)
    }

    private static func decoded(_ base64: Substring) throws(ProviderError) -> GeneratedImage {
        guard let bytes = try? Base64.decode(base64) else {
            throw .malformed("holds an image that is not base64")
        }
        return .bytes(bytes)
    }

    /// `GET` of a picture that the provider only points to, without the key.
    public func fetchRequest(_ config: ConnectorConfig, url: String) throws(ProviderError) -> OutgoingRequest {
        guard url.hasPrefix("https://") else {
            throw .malformed("points to an image at an address that is not safe")
        }
        return OutgoingRequest(method: "GET", url: url, headers: [("accept", "image/*")], reach: .anyHost)
    }
}
