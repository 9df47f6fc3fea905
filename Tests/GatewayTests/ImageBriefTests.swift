import JSON
import Testing
import Wire

@testable import Gateway

/// What a request comes to under what is stored.
@Suite struct ImageBriefTests {
    private func brief(_ request: String, _ stored: StoredImageSettings = .init()) throws -> ImageBrief {
        try ImageBrief(ImageRequest(native: JSONValue(parsing: request)), under: stored) { $0.hasPrefix("conn/") }
    }

    private func stored(_ own: String, organisation: String = "{}") throws -> StoredImageSettings {
        StoredImageSettings(
            own: try ImageSettings(JSONValue(parsing: own)),
            organisation: try ImageSettings(JSONValue(parsing: organisation))
        )
    }

    @Test func withoutAnythingStoredPromptsGoAsTheyAre() throws {
        let brief = try brief(#"{"images":[{"prompt":" a {post_title} ","size":"512x768","kind":"mobile"}]}"#)
        #expect(brief.images.map(\.prompt) == ["a {post_title}"])
        #expect(brief.images.first?.size == "512x768")
        #expect(brief.settings == .builtIn && brief.negativePrompt == nil && brief.skipped.isEmpty)
    }

    @Test func imagesWithoutAPromptOfAKindThatIsOffOrTooManyAreSkippedAndTold() throws {
        let brief = try brief(
            """
            {"images":[{"prompt":"a"},{"prompt":" "},{"prompt":"b","kind":"desktop"},{"prompt":"c","kind":"mobile"},
            {"prompt":"d"},{"prompt":"e"},{"prompt":"f","kind":"featured"}]}
            """,
            stored(#"{"desktop_enabled":false,"max_in_article_images":2}"#)
        )
        #expect(brief.images.map(\.prompt) == ["a", "c", "d", "f"])
        #expect(brief.skipped.map(\.place) == [1, 2, 5])
        #expect(brief.skipped.map(\.reason) == [.noPrompt, .kindDisabled, .tooManyInArticle])
        #expect(brief.skipped.first?.message == "Image 2 skipped: it has no prompt.")
    }

    @Test func aJobOfWhichNothingIsLeftIsRefused() throws {
        let request = #"{"images":[{"prompt":"a","kind":"mobile"}],"settings":{"mobile_enabled":false}}"#
        let error = #expect(throws: GatewayError.self) { _ = try brief(request) }
        #expect(error?.status == 422 && error?.param == "images")
    }

    @Test func theRequestGoesBeforeTheUserAndTheUserBeforeTheOrganisation() throws {
        let stored = try stored(
            #"{"image_type":"artistic","image_format":"png"}"#,
            organisation: #"{"image_type":"realistic","sizes":{"featured":"1536x1024"},"provider":"house","model":"m"}"#
        )
        let brief = try brief(
            #"{"images":[{"prompt":"a","kind":"featured"}],"settings":{"image_type":"cartoon"},"model":"n"}"#,
            stored
        )
        #expect(brief.settings.imageType == "cartoon" && brief.settings.imageFormat == .png)
        #expect(brief.settings.provider == "house" && brief.settings.model == "n")
        #expect(brief.images.map(\.size) == ["1536x1024"])
        #expect(brief.images.map(\.prompt) == ["a\n\nStyle: cartoon"])
    }

    @Test func aTemplateMakesEachPromptAndLendsItsNegativePrompt() throws {
        var stored = try stored("{}")
        stored.template = try PromptTemplate(text: "{post_title}: {image_prompt}", negativePrompt: "fog")
        let images = #""images":[{"prompt":"a {image_type}","title":"One"},{"prompt":"b","title":"{image_prompt}"}]"#
        let lent = try brief("{\(images)}", stored)
        #expect(lent.images.map(\.prompt) == ["One: a {image_type}", "{image_prompt}: b"])
        #expect(lent.negativePrompt == "fog")
        #expect(try brief(#"{\#(images),"negative_prompt":"rain"}"#, stored).negativePrompt == "rain")
    }

    @Test func aPromptThatGetsTooLongIsRefusedWithItsPlace() throws {
        var stored = try stored("{}")
        stored.template = try PromptTemplate(text: "{image_prompt}{image_prompt}{image_prompt}")
        let long = String(repeating: "x", count: 30_000)
        let error = #expect(throws: GatewayError.self) {
            _ = try brief(#"{"images":[{"prompt":"a"},{"prompt":"\#(long)"}]}"#, stored)
        }
        #expect(error?.status == 422 && error?.param == "images[1].prompt")
    }

    @Test func openAIsFormTakesOnlyProviderAndModelAndOnlyWhenItNamesNone() throws {
        var stored = try stored(
            #"{"provider":"p","model":"m","image_type":"cartoon","image_format":"jpg","max_in_article_images":1}"#
        )
        stored.template = try PromptTemplate(text: "x {image_prompt}", negativePrompt: "fog")
        func brief(_ text: String) throws -> ImageBrief {
            try ImageBrief(ImageRequest(openAI: JSONValue(parsing: text)), under: stored) { _ in false }
        }
        let bare = try brief(#"{"prompt":"a","n":3}"#)
        #expect(bare.images.map(\.prompt) == ["a", "a", "a"] && bare.negativePrompt == nil)
        #expect(bare.settings.provider == "p" && bare.settings.model == "m" && bare.settings.imageFormat == .png)
        let named = try brief(#"{"prompt":"a","model":"gpt-image-1"}"#)
        #expect(named.settings.provider == nil && named.settings.model == "gpt-image-1")
    }

    @Test func aTurnsPictureGoesWhereTheTurnHasSaidElseWhereItsCallerHasSet() throws {
        let stored = try stored(#"{"provider":"p","model":"m","image_type":"cartoon"}"#)
        for connector in ["mine", nil] {
            let request = ImageRequest(picture: "a", model: nil, connector: connector, quality: "high")
            let brief = try ImageBrief(request, under: stored) { _ in false }
            #expect(brief.settings.provider == connector ?? "p")
            #expect(brief.settings.model == (connector == nil ? "m" : nil) && brief.settings.imageType == nil)
            #expect(brief.settings.quality == "high" && brief.images.map(\.prompt) == ["a"])
        }
    }
}
