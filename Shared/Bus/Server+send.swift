internal import Loop
internal import Telemetry
public import Wire

extension Server {
    /// Sends a message to a peer in session.
    ///
    /// True means that libzmq took it, not that it arrived. False leaves nothing behind: the session is over, or the
    /// peer's queue is full (it reads too slowly), or the message breaks a limit, which is logged.
    /// - Parameters:
    ///   - body: what to say.
    ///   - peer: to whom.
    ///   - attachments: the frames that the header's `attachments` describe, in that order.
    ///   - header: fills in correlation, job, lease and the like; kind, source and sequence are the server's own.
    @discardableResult
    public func send(
        _ body: some Body,
        to peer: Peer,
        attachments: [[UInt8]] = [],
        header: @Sendable (inout Envelope) -> Void = { _ in }
    ) -> Bool {
        do throws(BusError) {
            try transmit(body, to: peer, attachments: attachments, header: header)
            return true
        } catch {
            return false
        }
    }

    /// Asks a peer and waits for the message that answers (`reply_to`); its time to live is the time-out's.
    ///
    /// Errors: `.timeout`, `.down` when the session ends first or can't take the question, `.full`, `.cancelled`,
    /// `.refused` when the answer is a `service.error`.
    public func ask(
        _ body: some Body,
        of peer: Peer,
        timeout: Duration,
        attachments: [[UInt8]] = [],
        header: @Sendable (inout Envelope) -> Void = { _ in }
    ) async throws(BusError) -> Message {
        let id = ULID.next()
        return try await questions.ask(id, of: peer, timeout: timeout) { () throws(BusError) in
            try transmit(body, to: peer, attachments: attachments) { envelope in
                envelope.ttlMs = timeout.milliseconds
                header(&envelope)
                envelope.id = id
            }
        }
    }

    func transmit<B: Body>(
        _ body: B,
        to peer: Peer,
        attachments: [[UInt8]] = [],
        header: (inout Envelope) -> Void = { _ in }
    ) throws(BusError) {
        guard greeting != peer, let sequence = table.nextSequence(peer) else {
            counters.unsent("down")
            throw BusError(.down, "the session is over or not open yet")
        }
        let message = try compose(body, sequence: sequence, attachments: attachments, header: header)
        try post(message, to: peer.routing)
        table.sent(peer)
    }

    func compose<B: Body>(
        _ body: B,
        sequence: UInt64,
        attachments: [[UInt8]] = [],
        header: (inout Envelope) -> Void = { _ in }
    ) throws(BusError) -> Message {
        var envelope = Envelope(kind: B.kind, source: source)
        header(&envelope)
        envelope.source = source
        envelope.sequence = sequence
        do throws(WireError) {
            return try Message(header: envelope, body: body, attachments: attachments)
        } catch {
            counters.unsent("invalid")
            Log.error("a message can't be sent", ["link": name, "kind": B.kind.rawValue, "reason": error.description])
            throw BusError(.unsendable, error.description)
        }
    }

    /// Hands a message to libzmq, whose MANDATORY check makes a full queue and an unknown peer errors.
    func post(_ message: Message, to routing: RoutingID) throws(BusError) {
        guard let socket else { throw BusError(.closed, "server \(name) is not started") }
        let frames = [message.encodeFirstFrame()] + message.attachments
        switch try socket.send(to: routing.bytes, frames) {
        case .accepted:
            counters.sent.add()
            tap?.offer(message, .sent, link: name)
        case .full:
            counters.unsent("full")
            throw BusError(.full, "the peer's queue is full")
        case .unreachable:
            counters.unsent("unreachable")
            throw BusError(.down, "the peer's connection is gone")
        }
    }

    /// Says something to a connection that is not in session; false when libzmq didn't take it, which is counted: a peer
    /// that needs it will ask again by its next message.
    @discardableResult
    func tell(_ body: some Body, _ routing: RoutingID, replyTo: ULID? = nil, sequence: UInt64 = 0) -> Bool {
        do throws(BusError) {
            try post(compose(body, sequence: sequence) { $0.replyTo = replyTo }, to: routing)
            return true
        } catch {
            return false
        }
    }
}
