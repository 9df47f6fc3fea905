import HTTP
import JSON
import Loop
import Providers
import Support
import Testing

import struct Telemetry.Trace

@testable import ImageWorker

/// One provider call, against a provider in this process.
@Suite(.timeLimit(.minutes(1))) @NetLoop struct GenerateTests {
    private func generate(_ timeouts: ClientRequest.Timeouts? = nil) -> Generate {
        var limits = Generate.Limits()
        if let timeouts { limits.timeouts = timeouts }
        return Generate(client: Client(), limits: limits)
    }

    private func request(_ provider: FakeProvider) -> Generate.Request {
        Generate.Request(
            connector: provider.config,
            order: ImageOrder(model: "gpt-image-2", prompt: "a kingfisher", idempotencyKey: "img_1"),
            key: JobKey(job: "img_1", attempt: 2, lease: "t")
        )
    }

    private func failure(_ provider: FakeProvider, _ generate: Generate) async -> ProviderError? {
        do {
            _ = try await generate.picture(request(provider))
            Issue.record("a picture came")
            return nil
        } catch {
            return error as? ProviderError
        }
    }

    @Test func aPictureComesWithItsUsageAndPriceAndTheCallSaysWhoseItIs() async throws {
        let provider = try FakeProvider([FakeProvider.success])
        defer { provider.close() }
        let picture = try await generate().picture(request(provider))
        #expect(picture.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(picture.usage?.outputTokens == 272)
        #expect(picture.costUSD != nil)
        let call = try #require(provider.calls.first)
        #expect(call.job == "img_1" && call.attempt == "2" && call.idempotencyKey == "img_1")
        #expect(call.authorization == "Bearer sk-0123456789abcdef")
        #expect(call.body?["prompt"]?.string == "a kingfisher")
    }

    @Test func theProviderIsToldTheTraceUnlessTheOperatorKeepsItIn() async throws {
        let provider = try FakeProvider([FakeProvider.success])
        defer { provider.close() }
        let trace = Trace()
        var asked = request(provider)
        asked.key = JobKey(job: "img_1", attempt: 2, lease: "t", trace: trace)
        asked.traceState = "congo=1"
        _ = try await generate().picture(asked)
        _ = try await Generate(client: Client(), tellsTrace: false).picture(asked)
        let told = try #require(provider.calls.first?.traceparent.flatMap { Trace(header: $0) })
        #expect(told.id == trace.id && told.span != trace.span)
        #expect(provider.calls.first?.tracestate == "congo=1")
        #expect(provider.calls.last?.traceparent == nil && provider.calls.last?.tracestate == nil)
    }

    @Test func aPictureThatIsOnlyPointedToIsFetched() async throws {
        let provider = try FakeProvider([.pictureAtURL])
        defer { provider.close() }
        let picture = try await generate().picture(request(provider))
        #expect(picture.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }

    @Test func aRateLimitKeepsItsWait() async throws {
        let body = #"{"error":{"type":"requests","code":"rate_limit_exceeded"}}"#
        let provider = try FakeProvider([.failure(429, [("retry-after-ms", "1500")], body)])
        defer { provider.close() }
        let error = await failure(provider, generate())
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == .milliseconds(1_500))
    }

    @Test func aRejectionKeepsTheProvidersCodeAndRequest() async throws {
        let body = #"{"error":{"code":"moderation_blocked","message":"secret words","moderation_details":{}}}"#
        let provider = try FakeProvider([.failure(400, [], body)])
        defer { provider.close() }
        let error = await failure(provider, generate())
        #expect(error?.code == .providerRejected)
        #expect(error?.providerCode == "moderation_blocked")
        #expect(error?.providerRequestID == provider.calls.first?.requestID)
        #expect(error?.isRetryable == false)
        #expect(error?.message.contains("secret words") == false)
    }

    @Test(arguments: ["", "<html>", "{}", "{\"data\":[]}", "{\"data\":[{\"b64_json\":\"%%%\"}]}"])
    func anAnswerWithoutAPictureIsMalformed(_ body: String) async throws {
        let provider = try FakeProvider([.body(body)])
        defer { provider.close() }
        #expect(await failure(provider, generate())?.code == .malformedResponse)
    }

    @Test func aSilentProviderTimesOut() async throws {
        let provider = try FakeProvider([.silence])
        defer { provider.close() }
        let timeouts = ClientRequest.Timeouts(firstByte: .milliseconds(200), total: .seconds(20))
        #expect(await failure(provider, generate(timeouts))?.code == .timeout)
    }

    @Test func nobodyThereIsUnavailable() async throws {
        let provider = try FakeProvider([FakeProvider.success])
        let request = request(provider)
        provider.close()
        do {
            _ = try await generate().picture(request)
            Issue.record("a picture came from nowhere")
        } catch {
            #expect((error as? ProviderError)?.code == .providerUnavailable)
        }
    }

    @Test func cancellingClosesTheConnectionWithin100Milliseconds() async throws {
        let delay = try await quickest(within: .milliseconds(100)) { try await cancelACall() }
        #expect(delay < .milliseconds(100))
    }

    /// From the cancelling to the moment when the provider sees the end of the connection.
    private func cancelACall() async throws -> Duration {
        let provider = try FakeProvider([.silence])
        defer { provider.close() }
        let generate = generate()
        let request = request(provider)
        let task = Task(executorPreference: NetLoop.loop) { @Sendable @NetLoop in
            try await generate.picture(request)
        }
        try await untilNet("the call arrives") { !provider.calls.isEmpty }
        let cancelled = Moment.now
        task.cancel()
        try await untilNet("the provider sees it leave") { provider.leftAt != nil }
        let result = await task.result
        #expect(throws: CancellationError.self) { _ = try result.get() }
        return try #require(provider.leftAt) - cancelled
    }
}
