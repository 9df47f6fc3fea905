import CVips

/// Checks, converts and draws pictures.
///
/// Each call runs to its end on the caller's thread (a 1024 x 1024 PNG: 15 ms to decode, 50 ms to WebP), so call from
/// a loop on which nothing else waits, and from one thread at a time. Outside data reaches only the loader that its
/// first bytes name; its size is judged by the header before a pixel is decoded; what the decoder calls an error is never papered over.
public enum Picture {
    /// Reads type and size without decoding: cheap, and no proof that the rest is there.
    public static func header(
        _ bytes: [UInt8],
        limits: PictureLimits = .standard
    ) throws(PictureError) -> PictureInfo {
        try Pictures.require()
        guard bytes.count <= limits.bytes else {
            throw PictureError(.tooLarge, "\(bytes.count) bytes, more than \(limits.bytes).")
        }
        let type = try Signature.type(of: bytes)
        var header = martlet_vips_header()
        let status = lend(bytes) { martlet_vips_read_header($0, $1, type.encoding, &header) }
        guard status == 0 else {
            throw PictureError(.damaged, "The header cannot be read.", detail: Pictures.takeError())
        }
        let (width, height) = (Int(header.width), Int(header.height))
        guard width > 0, height > 0, max(width, height) <= limits.side, width * height <= limits.pixels else {
            throw PictureError(.tooLarge, "\(width) x \(height) pixels is more than allowed.")
        }
        return PictureInfo(type: type, width: width, height: height, hasAlpha: header.has_alpha != 0)
    }

    /// Reads the header, then decodes every pixel, so that a picture cut short or altered on its way is found.
    public static func inspect(
        _ bytes: [UInt8],
        limits: PictureLimits = .standard
    ) throws(PictureError) -> PictureInfo {
        let info = try header(bytes, limits: limits)
        guard lend(bytes, { martlet_vips_decode($0, $1, info.type.encoding) }) == 0 else {
            throw PictureError(.damaged, "The picture cannot be decoded.", detail: Pictures.takeError())
        }
        return info
    }

    /// Writes the picture anew: upright, in sRGB, shrunk into `fit` when given (never enlarged), without any metadata.
    ///
    /// JPEG has no transparency, so it gets white behind it. `quality` is 1 to 100, for JPEG and WebP.
    public static func convert(
        _ bytes: [UInt8],
        to type: PictureType,
        quality: Int = 82,
        fit: PictureSize? = nil,
        limits: PictureLimits = .standard
    ) throws(PictureError) -> (bytes: [UInt8], info: PictureInfo) {
        let source = try header(bytes, limits: limits)
        var target = Self.target(type, quality)
        if let fit {
            target.fit_width = CInt(clamping: min(max(fit.width, 1), limits.side))
            target.fit_height = CInt(clamping: min(max(fit.height, 1), limits.side))
        }
        var output = martlet_vips_output()
        let status = lend(bytes) { martlet_vips_convert($0, $1, source.type.encoding, &target, &output) }
        let alpha = source.hasAlpha && type != .jpg
        return try take(&output, status, type, alpha)
    }

    /// A small copy whose longer side is at most `longestSide` pixels.
    public static func thumbnail(
        _ bytes: [UInt8],
        longestSide: Int,
        to type: PictureType = .webp,
        limits: PictureLimits = .standard
    ) throws(PictureError) -> (bytes: [UInt8], info: PictureInfo) {
        let box = PictureSize(width: longestSide, height: longestSide)
        return try convert(bytes, to: type, quality: 78, fit: box, limits: limits)
    }

    /// Renders SVG text of our own making at the size that it states; needs `Pictures.start(allowing: [.svg])`.
    ///
    /// Never for text from outside: an SVG may name files and URLs.
    public static func draw(
        svg: String,
        as type: PictureType,
        quality: Int = 90
    ) throws(PictureError) -> (bytes: [UInt8], info: PictureInfo) {
        try Pictures.require(.svg)
        var target = Self.target(type, quality)
        var output = martlet_vips_output()
        let status = lend(Array(svg.utf8)) { martlet_vips_draw_svg($0, $1, &target, &output) }
        return try take(&output, status, type, false)
    }

    // MARK: The C side

    private static func target(_ type: PictureType, _ quality: Int) -> martlet_vips_target {
        var target = martlet_vips_target()
        target.encoding = type.encoding
        target.quality = CInt(clamping: min(max(quality, 1), 100))
        return target
    }

    private static func lend(_ bytes: [UInt8], _ call: (UnsafeRawPointer?, Int) -> CInt) -> CInt {
        bytes.withUnsafeBytes { call($0.baseAddress, $0.count) }
    }

    private static func take(
        _ output: inout martlet_vips_output,
        _ status: CInt,
        _ type: PictureType,
        _ hasAlpha: Bool
    ) throws(PictureError) -> (bytes: [UInt8], info: PictureInfo) {
        defer { martlet_vips_free(output.bytes) }
        switch Int(status) {
        case 0:
            break
        case MARTLET_VIPS_FAILED_ENCODE:
            throw PictureError(.encodeFailed, "The picture cannot be written.", detail: Pictures.takeError())
        default:
            throw PictureError(.damaged, "The picture cannot be decoded.", detail: Pictures.takeError())
        }
        let bytes = [UInt8](UnsafeRawBufferPointer(start: output.bytes, count: output.length))
        let info = PictureInfo(type: type, width: Int(output.width), height: Int(output.height), hasAlpha: hasAlpha)
        return (bytes, info)
    }
}
