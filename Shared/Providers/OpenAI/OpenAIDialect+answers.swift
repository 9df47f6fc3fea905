import Crypto
import JSON

extension OpenAIDialect {
    /// Classifies an answer that is not a success.
    public func failure(status: Int, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        OpenAIFailure.classify(status: status, header: header, body: body)
    }

    /// Reads a blocking chat answer.
    public func chatAnswer(_ body: [UInt8]) throws(ProviderError) -> ChatAnswer {
        let members = try Self.members(body, ["choices", "usage", "model", "error"])
        if let range = members[3], JSONScanner.kind(in: range, of: body) != .null {
            throw OpenAIFailure.classify(status: nil, header: { _ in nil }, body: body)
        }
        guard let choices = members[0], let elements = try? JSONScanner.elements(of: body, in: choices),
            let first = elements.first
        else { throw Self.malformed("holds no choice") }
        var answer = ChatAnswer()
        let choice = try Self.members(body, ["finish_reason", "message"], in: first)
        answer.finishReason = choice[0].flatMap { try? JSONScanner.string(in: $0, of: body) }
        guard let message = choice[1] else { throw Self.malformed("holds no message") }
        let refusal = try Self.members(body, ["refusal"], in: message)[0]
        answer.refused = refusal.map { JSONScanner.kind(in: $0, of: body) == .string } ?? false
        answer.model = members[2].flatMap { try? JSONScanner.string(in: $0, of: body) }
        if let range = members[1], JSONScanner.kind(in: range, of: body) == .object {
            answer.usage = Usage(openAI: body, in: range)
        }
        return answer
    }

    /// The catalogue.
    public func models(from body: [UInt8]) throws(ProviderError) -> [ModelInfo] {
        guard let list = (try? JSONValue(parsing: body))?["data"]?.array else {
            throw Self.malformed("holds no models")
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
        guard let root = try? JSONValue(parsing: body) else { throw Self.malformed("is not JSON") }
        if root.optional("error") != nil {
            throw OpenAIFailure.classify(status: nil, header: { _ in nil }, body: body)
        }
        let entries = (root["data"]?.array ?? []).prefix(16)
        let images = try Self.images(entries)
        guard !images.isEmpty else { throw Self.malformed("holds no image") }
        var result = ImageResult(images: images)
        if let usage = root.optional("usage").map(Usage.init(openAI:)), !usage.isAllZero { result.usage = usage }
        result.size = root["size"]?.string
        result.quality = root["quality"]?.string
        return result
    }

    private static func images(_ entries: ArraySlice<JSONValue>) throws(ProviderError) -> [GeneratedImage] {
        var images: [GeneratedImage] = []
        for entry in entries {
            if let text = entry.optional("b64_json")?.string, !text.isEmpty {
                guard let bytes = try? Base64.decode(text) else { throw malformed("holds an image that is not base64") }
                images.append(.bytes(bytes))
            } else if let url = entry.optional("url")?.string {
                images.append(try image(at: url))
            }
        }
        return images
    }

    /// A `data:` URL is read here; others are fetched by the caller.
    private static func image(at url: String) throws(ProviderError) -> GeneratedImage {
        guard url.hasPrefix("data:") else {
            guard url.hasPrefix("https://") || url.hasPrefix("http://"), url.utf8.count <= 8_192 else {
                throw malformed("holds an image at no web address")
            }
            return .url(url)
        }
        let parts = url.split(separator: ",", maxSplits: 1)
        guard parts.count == 2, parts[0].hasSuffix(";base64"), let bytes = try? Base64.decode(parts[1]) else {
            throw malformed("holds an image that is not base64")
        }
        return .bytes(bytes)
    }

    private static func members(
        _ body: [UInt8],
        _ wanted: JSONKeys,
        in range: Range<Int>? = nil
    ) throws(ProviderError) -> [Range<Int>?] {
        do throws(JSONError) {
            return try JSONScanner.members(of: body, in: range, wanted: wanted)
        } catch {
            throw malformed("is not JSON as documented")
        }
    }

    static func malformed(_ what: String) -> ProviderError {
        ProviderError(.malformedResponse, "The provider's answer \(what).")
    }
}
