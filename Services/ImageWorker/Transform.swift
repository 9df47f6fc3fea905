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

    /// The original, and a WebP thumbnail unless its side is 0. A picture that is in the wanted format already is
    /// decoded once to prove it whole and then kept byte by byte.
    static func run(
        _ bytes: [UInt8],
        format: ImageFormat,
        thumbnailPx: Int
    ) throws(ProviderError) -> [Output] {
        let outputs: [Output]
        do throws(PictureError) {
            outputs = try pictures(bytes, PictureType(format), thumbnailPx)
        } catch {
            throw ProviderError(.malformedResponse, "The provider's picture can't be used (\(error.code.rawValue)).")
        }
        guard outputs.reduce(0, { $0 + $1.bytes.count }) <= WireLimits.attachmentBytes else {
            throw ProviderError(.malformedResponse, "The provider's picture is too large.")
        }
        return outputs
    }

    private static func pictures(
        _ bytes: [UInt8],
        _ wanted: PictureType,
        _ thumbnailPx: Int
    ) throws(PictureError) -> [Output] {
        let limits = PictureLimits(bytes: WireLimits.attachmentBytes)
        var info = try Picture.inspect(bytes, limits: limits)
        var original = bytes
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
