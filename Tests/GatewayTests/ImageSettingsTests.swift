import JSON
import Testing
import Wire

@testable import Gateway

/// The settings' shape, and which layer wins.
@Suite struct ImageSettingsTests {
    private func settings(_ text: String) throws -> ImageSettings { try ImageSettings(JSONValue(parsing: text)) }

    private func written(_ settings: ImageSettings) throws -> JSONValue {
        try JSONValue(parsing: JSONWriter.object { settings.write(&$0) })
    }

    private static let whole = """
        {"provider":"con_1","model":"m","image_type":"cartoon","image_format":"jpg","quality":"high",\
        "max_in_article_images":3,"desktop_enabled":false,"mobile_enabled":true,\
        "sizes":{"featured":"1536x1024","mobile":"auto"}}
        """

    @Test func whatIsReadIsWrittenAgain() throws {
        let settings = try settings(Self.whole)
        #expect(try written(settings) == JSONValue(parsing: Self.whole))
        #expect(try ImageSettings(written(settings)) == settings)
        #expect(try ImageSettings(written(.builtIn)) == .builtIn, "null is as if it weren't there")
    }

    @Test(arguments: [
        ("provider", "7"), ("provider", #""""#), ("model", "{}"), ("image_type", #""a poster""#), ("image_type", "1"),
        ("image_type", #""{post_title}""#), ("image_format", #""gif""#), ("image_format", "true"),
        ("max_in_article_images", "0"), ("max_in_article_images", "6"), ("max_in_article_images", #""3""#),
        ("max_in_article_images", "2.5"), ("desktop_enabled", "1"), ("mobile_enabled", #""no""#),
        ("sizes", #""1024x1024""#), ("quality", "[]"), ("safe_rewrite", "true"), ("colour", #""red""#),
    ])
    func aWrongValueIsRefusedWithItsName(name: String, value: String) throws {
        let body = try JSONValue(parsing: #"{"\#(name)":\#(value)}"#)
        let error = #expect(throws: GatewayError.self) { _ = try ImageSettings(body, at: "settings.") }
        #expect(error?.status == 422)
        #expect(error?.param == "settings.\(name)")
    }

    @Test(arguments: [
        ("mobile", "15x100"), ("mobile", "4097x100"), ("desktop", "100"), ("desktop", "1x2x3"), ("featured", "+99x+99"),
        ("poster", "auto"),
    ])
    func aSizeIsOfAKnownKindAndBounded(kind: String, size: String) throws {
        let body = #"{"sizes":{"\#(kind)":"\#(size)"}}"#
        let error = #expect(throws: GatewayError.self) { _ = try settings(body) }
        #expect(error?.param == "sizes.\(kind)")
    }

    @Test func eachMemberComesFromTheFirstLayerThatHasIt() throws {
        let own = try settings(#"{"image_type":"cartoon","sizes":{"mobile":"512x768"}}"#)
        let lower = try settings(Self.whole)
        let result = own.over(lower.over(.builtIn))
        #expect(result.imageType == "cartoon")
        #expect(result.imageFormat == .jpg)
        #expect(result.sizes == [.featured: "1536x1024", .mobile: "512x768"])
        #expect(result.provider == "con_1" && result.model == "m" && result.maxInArticleImages == 3)
        #expect(result.desktopEnabled == false && result.mobileEnabled == true)
        #expect(ImageSettings().over(.builtIn) == .builtIn)
    }

    @Test func aModelBelongsToItsProvider() throws {
        let lower = try settings(#"{"provider":"one","model":"m"}"#)
        let other = try settings(#"{"provider":"two"}"#).over(lower)
        #expect(other.provider == "two" && other.model == nil, "another provider's model isn't taken over")
        let same = try settings(#"{"provider":"one"}"#).over(lower)
        #expect(same.model == "m")
        let model = try settings(#"{"model":"n"}"#).over(lower)
        #expect(model.provider == "one" && model.model == "n")
        let whole = try settings(#"{"model":"two/n"}"#).over(lower) { $0.hasPrefix("two/") }
        #expect(whole.provider == nil && whole.model == "two/n", "it names its connector itself")
    }
}
