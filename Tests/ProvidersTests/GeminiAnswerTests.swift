import JSON
import Loop
import Providers
import Testing

/// What Gemini's answers are read as, beyond the stored ones.
@Suite struct GeminiAnswerTests {
    private func result(_ text: String) throws(ProviderError) -> ChatResult {
        try GeminiCodec().result(from: Array(text.utf8))
    }

    private func failure(_ text: String) -> ProviderError? {
        do throws(ProviderError) {
            _ = try result(text)
            return nil
        } catch {
            return error
        }
    }

    private func read(_ stream: String) -> (events: [ChatEvent], failure: ProviderError?) {
        var reader = GeminiCodec().streamReader()
        var events: [ChatEvent] = []
        let failure = Array(stream.utf8).withUnsafeBytes { bytes -> ProviderError? in
            do throws(ProviderError) {
                try reader.feed(bytes) { events.append($0) }
                try reader.end { events.append($0) }
                return nil
            } catch {
                return error
            }
        }
        return (events, failure)
    }

    private func candidate(_ finish: String, parts: String = "[]") -> String {
        #"{"candidates":[{"content":{"parts":\#(parts)},"finishReason":"\#(finish)"}]}"#
    }

    private func classified(_ status: Int, _ error: String) -> ProviderError {
        GeminiAdapter().failure(status: status, header: { _ in nil }, body: Array(#"{"error":\#(error)}"#.utf8))
    }

    @Test func thoughtsCountAsOutputAndCachedTokensAsInput() throws {
        let usage = try result(
            #"""
            {"candidates":[{"content":{},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":100,
            "cachedContentTokenCount":40,"candidatesTokenCount":7,"thoughtsTokenCount":30,"toolUsePromptTokenCount":5,
            "promptTokensDetails":[{"modality":"TEXT","tokenCount":60},{"modality":"IMAGE","tokenCount":40}]}}
            """#
        ).usage
        #expect(usage?.inputTokens == 105 && usage?.outputTokens == 37)
        #expect(usage?.cachedInputTokens == 40 && usage?.reasoningTokens == 30)
        #expect(usage?.textInputTokens == 60 && usage?.imageInputTokens == 40)
    }

    @Test func nonsensicalCountsAreAsGoodAsNone() throws {
        for counts in [#""x""#, "{}", #"{"promptTokenCount":-1}"#, #"{"promptTokenCount":9e99}"#, "[]", "null"] {
            let text = #"{"candidates":[{"content":{},"finishReason":"STOP"}],"usageMetadata":\#(counts)}"#
            #expect(try result(text).usage == nil)
        }
    }

    @Test(arguments: [
        ("STOP", StopReason.stop), ("MAX_TOKENS", .length), ("SAFETY", .contentFilter), ("SPII", .contentFilter),
        ("RECITATION", .contentFilter), ("MODEL_ARMOR", .contentFilter), ("SOMETHING_NEW", .other),
    ])
    func aFinishReasonIsRead(_ word: String, _ reason: StopReason) throws {
        #expect(try result(candidate(word)).stopReason == reason)
    }

    @Test(arguments: [
        "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MISSING_THOUGHT_SIGNATURE", "OTHER", "NO_IMAGE",
    ])
    func anAnswerThatBrokeIsAnErrorThatSaysHow(_ word: String) {
        let error = failure(candidate(word))
        #expect(error?.code == .malformedResponse && error?.providerCode == word)
    }

    @Test func whatCameBeforeAnOtherEndIsKept() throws {
        let answer = try result(candidate("OTHER", parts: #"[{"text":"Half"}]"#))
        #expect(answer.parts.text == "Half" && answer.stopReason == .other)
    }

    @Test func aCallKeepsItsSignatureItsNumbersAndGetsAnIdThatItLacks() throws {
        let text = #"""
            {"responseId":"r1","candidates":[{"content":{"parts":[
            {"functionCall":{"name":"f","args":{"n":9007199254740993}},"thoughtSignature":"c2ln"},
            {"functionCall":{"id":"own","name":"g"}},{"functionCall":{"id":"","name":"h","args":null}}]},
            "finishReason":"STOP"}]}
            """#
        let answer = try result(text)
        #expect(
            answer.parts.toolCalls == [
                ToolCall(id: "call_mt_r1_0", name: "f", arguments: #"{"n":9007199254740993}"#, signature: "c2ln"),
                ToolCall(id: "own", name: "g", arguments: "{}"),
                ToolCall(id: "call_mt_r1_2", name: "h", arguments: "{}"),
            ]
        )
        #expect(answer.stopReason == .toolCalls)
        #expect(try result(text) == answer)
    }

    /// What the next turn sends of an answer is what Gemini gave: made-up ids stay here.
    @Test func aToolRoundTripGivesGeminiBackItsOwn() throws {
        let parts = #"""
            [{"functionCall":{"name":"f","args":{"a":[1,{"b":"ü\n"}]}},"thoughtSignature":"c2ln"},
            {"functionCall":{"id":"own","name":"g","args":{}}}]
            """#
        let answer = try result(candidate("STOP", parts: parts))
        let results = answer.parts.toolCalls.map { call in
            ContentPart.toolResult(ToolResult(callID: call.id, content: [.text("ok")]))
        }
        let messages = [
            ChatMessage(.user, "x"), ChatMessage(.assistant, answer.parts), ChatMessage(.tool, results),
        ]
        let body = try JSONValue(
            parsing: try GeminiCodec().body(for: ChatRequest(model: "gemini-3.8-flash", messages: messages))
        )
        #expect(try body["contents"]?[1]?["parts"] == JSONValue(parsing: parts))
        #expect(
            body["contents"]?[2]?["parts"] == [
                ["functionResponse": ["name": "f", "response": ["output": "ok"]]],
                ["functionResponse": ["id": "own", "name": "g", "response": ["output": "ok"]]],
            ]
        )
    }

    @Test func aPictureInAChatIsAPartAndADraftAmongThoughtsIsNot() throws {
        let blob = #""inlineData":{"mimeType":"image/png","data":"AA\u003d\u003d"}"#
        let parts =
            #"[{\#(blob),"thought":true},{"text":"Here."},{\#(blob)},{"inlineData":{"mimeType":"audio/wav","data":"AA=="}}]"#
        let image = ImagePart(.data(mediaType: "image/png", base64: "AA=="))
        #expect(try result(candidate("STOP", parts: parts)).parts == [.text("Here."), .image(image)])
    }

    @Test func aBlockedPromptIsRejectedWithItsReason() {
        let error = failure(#"{"promptFeedback":{"blockReason":"JAILBREAK"},"usageMetadata":{"promptTokenCount":9}}"#)
        #expect(error?.code == .providerRejected && error?.providerCode == "JAILBREAK")
    }

    @Test func aBlockedPictureIsRejected() throws {
        let fixture = try Fixture.named("gemini-image-blocked.json")
        #expect(throws: ProviderError.self) { try GeminiAdapter().images(from: fixture.bytes) }
    }

    @Test func afterItsEndAStreamOnlyCounts() throws {
        let stream = """
            data: \(candidate("STOP", parts: #"[{"text":"a"}]"#))\r\n\r\ndata: \(candidate("STOP", parts: #"[{"text":"b"}]"#))\r
            \r\ndata: {"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}\r\n\r\n
            """
        let (events, failure) = read(stream)
        #expect(failure == nil)
        var usage = Usage()
        (usage.inputTokens, usage.outputTokens) = (1, 2)
        #expect(events == [.text("a"), .stop(.stop, sequence: nil), .usage(usage)])
    }

    @Test func anAnswerInOnePieceToAWishForAStreamIsTold() {
        let error = read("[\(candidate("STOP"))]\n\n").failure
        #expect(error?.code == .streamingUnsupported)
    }

    // MARK: Errors

    @Test(arguments: [
        (400, #"{"status":"FAILED_PRECONDITION"}"#, ProviderError.Code.permissionDenied),
        (403, #"{"status":"PERMISSION_DENIED","message":"No access."}"#, .permissionDenied),
        (403, #"{"status":"PERMISSION_DENIED","message":"Your API key was reported as leaked."}"#, .authInvalid),
        (401, #"{"status":"UNAUTHENTICATED"}"#, .authInvalid), (404, #"{"status":"NOT_FOUND"}"#, .notFound),
        (429, #"{"status":"RESOURCE_EXHAUSTED"}"#, .rateLimited),
        (500, #"{"status":"INTERNAL"}"#, .providerUnavailable),
        (504, #"{"status":"DEADLINE_EXCEEDED"}"#, .providerUnavailable), (400, #"{"status":7}"#, .badRequest),
    ])
    func anErrorHasItsClass(_ status: Int, _ error: String, _ code: ProviderError.Code) {
        #expect(classified(status, error).code == code)
    }

    @Test func anErrorUnderA200IsAnError() {
        let limit =
            #"{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"RequestsPerDay"}]}"#
        let error = #"{"code":429,"status":"RESOURCE_EXHAUSTED","details":[\#(limit)]}"#
        let found = failure(#"{"error":\#(error),"candidates":[{"content":{"parts":[{"text":"x"}]}}]}"#)
        #expect(found?.code == .quotaExceeded && found?.retryAfter == nil)
    }

    @Test func anErrorNamesItsReasonAndField() {
        let field =
            #"{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents[0].parts"}]}"#
        let error = classified(400, #"{"status":"INVALID_ARGUMENT","message":"secret","details":[\#(field)]}"#)
        #expect(error.param == "contents[0].parts" && error.providerCode == "INVALID_ARGUMENT")
        #expect(!error.message.contains("secret"))
    }

    @Test(arguments: [
        ("36s", 36.0 as Double?), ("34.474527521s", 34.474527521), ("0.5s", 0.5), ("999999999s", 86_400), ("0s", nil),
        ("", nil), ("s", nil), ("-3s", nil), ("1.2.3s", nil), ("1.s", nil), ("5", nil), ("1e9s", nil),
        ("9999999999s", nil), ("1.1234567890s", nil),
    ])
    func aDelayIsReadToTheNanosecond(_ text: String, _ seconds: Double?) {
        let info = #"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"\#(text)"}"#
        let error = classified(429, #"{"status":"RESOURCE_EXHAUSTED","details":[\#(info)]}"#)
        #expect(error.retryAfter?.seconds == seconds)
    }

    @Test func theCatalogueHoldsWhatGeneratesContentWithoutItsPrefix() throws {
        let body = #"""
            {"models":[{"name":"models/gemini-3.8-flash","supportedGenerationMethods":["generateContent","countTokens"]},
            {"name":"models/text-embedding-9","supportedGenerationMethods":["embedContent"]},{"name":"models/new"},{},
            {"name":7},{"name":"models/"}],"nextPageToken":"x"}
            """#
        let models = try GeminiAdapter().models(from: Array(body.utf8))
        #expect(models.map(\.id) == ["gemini-3.8-flash", "new"])
        let embedding = Array(#"{"models":[{"name":"models/e","supportedGenerationMethods":["embedContent"]}]}"#.utf8)
        #expect(GeminiAdapter().health(status: 200, header: { _ in nil }, body: embedding) == nil)
        #expect(GeminiAdapter().health(status: 200, header: { _ in nil }, body: [])?.code == .malformedResponse)
    }
}
