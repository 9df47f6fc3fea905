/// Tells types apart by their first bytes, so that only the one loader that fits ever sees outside data.
///
/// Pure. Sources: PNG (RFC 2083 §3.1), JPEG (ITU T.81 B.1.1), RIFF/WebP (RFC 9649 §2.4), and the well-known starts of
/// what is refused by name because providers, proxies and error pages do answer with it.
enum Signature {
    static func type(of bytes: [UInt8]) throws(PictureError) -> PictureType {
        guard !bytes.isEmpty else { throw PictureError(.notAPicture, "The answer has no bytes.") }
        if starts(bytes, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if starts(bytes, [0xFF, 0xD8, 0xFF]) { return .jpg }
        if starts(bytes, Array("RIFF".utf8)), has(bytes, Array("WEBP".utf8), at: 8) { return .webp }
        if let name = refusedType(bytes) {
            throw PictureError(.unsupportedType, "\(name) is not accepted; PNG, JPEG and WebP are.")
        }
        throw PictureError(.notAPicture, "The bytes are \(looksLike(bytes)), not a picture.")
    }

    private static func refusedType(_ bytes: [UInt8]) -> String? {
        if starts(bytes, Array("GIF8".utf8)) { return "GIF" }
        if starts(bytes, Array("II*\0".utf8)) || starts(bytes, Array("MM\0*".utf8)) { return "TIFF" }
        if starts(bytes, Array("%PDF".utf8)) { return "PDF" }
        if has(bytes, Array("ftypavif".utf8), at: 4) { return "AVIF" }
        if has(bytes, Array("ftyphei".utf8), at: 4) { return "HEIC" }
        if starts(bytes, Array("BM".utf8)), bytes.count > 26 { return "BMP" }
        let start = opening(bytes)
        if start.hasPrefix("<svg") || (start.hasPrefix("<?xml") && start.contains("<svg")) { return "SVG" }
        return nil
    }

    private static func looksLike(_ bytes: [UInt8]) -> String {
        let start = opening(bytes)
        if start.hasPrefix("<!doctype") || start.hasPrefix("<html") { return "a web page" }
        if start.hasPrefix("{") || start.hasPrefix("[") { return "JSON" }
        if start.hasPrefix("<") { return "markup" }
        return bytes.prefix(512).allSatisfy { $0 >= 0x20 || (9...13).contains($0) } ? "text" : "noise"
    }

    /// The first kilobyte in small letters without a byte order mark and white space in front.
    private static func opening(_ bytes: [UInt8]) -> String {
        var head = bytes.prefix(1_024)
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { head = head.dropFirst(3) }
        head = head.drop { $0 == 0x20 || (9...13).contains($0) }
        return String(decoding: head, as: UTF8.self).lowercased()
    }

    private static func starts(_ bytes: [UInt8], _ signature: [UInt8]) -> Bool { has(bytes, signature, at: 0) }

    private static func has(_ bytes: [UInt8], _ signature: [UInt8], at offset: Int) -> Bool {
        bytes.count >= offset + signature.count && bytes[offset...].starts(with: signature)
    }
}
