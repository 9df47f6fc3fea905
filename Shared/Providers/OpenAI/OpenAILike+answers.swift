import Crypto
import JSON

extension OpenAILike {
    /// Classifies an answer that is not a success.
    public func failure(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        classify(status: status, header: header, body: body)
    }

    /// The catalogue.
    public func models(from body: [UInt8]) throws(ProviderError) -> [ModelInfo] {
        guard let list = (try? JSONValue(parsing: body))?["data"]?.array else {
            throw .malformed("holds no models")
        }
        return list.prefix(10_000).compactMap { entry in
            guard let id = entry["id"]?.string, !id.isEmpty, id.utf8.count <= 256 else { return nil }
            return ModelInfo(
                id: id,
                owner: entry["owned_by"]?.string,
                created: entry["created"]?.int,
                shutdownDate: entry["shutdown_date"]?.string
            )
        }
    }

    /// nil when the answer proves the credentials.
    public func health(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError? {
        guard status == 200 else { return failure(status: status, header: header, body: body) }
        do throws(ProviderError) {
            _ = try models(from: body)
            return nil
        } catch {
            return error
        }
    }

    /// The pictures.
    public func images(from body: [UInt8]) throws(ProviderError) -> ImageResult {
        guard let root = try? JSONValue(parsing: body) else { throw .malformed("is not JSON") }
        if root.optional("error") != nil {
            throw classify(status: nil, header: { _ in nil }, body: body)
        }
        let entries = (root["data"]?.array ?? []).prefix(16)
        let images = try Self.images(entries)
        guard !images.isEmpty else { throw .noImage }
        var result = ImageResult(images: images)
        if let usage = root.optional("usage").map(Usage.init(openAI:)), usage.tellsSomething { result.usage = usage }
        result.size = root["size"]?.string
        result.quality = root["quality"]?.string
        return result
    }

    static func images(_ entries: ArraySlice<JSONValue>) throws(ProviderError) -> [GeneratedImage] {
        var images: [GeneratedImage] = []
        for entry in entries {
            if let text = entry.optional("b64_json")?.string, !text.isEmpty {
                guard let bytes = try? Base64.decode(text) else {
                    throw .malformed("holds an image that is not base64")
                }
                images.append(.bytes(bytes))
            } else if let url = entry.optional("url")?.string {
                images.append(try image(at: url))
            }
        }
        return images
    }

    /// A `data:` URL is read here; others are fetched by the caller.
    static func image(at url: String) throws(ProviderError) -> GeneratedImage {
        guard url.hasPrefix("data:") else {
            guard url.hasPrefix("https://") || url.hasPrefix("http://"), url.utf8.count <= 8_192 else {
                throw .malformed("holds an image at no web address")
            }
            return .url(url)
        }
        let parts = url.split(separator: ",", maxSplits: 1)
        guard parts.count == 2, parts[0].hasSuffix(";base64"), let bytes = try? Base64.decode(parts[1]) else {
            throw .malformed("holds an image that is not base64")
        }
        return .bytes(bytes)
    }
}
