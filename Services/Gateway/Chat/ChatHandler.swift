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

    init(signpost: Signpost, upstream: Upstream, attempts: Attempts, callLog: CallLog) {
        self.signpost = signpost
        self.upstream = upstream
        self.attempts = attempts
        self.callLog = callLog
    }

    func complete(_ call: Call, in surface: any ChatSurface) async throws {
        let probe = try probe(await call.exchange.body())
        let policy = try FallbackPolicy(call.request.headers)
        let plan = signpost.plan(for: call)
        let target = try plan.resolve(
            model: probe.model,
            named: call.request.headers["x-martlet-connector"],
            need: .chat
        )
        try await attempts.run(call, to: target, of: plan, .chat, policy) { attempt in
            try await self.complete(call, probe, surface, attempt)
        }
    }

    private func complete(_ call: Call, _ probe: ChatProbe, _ surface: any ChatSurface, _ attempt: Attempt)
        async throws
    {
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
            call.exchange.onLeave = { transfer.cancel() }
            let head = try await transfer.head()
            journal.headAt = .now
            guard head.status == 200 else { throw try await failure(head, transfer, target) }
            if probe.stream {
                try await stream(call, transfer, course, &journal, holdsBack: attempt.mayBeFollowed)
            } else {
                try await answer(call, transfer, course, &journal)
            }
        } catch {
            let failure = upstream.translate(error)
            journal.end(call.exchange.hasLeft ? .cancelled : .failed(failure.code))
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
    private func answer(_ call: Call, _ transfer: Transfer, _ course: ChatCourse, _ journal: inout CallJournal)
        async throws
    {
        let body = try await transfer.body(limit: Upstream.answerLimit)
        journal.answeredAt = .now
        let answer = try course.answer(from: body)
        journal.usage = answer.usage
        journal.end(.succeeded)
        call.exchange.respond(200, journal.headers(contentType: "application/json"), answer.body)
    }

    /// A stream: whole events as they come; while the client is slow the provider isn't read. A failure before the
    /// first of them is thrown while nothing has been said to the client.
    private func stream(
        _ call: Call,
        _ transfer: Transfer,
        _ course: ChatCourse,
        _ journal: inout CallJournal,
        holdsBack: Bool
    ) async throws {
        journal.answeredAt = .now
        let relay = ChatRelay(
            try course.stream(),
            from: transfer,
            to: call.exchange,
            headers: journal.headers(contentType: "text/event-stream") + Self.streamHeaders
        )
        if !holdsBack { relay.begin() }
        let ending = await relay.run()
        journal.usage = relay.usage
        journal.firstPieceAt = relay.firstPieceAt
        switch ending {
        case .complete:
            journal.end(.succeeded)
        case .left:
            journal.end(.cancelled)
        case .failed(let error):
            guard relay.hasBegun else { throw error }
            let failure = upstream.translate(error)
            journal.end(.failed(failure.code))
            let dialect = course.surface.dialect
            relay.write(ErrorAnswer.event(for: failure, in: dialect, requestID: call.exchange.requestID))
        }
        relay.finish()
    }

    private static let streamHeaders = [
        ("cache-control", "no-cache"),
        ("x-accel-buffering", "no"),
    ]
}
