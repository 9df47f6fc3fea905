import Foundation
import Support
import Testing

@testable import Pictures

/// libvips is driven by one thread at a time, as the API asks.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct PictureTests {
    init() throws {
        try Pictures.start(allowing: [.svg])
    }

    static let colourful = """
        <svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"><defs><linearGradient id="g">
        <stop offset="0" stop-color="#c33"/><stop offset="1" stop-color="#25c"/></linearGradient></defs>
        <rect width="320" height="200" fill="url(#g)"/><circle cx="90" cy="80" r="60" fill="#fd6"/></svg>
        """

    func sample(_ type: PictureType) throws -> [UInt8] {
        try Picture.draw(svg: Self.colourful, as: type).bytes
    }

    func code(_ bytes: [UInt8], _ limits: PictureLimits = .standard) -> PictureError.Code? {
        do throws(PictureError) {
            _ = try Picture.inspect(bytes, limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    // MARK: What is let in

    @Test(arguments: PictureType.allCases, PictureType.allCases)
    func everyTypeBecomesEveryOther(from: PictureType, to: PictureType) throws {
        let (bytes, info) = try Picture.convert(sample(from), to: to)
        #expect(info.type == to && info.width == 320 && info.height == 200)
        #expect(try Picture.inspect(bytes) == info)
    }

    @Test func aPictureMadeByHandIsRead() throws {
        let info = try Picture.inspect(PNG.grey(width: 70, height: 40))
        #expect(info == PictureInfo(type: .png, width: 70, height: 40, hasAlpha: false))
    }

    @Test(arguments: PictureType.allCases)
    func aThumbnailKeepsTheShapeAndIsSmall(type: PictureType) throws {
        let (bytes, info) = try Picture.thumbnail(sample(type), longestSide: 64)
        #expect(info.type == .webp && info.width == 64 && info.height == 40)
        #expect(bytes.count < 4_000)
    }

    @Test func aSmallPictureIsNotEnlarged() throws {
        let fit = PictureSize(width: 2_000, height: 2_000)
        #expect(try Picture.convert(sample(.png), to: .jpg, fit: fit).info.width == 320)
    }

    @Test func lowerQualityTakesFewerBytes() throws {
        let source = try sample(.png)
        let fine = try Picture.convert(source, to: .jpg, quality: 95).bytes.count
        #expect(try Picture.convert(source, to: .jpg, quality: 20).bytes.count < fine)
    }

    @Test func aPhotographIsTurnedUprightAndItsMetadataLeftBehind() throws {
        let marker = "GPS was here"
        let turned = try exif(inserting: marker, orientation: 6, into: sample(.jpg))
        let (bytes, info) = try Picture.convert(turned, to: .jpg)
        #expect(info.width == 200 && info.height == 320)
        #expect(!String(decoding: bytes, as: UTF8.self).contains(marker))
        #expect(!String(decoding: bytes, as: UTF8.self).contains("Exif"))
    }

    /// An APP1 segment with one IFD: the orientation and a description (Exif 2.32 §4.6).
    private func exif(inserting text: String, orientation: UInt8, into jpeg: [UInt8]) -> [UInt8] {
        let words = Array(text.utf8) + [0]
        var tiff: [UInt8] = Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 2]
        tiff += [0x01, 0x0E, 0, 2, 0, 0, 0, UInt8(words.count), 0, 0, 0, 38]
        tiff += [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
        tiff += [0, 0, 0, 0] + words
        let segment = Array("Exif\0\0".utf8) + tiff
        return jpeg[..<2] + [0xFF, 0xE1, 0, UInt8(segment.count + 2)] + segment + jpeg[2...]
    }

    // MARK: What is refused

    @Test func nothingIsNoPicture() {
        #expect(code([]) == .notAPicture)
    }

    @Test(arguments: ["Sorry, no picture today.", "<!DOCTYPE html><html></html>", #"{"error":{"message":"no"}}"#])
    func textIsNoPicture(text: String) {
        #expect(code(Array(text.utf8)) == .notAPicture)
    }

    @Test func noiseIsNoPicture() {
        var generator = SeededGenerator(seed: runSeed)
        #expect(code((0..<5_000).map { _ in UInt8.random(in: 128...254, using: &generator) }) == .notAPicture)
    }

    @Test func noiseBehindASignatureIsDamaged() {
        var generator = SeededGenerator(seed: runSeed)
        let noise = (0..<5_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(code(PNG.signature + noise) == .damaged)
        #expect(code([0xFF, 0xD8, 0xFF, 0xE0] + noise) == .damaged)
        #expect(code(Array("RIFF\0\0\0\0WEBP".utf8) + noise) == .damaged)
    }

    @Test func vectorGraphicsAndAnimationsAreRefusedByName() {
        #expect(code(Array(Self.colourful.utf8)) == .unsupportedType)
        #expect(code(Array("<?xml version=\"1.0\"?>\n\(Self.colourful)".utf8)) == .unsupportedType)
        #expect(code(Array("GIF89a\u{1}\0\u{1}\0\0\0\0;".utf8)) == .unsupportedType)
        #expect(code([0, 0, 0, 0x1C] + Array("ftypavif".utf8)) == .unsupportedType)
    }

    @Test func aBombIsRefusedByItsHeader() {
        #expect(code(PNG.bomb(width: 30_000, height: 30_000)) == .tooLarge)
        #expect(code(PNG.bomb(width: 10_000, height: 6_000)) == .tooLarge)
        #expect(code(PNG.bomb(width: 100_000, height: 1)) == .tooLarge)
    }

    @Test func limitsOfBytesPixelsAndSideHold() {
        let picture = PNG.grey(width: 100, height: 50)
        #expect(code(picture, PictureLimits(bytes: 1_000)) == .tooLarge)
        #expect(code(picture, PictureLimits(pixels: 4_999)) == .tooLarge)
        #expect(code(picture, PictureLimits(side: 99)) == .tooLarge)
        #expect(code(picture, PictureLimits(bytes: 10_000, pixels: 5_000, side: 100)) == nil)
    }

    @Test(arguments: PictureType.allCases)
    func aPictureCutShortIsDamaged(type: PictureType) throws {
        let whole = try sample(type)
        for part in [0.1, 0.5, 0.9] {
            let cut = Array(whole[..<Int(Double(whole.count) * part)])
            #expect(code(cut) == .damaged, "\(type) cut to \(part)")
            #expect(throws: PictureError.self) { _ = try Picture.convert(cut, to: .webp) }
            #expect(throws: PictureError.self, "\(type) cut to \(part)") {
                _ = try Picture.thumbnail(cut, longestSide: 64)
            }
        }
    }

    @Test func aWrongChecksumIsDamaged() {
        var header = PNG.grey(width: 70, height: 40)
        header[29] ^= 1
        #expect(code(header) == .damaged)
        var pixels = PNG.grey(width: 70, height: 40)
        pixels[pixels.count - 14] ^= 1
        #expect(code(pixels) == .damaged)
    }

    /// Whatever a bit flip does, it ends in a picture or a typed error.
    @Test(arguments: PictureType.allCases)
    func flippedBitsNeverCrash(type: PictureType) throws {
        var generator = SeededGenerator(seed: runSeed)
        let whole = try Picture.thumbnail(sample(.png), longestSide: 48, to: type).bytes
        for _ in 0..<150 {
            var bytes = whole
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            _ = code(bytes)
            _ = try? Picture.convert(bytes, to: .webp)
        }
    }

    // MARK: Memory

    @Test func twoHundredConversionsLeaveNoMemoryBehind() throws {
        let source = try Picture.draw(svg: Self.colourful.replacing("320", with: "900"), as: .png).bytes
        for _ in 0..<20 { _ = try Picture.convert(source, to: .webp) }
        let before = residentBytes()
        for _ in 0..<200 {
            _ = try Picture.convert(source, to: .jpg)
            _ = try Picture.thumbnail(source, longestSide: 64)
            _ = code(Array(source[..<(source.count / 2)]))
        }
        #expect(residentBytes() - before < 128 << 20)
    }

    private func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(getpagesize())
    }
}
