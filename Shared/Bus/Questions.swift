internal import Loop
internal import Wire

/// Messages that wait for an answer (`reply_to`), each with a deadline.
///
/// Bounded: past ``limit`` the asker is refused. Nothing survives a connection, so a session's end answers them all.
@BusLoop
final class Questions {
    private struct Waiter {
        let peer: Peer?
        var timer: Loop.Timer
        let continuation: CheckedContinuation<Result<Message, BusError>, Never>
    }

    static let limit = 1_024

    private var waiters: [ULID: Waiter] = [:]

    /// Sends a question with `send` and waits for its answer. Errors: `.full`, `.timeout`, `.down`, `.closed`,
    /// `.cancelled`, `.refused`, and what `send` throws.
    func ask(
        _ id: ULID,
        of peer: Peer? = nil,
        timeout: Duration,
        send: @BusLoop () throws(BusError) -> Void
    ) async throws(BusError) -> Message {
        guard waiters.count < Self.limit else { throw BusError(.full, "\(Self.limit) questions wait already") }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let timer = BusLoop.after(timeout) { [weak self] in self?.lookOnceMore(id, timeout) }
                waiters[id] = Waiter(peer: peer, timer: timer, continuation: continuation)
                do throws(BusError) { try send() } catch { answer(id, .failure(error)) }
            }
        } onCancel: {
            Task(executorPreference: BusLoop.loop) { @BusLoop [weak self] in
                self?.answer(id, .failure(BusError(.cancelled, "the asker was cancelled")))
            }
        }
        return try result.get()
    }

    /// The time is up. If the loop itself stood still, the answer may lie unread: it gets one turn to read it.
    private func lookOnceMore(_ id: ULID, _ timeout: Duration) {
        waiters[id]?.timer = BusLoop.after(.milliseconds(1)) { [weak self] in
            self?.answer(id, .failure(BusError(.timeout, "no answer within \(timeout.seconds) s")))
        }
    }

    /// Gives a message to whoever asked for it; false when nobody did, or not this peer.
    func take(_ message: Message, from peer: Peer? = nil) -> Bool {
        guard let id = message.header.replyTo, let waiter = waiters[id], waiter.peer == peer else { return false }
        if message.header.kind == .serviceError {
            let said = try? message.body(ServiceError.self)
            answer(id, .failure(BusError(.refused, "\(said?.code ?? "error"): \(said?.detail ?? "")")))
        } else {
            answer(id, .success(message))
        }
        return true
    }

    /// Ends the questions to that peer, or all.
    func fail(_ error: BusError, of peer: Peer? = nil) {
        for (id, waiter) in waiters where peer == nil || waiter.peer == peer { answer(id, .failure(error)) }
    }

    private func answer(_ id: ULID, _ result: Result<Message, BusError>) {
        guard let waiter = waiters.removeValue(forKey: id) else { return }
        BusLoop.loop.cancel(waiter.timer)
        waiter.continuation.resume(returning: result)
    }
}
