import Crypto
import Pictures

/// Draws pictures, one after the other, away from the net loop.
@PixelLoop
enum Studio {
    /// Starts libvips and draws a first small picture, which loads the fonts.
    static func open() throws(PictureError) {
        try Pictures.start(allowing: [.svg])
        _ = try draw(prompt: "A martlet", width: 64, height: 64, variation: 0, note: "", type: .png, quality: 80)
    }

    /// A finished picture, or a draft of that share of its layers.
    static func draw(
        prompt: String,
        width: Int,
        height: Int,
        variation: Int,
        note: String,
        type: PictureType,
        quality: Int,
        share: Double = 1
    ) throws(PictureError) -> [UInt8] {
        let svg = Paint.svg(
            prompt: prompt,
            width: width,
            height: height,
            variation: variation,
            note: note,
            share: share
        )
        return try Picture.draw(svg: svg, as: type, quality: max(quality, 1)).bytes
    }

    /// In base64, which for a megabyte is also better done here.
    static func base64(_ bytes: [UInt8]) -> String { Base64.encode(bytes) }

    /// What comes in the place of a picture.
    static func wrong(_ kind: Action.WrongPicture, picture: [UInt8]) -> [UInt8] {
        switch kind {
        case .text: Array("This is not a picture.".utf8)
        case .truncated: Array(picture[..<(picture.count / 2)])
        case .vector:
            Array(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"64\" height=\"64\"><rect width=\"64\" height=\"64\"/></svg>"
                    .utf8
            )
        case .bomb: bomb
        case .none: []
        }
    }

    /// The start of a PNG of 30,000 x 30,000 pixels, its header's checksum right.
    private static let bomb: [UInt8] = [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0x75, 0x30, 0, 0,
        0x75, 0x30, 8,
        2, 0, 0, 0, 0xE9, 0x45, 0x6F, 0xED, 0x00, 0x00, 0x00, 0x0C, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0x60,
        0xA0, 0x0C, 0x00, 0x00, 0x00, 0x40, 0x00, 0x01, 0xB7, 0x34, 0x7C, 0xEF, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45,
        0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ]
}
