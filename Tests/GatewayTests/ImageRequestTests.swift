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

    @Test func imagesWithoutAPromptAreSkippedAndCounted() throws {
        let request = try native(#"{"images":[{"prompt":"a"},{"prompt":"  "},{"title":"t"}]}"#)
        #expect(request.wanted.map(\.prompt) == ["a"])
        #expect(request.skipped == 2)
        #expect(request.format == .webp)
    }

    @Test func settingsGiveConnectorModelAndFormat() throws {
        let request = try native(
            #"{"images":[{"prompt":"a","size":"512x768"}],"settings":{"provider":"c","model":"m","image_format":"jpg"}}"#
        )
        #expect(request.connector == "c")
        #expect(request.model == "m")
        #expect(request.format == .jpg)
        #expect(request.wanted.first?.size == "512x768")
    }

    @Test func openAIsFormMakesNImages() throws {
        let request = try openAI(#"{"prompt":"a","n":3,"output_format":"jpeg","size":"auto"}"#)
        #expect(request.wanted.count == 3)
        #expect(request.format == .jpg)
    }

    @Test(arguments: [
        #"{}"#, #"{"images":[]}"#, #"{"images":[{"prompt":""}]}"#, #"{"images":["x"]}"#,
        #"{"images":[{"prompt":"x","kind":"poster"}]}"#, #"{"images":[{"prompt":"x","size":"big"}]}"#,
        #"{"images":[{"prompt":"x"}],"settings":{"image_format":"bmp"}}"#, #"{"images":[{"prompt":7}]}"#,
    ])
    func whatIsWrongIsRefusedBeforeAnythingStarts(body: String) {
        #expect(throws: GatewayError.self) { _ = try native(body) }
    }

    @Test(arguments: [#"{}"#, #"{"prompt":" "}"#, #"{"prompt":"x","n":0}"#, #"{"prompt":"x","size":"9x9"}"#])
    func theSameHoldsForOpenAIsForm(body: String) {
        #expect(throws: GatewayError.self) { _ = try openAI(body) }
    }
}
