import Loop
import Providers
import Support
import Testing

/// How Anthropic's failures are told apart, and that nothing it may send traps.
@Suite struct AnthropicFailureTests {
    private func failure(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> ProviderError {
        AnthropicAdapter().failure(status: status, header: { headers[$0] }, body: Array(body.utf8))
    }

    private func body(_ type: String, _ message: String = "", code: String? = nil) -> String {
        let details = code.map { #","details":{"error_code":"\#($0)"}"# } ?? ""
        return #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"\#(details)},"request_id":"req_1"}"#
    }

    @Test(arguments: [
        (400, "invalid_request_error", ProviderError.Code.badRequest), (401, "authentication_error", .authInvalid),
        (402, "billing_error", .quotaExceeded), (403, "permission_error", .permissionDenied),
        (404, "not_found_error", .notFound), (413, "request_too_large", .badRequest),
        (429, "rate_limit_error", .rateLimited), (500, "api_error", .providerUnavailable),
        (504, "timeout_error", .providerUnavailable), (529, "overloaded_error", .providerUnavailable),
        (408, "something_new", .timeout), (409, "something_new", .badRequest), (422, "something_new", .badRequest),
    ])
    func aTypeGivesItsClass(_ status: Int, _ type: String, _ code: ProviderError.Code) {
        let error = failure(status, body(type))
        #expect(error.code == code)
        #expect(error.providerCode == type)
        #expect(error.providerRequestID == "req_1")
    }

    @Test func aLimitOfMoneyIsFoundWhereverItHides() {
        #expect(failure(429, body("rate_limit_error", code: "contract_spend_limit_reached")).code == .quotaExceeded)
        #expect(failure(429, body("rate_limit_error", code: "ramp_limit_exceeded")).code == .rateLimited)
        #expect(failure(429, body("rate_limit_error", code: "something_new")).code == .rateLimited)
        for sentence in ["Your credit balance is too low", "You have reached your specified API usage limits."] {
            let error = failure(400, body("invalid_request_error", sentence), ["retry-after": "9"])
            #expect(error.code == .quotaExceeded)
            #expect(error.retryAfter == nil)
            #expect(!error.message.contains("balance") && !error.message.contains("specified"))
        }
        let blocked = failure(400, body("invalid_request_error", "Output blocked by content filtering policy"))
        #expect(blocked.code == .providerRejected)
    }

    @Test func theMemberAtFaultIsNamed() {
        #expect(failure(400, body("invalid_request_error", "max_tokens: Field required")).param == "max_tokens")
        #expect(failure(400, body("invalid_request_error", "messages.0.content: no")).param == "messages.0.content")
        #expect(failure(400, body("invalid_request_error", "Some words: no")).param == nil)
    }

    @Test func aWaitIsReadFromTheLimitThatIsUsedUp() {
        var headers = [
            "date": "Fri, 20 Nov 2026 12:00:00 GMT", "anthropic-ratelimit-tokens-remaining": "0",
            "anthropic-ratelimit-tokens-reset": "2026-11-20T13:00:14.5+01:00",
            "anthropic-ratelimit-requests-remaining": "3",
            "anthropic-ratelimit-requests-reset": "2026-11-20T13:00:14Z",
        ]
        func wait() -> Double? { failure(429, body("rate_limit_error"), headers).retryAfter?.seconds }
        #expect(wait() == 14.5)
        for broken in ["2026-11-20", "2026-13-20T12:00:14Z", "2026-11-20T12:00:14", "2026-11-20T12:00:14.Z", "é"] {
            headers["anthropic-ratelimit-tokens-reset"] = broken
            #expect(wait() == nil, "\(broken)")
        }
        headers["retry-after"] = "3"
        #expect(wait() == 3)
    }

    @Test func theCatalogueHasItsTimes() throws {
        let fixture = try Fixture.named("anthropic-models.json")
        let models = try fixture.adapter.models(from: fixture.bytes)
        #expect(models == [ModelInfo(id: "claude-sonnet-5-5", owner: "anthropic", created: 1_788_220_800)])
    }

    @Test func cachedInputIsAPartOfTheInput() throws {
        let body =
            #"{"content":[],"stop_reason":"end_turn","usage":{"input_tokens":3,"cache_read_input_tokens":40,"#
            + #""cache_creation_input_tokens":500,"output_tokens":7}}"#
        let usage = try #require(try AnthropicChatCodec().result(from: Array(body.utf8)).usage)
        #expect(usage.inputTokens == 543 && usage.outputTokens == 7)
        #expect(usage.cachedInputTokens == 40 && usage.cacheWriteInputTokens == 500)
    }

    @Test func noMutatedAnswerTraps() throws {
        var generator = SeededGenerator(seed: runSeed)
        let codec = AnthropicChatCodec()
        let fixtures = Fixture.all.filter { $0.type == "anthropic_apikey" }
        #expect(fixtures.count > 10)
        for fixture in fixtures {
            for _ in 0..<300 {
                var bytes = fixture.bytes
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = Int.random(in: bytes.indices, using: &generator)
                    switch Int.random(in: 0...2, using: &generator) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                    case 1: bytes.removeSubrange(place..<min(bytes.count, place + 9))
                    default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
                    }
                    if bytes.isEmpty { bytes = [0x7B] }
                }
                _ = try? codec.result(from: bytes)
                _ = try? codec.facts(of: bytes)
                _ = try? AnthropicSurface().request(from: bytes)
                #expect(failure(400, String(decoding: bytes, as: UTF8.self)).message.hasSuffix("."))
                var reader = codec.streamReader()
                bytes.withUnsafeBytes { try? reader.feed($0) { _ in } }
                try? reader.end { _ in }
                var watch = AnthropicWatch()
                bytes.withUnsafeBytes { watch.feed($0) { _ in } }
                _ = watch.end { _ in }
            }
        }
    }
}
