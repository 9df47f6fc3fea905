import HTTP
import JSON
import Loop
import Providers

/// `POST /v1/chat/completions`, from the caller's bytes to the last byte of the answer.
///
/// The body is walked once for what the gateway must know and copied once with the model replaced; the answer's bytes
/// pass through. Exactly one row of the call log is written, however the call ends.
@NetLoop
final class ChatHandler {
    private let connectors: ConnectorRegister
    private let upstream: Upstream
    private let callLog: CallLog

    init(connectors: ConnectorRegister, upstream: Upstream, callLog: CallLog) {
        self.connectors = connectors
        self.upstream = upstream
        self.callLog = callLog
    }

    func complete(_ call: Call) async throws {
        let probe = try probe(await call.exchange.body())
        let plan = Plan(candidates: connectors.usable(by: call.caller), supports: upstream.supports)
        let target = try plan.resolve(
            model: probe.model,
            named: call.request.headers["x-martlet-connector"],
            need: .chat
        )
        var journal = CallJournal(call: call, target: target, purpose: .chat, stream: probe.stream, log: callLog)
        do {
            let request = try upstream.chatRequest(
                target,
                body: probe.spliced(model: target.model),
                stream: probe.stream
            )
            connectors.markUsed(target.connector.id)
            let transfer = upstream.start(request)
            journal.sentAt = .now
            call.exchange.onLeave = { transfer.cancel() }
            let head = try await transfer.head()
            guard head.status == 200 else { throw try await failure(head, transfer, target) }
            if probe.stream {
                try await stream(call, transfer, target, probe, &journal)
            } else {
                try await answer(call, transfer, target, &journal)
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
        return upstream.adapter(of: target.connector)
            .failure(status: head.status, header: { head.headers[$0] }, body: body)
    }

    /// A blocking answer: whole, checked, and passed on as it came.
    private func answer(_ call: Call, _ transfer: Transfer, _ target: Plan.Target, _ journal: inout CallJournal)
        async throws
    {
        let body = try await transfer.body(limit: Upstream.answerLimit)
        journal.answeredAt = .now
        let answer = try upstream.adapter(of: target.connector).chatAnswer(body)
        journal.usage = answer.usage
        journal.end(.succeeded)
        call.exchange.respond(200, journal.headers(contentType: "application/json"), body)
    }

    /// A stream: whole events pass through as they come; while the client is slow the provider isn't read.
    private func stream(
        _ call: Call,
        _ transfer: Transfer,
        _ target: Plan.Target,
        _ probe: ChatProbe,
        _ journal: inout CallJournal
    ) async throws {
        journal.answeredAt = .now
        let out = call.exchange.stream(200, journal.headers(contentType: "text/event-stream") + Self.streamHeaders)
        let relay = ChatRelay(
            watch: upstream.adapter(of: target.connector).streamWatch(hidesUsage: probe.hidesUsage),
            out: out,
            transfer: transfer
        )
        let ending = await relay.run()
        journal.usage = relay.usage
        switch ending {
        case .complete:
            journal.end(.succeeded)
        case .left:
            journal.end(.cancelled)
        case .failed(let error):
            let failure = upstream.translate(error)
            journal.end(.failed(failure.code))
            out.write(Array("data: ".utf8) + ErrorAnswer.openAI(failure) + Array("\n\ndata: [DONE]\n\n".utf8))
        }
        out.finish()
    }

    private static let streamHeaders = [
        ("cache-control", "no-cache"),
        ("x-accel-buffering", "no"),
    ]
}
