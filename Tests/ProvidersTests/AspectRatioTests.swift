import Testing

@testable import Providers

/// The nearest proportions that a provider knows.
@Suite struct AspectRatioTests {
    static let choices = ["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9"]

    @Test(arguments: [
        ("1024x1024", "1:1"), ("1536x1024", "3:2"), ("1024x1536", "2:3"), ("1920x1080", "16:9"), ("1080x1920", "9:16"),
        ("1024x768", "4:3"), ("4000x100", "21:9"), ("1x65536", "9:16"),
    ])
    func aSizeFindsTheNearest(_ size: String, _ expected: String) {
        #expect(AspectRatio.nearest(to: size, among: Self.choices) == expected)
    }

    @Test(arguments: [nil, "auto", "", "x", "0x5", "5x0", "-1x5", "1024", "1x2x3", "99999999999999x1", "+5x5", "１x1"])
    func whatIsNoSizeLeavesItToTheProvider(_ size: String?) {
        #expect(AspectRatio.nearest(to: size, among: Self.choices) == nil)
    }

    @Test func choicesThatAreNoneAreSkipped() {
        #expect(AspectRatio.nearest(to: "8x8", among: []) == nil)
        #expect(AspectRatio.nearest(to: "8x8", among: ["wide", "auto", "4:3"]) == "4:3")
        #expect(AspectRatio.nearest(to: "7x6", among: ["1:1", "1:1"]) == "1:1")
    }
}
