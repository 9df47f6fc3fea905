import HTTP
import JSON
import Loop
import Providers

/// `POST /v1/chat/completions` and `POST /v1/messages`, from the caller's bytes to the last byte of the answer.
///
/// Where caller and provider speak the same dialect, the body is walked once for what the gateway must know and copied
/// once with the model replaced, and the answer's bytes pass through. Otherwise both are translated by way of the
/// canonical model. Each attempt writes exactly one row of the call log, however it ends.
@NetLoop
final class ChatHandler {
    private let signpost: Signpost
    private let upstream: Upstream
    private let attempts: Attempts
    private let callLog: CallLog
    private let idempotent = IdempotentCalls()

    init(signpost: Signpost, upstream: Upstream, attempts: Attempts, callLog: CallLog) {
        self.signpost = signpost
        self.upstream = upstream
        self.attempts = attempts
        self.callLog = callLog
    }

    func complete(_ call: Call, in surface: any ChatSurface) async throws {
        let probe = try probe(await call.exchange.body())
        guard !probe.stream else {
            return try await ask(call, probe, in: surface) { try await self.stream(call, &$0) }
        }
        let answer: IdempotencyCache.Answer
        if let key = try call.request.idempotencyKey {
            answer = try await idempotent.answer(to: call, under: key, body: probe.body) {
                try await self.answer(call, probe, in: surface, outlivesCaller: true)
            }
        } else {
            answer = try await self.answer(call, probe, in: surface, outlivesCaller: false)
        }
        call.exchange.respond(200, answer.headers, answer.body)
    }

    private func answer(_ call: Call, _ probe: ChatProbe, in surface: any ChatSurface, outlivesCaller: Bool)
        async throws -> IdempotencyCache.Answer
    {
        var answer = IdempotencyCache.Answer()
        try await ask(call, probe, in: surface, outlivesCaller: outlivesCaller) { answering in
            answer = try await self.answer(&answering)
        }
        return answer
    }

    /// An attempt whose provider has begun to answer, with status 200.
    struct Answering {
        let attempt: Attempt
        let transfer: Transfer
        let course: ChatCourse
        var journal: CallJournal
    }

    /// Has a chat answered, over as many attempts as its caller wants.
    ///
    /// - Parameters:
    ///   - feature: whose pin counts, where that isn't said in the headers.
    ///   - outlivesCaller: the call goes on when its caller has left.
    ///   - hasBegun: whether the caller has had a part of this answer, after which no other attempt follows; by itself
    ///     whether the call was answered.
    ///   - take: gets an answer that begins well, and ends its journal; what it throws is the attempt's failure.
    func ask(
        _ call: Call,
        _ probe: ChatProbe,
        in surface: any ChatSurface,
        feature: String? = nil,
        outlivesCaller: Bool = false,
        hasBegun: (@NetLoop () -> Bool)? = nil,
        _ take: @NetLoop (inout Answering) async throws -> Void
    ) async throws {
        let policy = try FallbackPolicy(call.request.headers)
        let plan = signpost.plan(for: call, feature: feature)
        let target = try plan.resolve(
            model: probe.model,
            named: call.request.headers["x-martlet-connector"],
            need: .chat
        )
        try await attempts.run(call, to: target, of: plan, .chat, policy, hasBegun: hasBegun) { attempt in
            try await self.make(attempt, at: call, probe, surface, outlivesCaller, take)
        }
    }

    private func make(
        _ attempt: Attempt,
        at call: Call,
        _ probe: ChatProbe,
        _ surface: any ChatSurface,
        _ outlivesCaller: Bool,
        _ take: @NetLoop (inout Answering) async throws -> Void
    ) async throws {
        let target = attempt.target
        let allowance = try await callLog.caps.reserve(target, probe)
        var journal = CallJournal(
            call: call,
            target: target,
            purpose: .chat,
            stream: probe.stream,
            prices: upstream.prices,
            log: callLog,
            allowance: allowance,
            attempt: attempt
        )
        do {
            let course = try upstream.course(
                of: probe,
                to: target,
                from: surface,
                callID: call.exchange.requestID,
                limit: allowance?.outputLimit
            )
            let request = try upstream.chatRequest(target, course.chat(from: call.request.headers))
            signpost.connectors.markUsed(target.connector.id)
            let transfer = upstream.start(request, of: call.exchange.traceContext)
            journal.sentAt = .now
            if !outlivesCaller { call.exchange.onLeave = { transfer.cancel() } }
            let head = try await transfer.head()
            journal.headAt = .now
            guard head.status == 200 else { throw try await failure(head, transfer, target) }
            var answering = Answering(attempt: attempt, transfer: transfer, course: course, journal: journal)
            defer { journal = answering.journal }
            try await take(&answering)
        } catch {
            let failure = upstream.translate(error)
            journal.end(call.exchange.hasLeft && !outlivesCaller ? .cancelled : .failed(failure.code))
            throw failure
        }
    }

    private func probe(_ body: [UInt8]) throws(GatewayError) -> ChatProbe {
        do throws(ChatProbe.Problem) {
            return try ChatProbe(body)
        } catch {
            throw GatewayError(error)
        }
    }

    private func failure(_ head: ResponseHead, _ transfer: Transfer, _ target: Plan.Target) async throws -> any Error {
        let body = (try? await transfer.body(limit: Upstream.errorBodyLimit)) ?? []
        return try upstream.adapter(of: target.connector)
            .failure(status: head.status, header: { head.headers[$0] }, body: body)
    }

    /// A blocking answer: whole, checked, and passed on as it came or translated.
    private func answer(_ answering: inout Answering) async throws -> IdempotencyCache.Answer {
        let body = try await answering.transfer.body(limit: Upstream.answerLimit)
        answering.journal.answeredAt = .now
        let answer = try answering.course.answer(from: body)
        answering.journal.usage = answer.usage
        answering.journal.end(.succeeded)
        return .init(headers: answering.journal.headers(contentType: "application/json"), body: answer.body)
    }

    /// A stream: whole events as they come; while the client is slow the provider isn't read. A failure before the
    /// first of them is thrown while nothing has been said to the client.
    private func stream(_ call: Call, _ answering: inout Answering) async throws {
        answering.journal.answeredAt = .now
        let relay = ChatRelay(
            try answering.course.stream(),
            from: answering.transfer,
            to: call.exchange,
            headers: answering.journal.headers(contentType: "text/event-stream") + Self.streamHeaders
        )
        if !answering.attempt.mayBeFollowed { relay.begin() }
        let ending = await relay.run()
        answering.journal.usage = relay.usage
        answering.journal.firstPieceAt = relay.firstPieceAt
        switch ending {
        case .complete:
            answering.journal.end(.succeeded)
        case .left:
            answering.journal.end(.cancelled)
        case .failed(let error):
            guard relay.hasBegun else { throw error }
            let failure = upstream.translate(error)
            answering.journal.end(.failed(failure.code))
            let dialect = answering.course.surface.dialect
            relay.write(ErrorAnswer.event(for: failure, in: dialect, requestID: call.exchange.requestID))
        }
        relay.finish()
    }

    private static let streamHeaders = [
        ("cache-control", "no-cache"),
        ("x-accel-buffering", "no"),
    ]
}
