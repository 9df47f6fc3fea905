internal import Loop
internal import Telemetry
public import Wire

extension Link {
    /// Sends a message to the server.
    ///
    /// True means that libzmq took it, not that it arrived. False leaves nothing behind: the session is not open, or
    /// the queue is full, or the message breaks a limit, which is logged.
    /// - Parameters:
    ///   - body: what to say.
    ///   - attachments: the frames that the header's `attachments` describe, in that order.
    ///   - header: fills in correlation, job, lease and the like; kind, source and sequence are the link's own.
    @discardableResult
    public func send(
        _ body: some Body,
        attachments: [[UInt8]] = [],
        header: @Sendable (inout Envelope) -> Void = { _ in }
    ) -> Bool {
        do throws(BusError) {
            try transmit(body, attachments: attachments, header: header)
            return true
        } catch {
            return false
        }
    }

    /// Asks the server and waits for the message that answers (`reply_to`); its time to live is the time-out's.
    ///
    /// Errors: `.timeout`, `.down` when the session ends first or is not open, `.full`, `.cancelled`, `.refused` when
    /// the answer is a `service.error`.
    public func ask(
        _ body: some Body,
        timeout: Duration,
        attachments: [[UInt8]] = [],
        header: @Sendable (inout Envelope) -> Void = { _ in }
    ) async throws(BusError) -> Message {
        let id = ULID.next()
        return try await questions.ask(id, timeout: timeout) { () throws(BusError) in
            try transmit(body, attachments: attachments) { envelope in
                envelope.ttlMs = timeout.milliseconds
                header(&envelope)
                envelope.id = id
            }
        }
    }

    private func transmit(
        _ body: some Body,
        attachments: [[UInt8]],
        header: (inout Envelope) -> Void
    ) throws(BusError) {
        guard machine.isUp else {
            counters.unsent("down")
            throw BusError(.down, "link \(name) is not in session")
        }
        try post(body, sequence: machine.nextSequence, attachments: attachments, header: header)
        machine.sent()
    }

    /// Says hello; the machine has to know whether it left.
    func greet() {
        do throws(BusError) {
            try post(hello(), sequence: 1)
            machine.helloSent(true, now: .now)
        } catch {
            machine.helloSent(false, now: .now)
        }
    }

    /// A heartbeat that finds the queue full is dropped: a server that comes back needs no old ones.
    func sendHeartbeat() {
        let load = load()
        let id = ULID.next()
        let heartbeat = Heartbeat(
            load: load.busy,
            residentBytes: ProcessFigures.residentBytes,
            queue: load.queue,
            tapDropped: tap?.dropped ?? 0,
            tickGapMs: Int(clamping: machine.takeLongestPause().milliseconds),
            facts: load.facts
        )
        if send(heartbeat, header: { $0.id = id }) { beat = (id.description, .now) }
    }

    private func post<B: Body>(
        _ body: B,
        sequence: UInt64,
        attachments: [[UInt8]] = [],
        header: (inout Envelope) -> Void = { _ in }
    ) throws(BusError) {
        guard let socket else { throw BusError(.closed, "link \(name) is not started") }
        let message = try compose(body, sequence: sequence, attachments: attachments, header: header)
        guard try socket.send([message.encodeFirstFrame()] + message.attachments) == .accepted else {
            counters.unsent("full")
            throw BusError(.full, "the queue of link \(name) is full, or its connection gone")
        }
        counters.sent.add()
        tap?.offer(message, .sent, link: name)
    }

    private func compose<B: Body>(
        _ body: B,
        sequence: UInt64,
        attachments: [[UInt8]],
        header: (inout Envelope) -> Void
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
}
