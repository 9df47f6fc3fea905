import HTTP
import JSON
import Loop
import Providers

/// `POST /v1/embeddings`: passed to a connector that has them, with the model replaced and the answer as it came.
@NetLoop
final class EmbeddingsHandler {
    private let signpost: Signpost
    private let upstream: Upstream
    private let attempts: Attempts
    private let callLog: CallLog

    init(signpost: Signpost, upstream: Upstream, attempts: Attempts, callLog: CallLog) {
        self.signpost = signpost
        self.upstream = upstream
        self.attempts = attempts
        self.callLog = callLog
    }

    func embed(_ call: Call) async throws {
        let body = try await call.exchange.body()
        let splice = try Self.splice(body)
        let policy = try FallbackPolicy(call.request.headers)
        let plan = signpost.plan(for: call)
        let target = try plan.resolve(
            model: splice.model,
            named: call.request.headers["x-martlet-connector"],
            need: .embeddings
        )
        try await attempts.run(call, to: target, of: plan, .embeddings, policy) { attempt in
            try await self.embed(call, splice, input: body.count, attempt)
        }
    }

    private func embed(_ call: Call, _ splice: ModelSplice, input bytes: Int, _ attempt: Attempt) async throws {
        let target = attempt.target
        var journal = CallJournal(
            call: call,
            target: target,
            purpose: .embeddings,
            stream: false,
            prices: upstream.prices,
            log: callLog,
            allowance: try await callLog.caps.reserve(input: bytes, of: target.connector.id),
            attempt: attempt
        )
        do {
            let adapter = try upstream.adapter(of: target.connector)
            let request = try adapter.embeddingsRequest(
                upstream.config(of: target.connector),
                model: target.model,
                body: splice.spliced(model: target.model)
            )
            signpost.connectors.markUsed(target.connector.id)
            let transfer = upstream.start(request, of: call.exchange.traceContext)
            journal.sentAt = .now
            call.exchange.onLeave = { transfer.cancel() }
            let head = try await transfer.head()
            journal.headAt = .now
            let body = try await transfer.body(limit: Upstream.answerLimit)
            journal.answeredAt = .now
            guard head.status == 200 else {
                throw adapter.failure(status: head.status, header: { head.headers[$0] }, body: body)
            }
            journal.usage = try Self.usage(body)
            journal.end(.succeeded)
            call.exchange.respond(200, journal.headers(contentType: "application/json"), body)
        } catch {
            let failure = upstream.translate(error)
            journal.end(call.exchange.hasLeft ? .cancelled : .failed(failure.code))
            throw failure
        }
    }

    private static func splice(_ body: [UInt8]) throws(GatewayError) -> ModelSplice {
        do throws(ProviderError) {
            return try ModelSplice(body)
        } catch {
            throw GatewayError(error)
        }
    }

    /// The tokens of an answer; an answer without embeddings is none.
    private static func usage(_ body: [UInt8]) throws -> Usage? {
        let members: [Range<Int>?]
        do throws(JSONError) {
            members = try JSONScanner.members(of: body, wanted: ["data", "usage"])
        } catch {
            throw ProviderError(.malformedResponse, "The provider's answer is not JSON as documented.")
        }
        guard let data = members[0], JSONScanner.kind(in: data, of: body) == .array else {
            throw ProviderError(.malformedResponse, "The provider's answer holds no embeddings.")
        }
        guard let range = members[1], let value = try? JSONValue(parsing: body[range]) else { return nil }
        var usage = Usage()
        usage.inputTokens = Usage.count(value["prompt_tokens"]?.int)
        usage.outputTokens = usage.inputTokens.map { _ in 0 }
        return usage
    }
}
