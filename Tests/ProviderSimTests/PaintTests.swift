import Foundation
import Pictures
import Testing

@testable import ProviderSim

@Suite(.serialized, .timeLimit(.minutes(1)))
struct PaintTests {
    func scene(_ prompt: String) -> Scene {
        var dice = Dice(prompt)
        return Scene(prompt: prompt, dice: &dice)
    }

    @Test func wordsDecideTheScene() {
        #expect(scene("Snowy mountains under a starry night sky").place == .mountains)
        #expect(scene("Snowy mountains under a starry night sky").light == .night)
        #expect(scene("a red sunset over the ocean").hue == 2)
        #expect(scene("Lighthouses at dawn").details.contains(.lighthouse))
        #expect(scene("Tokyo by night").place == .city)
    }

    @Test func thePromptAloneDecidesThePicture() {
        let draw = { (prompt: String, variation: Int) in
            Paint.svg(prompt: prompt, width: 512, height: 512, variation: variation, note: "")
        }
        #expect(draw("a forest", 0) == draw("a forest", 0))
        #expect(draw("a forest", 0) != draw("a forest", 1))
        #expect(draw("a forest", 0) != draw("a green forest", 0))
    }

    @Test(arguments: [
        "A lighthouse at sunset over the ocean", "Snowy mountains at night", "a misty pine forest with a cabin",
        "Tokyo in the rain",
        "Camels in the desert", "A ringed planet, purple nebula", "A meadow with hot air balloons", "Abstract geometry",
        "a martlet in spring",
        "Aurora over a frozen lake", "<script>&\"'\u{1}\u{FFFF}", "", "日本語の絵 🐦 Ärger",
    ])
    func everySceneIsAPicture(prompt: String) async throws {
        try await PixelLoop.run {
            try Studio.open()
            let bytes = try Studio.draw(
                prompt: prompt,
                width: 384,
                height: 256,
                variation: 0,
                note: "PROVIDER-SIM · gpt-image-2",
                type: .webp,
                quality: 80
            )
            let info = try Picture.inspect(bytes)
            #expect(info == PictureInfo(type: .webp, width: 384, height: 256, hasAlpha: false))
            #expect(bytes.count > 1_500)
        }
    }

    @Test func aDraftHasLessOfThePicture() {
        let whole = Paint.svg(prompt: "a city", width: 256, height: 256, note: "")
        let draft = Paint.svg(prompt: "a city", width: 256, height: 256, note: "", share: 0.4)
        #expect(draft.utf8.count < whole.utf8.count && !draft.contains("<text"))
    }

    @Test func aLongPromptIsWrappedAndCut() {
        let lines = Caption.wrap(String(repeating: "wonderful ", count: 60), width: 900, size: 30, lines: 3)
        #expect(lines.count == 3 && lines[2].hasSuffix("…"))
        #expect(lines.allSatisfy { Caption.measure($0, 30) <= 900 })
        #expect(Caption.wrap(String(repeating: "x", count: 400), width: 900, size: 30, lines: 3).count == 3)
    }

    @Test func wrongPicturesAreWrong() async throws {
        try await PixelLoop.run {
            try Studio.open()
            let good = try Studio.draw(
                prompt: "a",
                width: 64,
                height: 64,
                variation: 0,
                note: "",
                type: .png,
                quality: 80
            )
            for kind in Action.WrongPicture.allCases {
                #expect(throws: PictureError.self, "\(kind)") {
                    _ = try Picture.inspect(Studio.wrong(kind, picture: good))
                }
            }
        }
    }
}

extension PixelLoop {
    /// Runs `body` on the pixels' thread.
    @PixelLoop
    static func run(_ body: @PixelLoop () throws -> Void) rethrows { try body() }
}
