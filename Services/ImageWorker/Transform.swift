import Crypto
import Pictures
import Providers
import Wire

/// Makes of a provider's picture what was asked for: checked, in the wanted format, with a thumbnail.
@PixelLoop
enum Transform {
    /// A finished picture, ready to be attached.
    struct Output: Sendable {
        let name: String
        let bytes: [UInt8]
        let info: PictureInfo

        var described: JobOutput {
            JobOutput(
                name: name,
                sha256: Hex.encode(Digest.sha256(bytes)),
                type: info.type.mediaType,
                width: info.width,
                height: info.height,
                bytes: bytes.count
            )
        }
    }

    /// Every byte looked at: what it is, if it is a whole picture.
    static func check(_ bytes: [UInt8]) throws(ProviderError) -> PictureInfo {
        do throws(PictureError) {
            return try Picture.inspect(bytes, limits: limits)
        } catch {
            throw refused(error)
        }
    }

    /// The original, and a WebP thumbnail unless its side is 0. A picture that is in the wanted format already is kept
    /// byte by byte.
    ///
    /// - Parameter info: what ``check(_:)`` found.
    static func run(
        _ bytes: [UInt8],
        _ info: PictureInfo,
        format: ImageFormat,
        thumbnailPx: Int
    ) throws(ProviderError) -> [Output] {
        let outputs: [Output]
        do throws(PictureError) {
            outputs = try pictures(bytes, info, PictureType(format), thumbnailPx)
        } catch {
            throw refused(error)
        }
        guard outputs.reduce(0, { $0 + $1.bytes.count }) <= WireLimits.attachmentBytes else {
            throw ProviderError(.malformedResponse, "The provider's picture is too large.")
        }
        return outputs
    }

    private static let limits = PictureLimits(bytes: WireLimits.attachmentBytes)

    private static func refused(_ error: PictureError) -> ProviderError {
        ProviderError(.malformedResponse, "The provider's picture can't be used (\(error.code.rawValue)).")
    }

    private static func pictures(
        _ bytes: [UInt8],
        _ info: PictureInfo,
        _ wanted: PictureType,
        _ thumbnailPx: Int
    ) throws(PictureError) -> [Output] {
        var (original, info) = (bytes, info)
        if info.type != wanted { (original, info) = try Picture.convert(bytes, to: wanted, limits: limits) }
        var outputs = [Output(name: "original", bytes: original, info: info)]
        if thumbnailPx > 0 {
            let side = min(thumbnailPx, 2_048)
            let (thumb, small) = try Picture.thumbnail(original, longestSide: side, to: .webp, limits: limits)
            outputs.append(Output(name: "thumb", bytes: thumb, info: small))
        }
        return outputs
    }
}

extension PictureType {
    fileprivate init(_ format: ImageFormat) {
        switch format {
        case .webp: self = .webp
        case .jpg: self = .jpg
        case .png: self = .png
        }
    }
}
