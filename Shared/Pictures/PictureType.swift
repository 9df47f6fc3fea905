import CVips

/// An encoding that Martlet reads and writes.
public enum PictureType: String, Sendable, CaseIterable {
    /// PNG.
    case png
    /// JPEG.
    case jpg
    /// WebP.
    case webp

    /// The name under which it travels in HTTP (RFC 2046, RFC 9649).
    public var mediaType: String {
        switch self {
        case .png: "image/png"
        case .jpg: "image/jpeg"
        case .webp: "image/webp"
        }
    }

    /// Reads a name as settings and providers write it: `jpg`, `jpeg`, `image/webp`; nil for an unknown one.
    public init?(named name: String) {
        switch name.lowercased() {
        case "png", "image/png": self = .png
        case "jpg", "jpeg", "image/jpeg", "image/jpg": self = .jpg
        case "webp", "image/webp": self = .webp
        default: return nil
        }
    }

    var encoding: CInt {
        switch self {
        case .png: CInt(MARTLET_VIPS_PNG)
        case .jpg: CInt(MARTLET_VIPS_JPEG)
        case .webp: CInt(MARTLET_VIPS_WEBP)
        }
    }
}

/// What is known of a picture once its header was read.
public struct PictureInfo: Sendable, Equatable {
    /// How it is encoded.
    public let type: PictureType
    /// Pixels from left to right, as stored; a camera's orientation is not applied.
    public let width: Int
    /// Pixels from top to bottom, as stored.
    public let height: Int
    /// Whether it has transparency.
    public let hasAlpha: Bool

    /// Facts known from elsewhere, such as a message or a test.
    public init(type: PictureType, width: Int, height: Int, hasAlpha: Bool) {
        self.type = type
        self.width = width
        self.height = height
        self.hasAlpha = hasAlpha
    }
}

/// What is accepted at most.
public struct PictureLimits: Sendable {
    /// Encoded bytes.
    public var bytes: Int
    /// Width times height, checked from the header before anything is decoded: 50 million take about 200 MB.
    public var pixels: Int
    /// The longer side; JPEG and WebP end at 65,535 and 16,383.
    public var side: Int

    /// Limits of your own.
    public init(bytes: Int = 64 << 20, pixels: Int = 50_000_000, side: Int = 16_383) {
        precondition(bytes > 0 && pixels > 0 && side > 0, "a picture limit of nothing")
        self.bytes = bytes
        self.pixels = pixels
        self.side = side
    }

    /// What every caller gets who names none.
    public static let standard = PictureLimits()
}

/// A box in pixels that a picture is shrunk into.
public struct PictureSize: Sendable, Equatable {
    /// Pixels from left to right.
    public let width: Int
    /// Pixels from top to bottom.
    public let height: Int

    /// A box; both sides 1 to 16,383.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}
