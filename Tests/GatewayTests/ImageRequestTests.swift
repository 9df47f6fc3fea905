import JSON
import Testing
import Wire

@testable import Gateway

/// How callers phrase a wish for pictures, and what is refused.
@Suite struct ImageRequestTests {
    private func native(_ text: String) throws -> ImageRequest {
        try ImageRequest(native: JSONValue(parsing: text))
    }

    private func openAI(_ text: String) throws -> ImageRequest {
        try ImageRequest(openAI: JSONValue(parsing: text))
    }

    @Test func aTextNamesATemplateAndAnObjectIsOne() throws {
        let images = #""images":[{"prompt":"a"}]"#
        #expect(try native(#"{\#(images),"template":"posters"}"#).template == .named("posters"))
        let inline = try native(#"{\#(images),"template":{"text":"{post_title}","negative_prompt":"fog"}}"#).template
        #expect(try inline == .inline(PromptTemplate(text: "{post_title}", negativePrompt: "fog")))
        #expect(try native(#"{\#(images),"template":null}"#).template == nil)
        let error = #expect(throws: GatewayError.self) {
            _ = try native(#"{\#(images),"template":{"text":"{title}"}}"#)
        }
        #expect(error?.status == 422 && error?.param == "template.text")
    }

    @Test func settingsGiveConnectorModelAndFormat() throws {
        let request = try native(
            #"{"images":[{"prompt":"a","size":"512x768"}],"settings":{"provider":"c","model":"m","image_format":"jpg"}}"#
        )
        #expect(request.settings.provider == "c")
        #expect(request.settings.model == "m")
        #expect(request.settings.imageFormat == .jpg)
        #expect(request.wanted.first?.size == "512x768")
    }

    @Test func openAIsFormMakesNImages() throws {
        let request = try openAI(#"{"prompt":"a","n":3,"output_format":"jpeg","size":"auto"}"#)
        #expect(request.wanted.count == 3)
        #expect(request.settings.imageFormat == .jpg)
        #expect(try openAI(#"{"prompt":"a"}"#).settings.imageFormat == .png)
    }

    @Test(arguments: [
        #"{}"#, #"{"images":[]}"#, #"{"images":[{"prompt":""}]}"#, #"{"images":["x"]}"#,
        #"{"images":[{"prompt":"x","kind":"poster"}]}"#, #"{"images":[{"prompt":"x","size":"big"}]}"#,
        #"{"images":[{"prompt":"x"}],"settings":{"image_format":"bmp"}}"#, #"{"images":[{"prompt":7}]}"#,
        #"{"images":[{"prompt":"x"}],"settings":{"image_size":"auto"}}"#, #"{"images":[{"prompt":"x"}],"settings":[]}"#,
        #"{"images":[{"prompt":"x"}],"template":7}"#,
    ])
    func whatIsWrongIsRefusedBeforeAnythingStarts(body: String) {
        #expect(throws: GatewayError.self) { _ = try native(body) }
    }

    @Test(arguments: [#"{}"#, #"{"prompt":" "}"#, #"{"prompt":"x","n":0}"#, #"{"prompt":"x","size":"9x9"}"#])
    func theSameHoldsForOpenAIsForm(body: String) {
        #expect(throws: GatewayError.self) { _ = try openAI(body) }
    }
}
