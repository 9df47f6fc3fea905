/// Reads and writes `data:` URLs (RFC 2397), the way in which OpenAI's dialect carries pictures. The base64 text is not decoded.
public enum DataURL {
    /// A picture's bytes for a `data:` URL, its address for any other.
    public static func source(_ url: String) -> ImagePart.Source {
        guard url.hasPrefix("data:"), let comma = url.utf8.firstIndex(of: UInt8(ascii: ",")) else { return .url(url) }
        let head = url[url.index(url.startIndex, offsetBy: 5)..<comma]
        guard head.hasSuffix(";base64") else { return .url(url) }
        let type = head.split(separator: ";").first.map { $0.lowercased() } ?? ""
        let mediaType = type == "image/jpg" ? "image/jpeg" : type
        return .data(mediaType: mediaType, base64: String(url[url.index(after: comma)...]))
    }

    /// The URL of a picture.
    public static func text(_ source: ImagePart.Source) -> String {
        switch source {
        case .url(let url): url
        case .data(let mediaType, let base64): "data:\(mediaType);base64,\(base64)"
        }
    }
}
