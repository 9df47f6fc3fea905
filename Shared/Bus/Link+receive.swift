internal import Loop
internal import Telemetry
internal import Wire

extension Link {
    /// The server, among the offenders: there is one.
    private static let server = RoutingID([])

    /// Reads what has come, up to a turn's share.
    func drainSocket() {
        guard let socket else { return }
        for _ in 0..<Socket.messagesPerTurn {
            guard socket.isOpen, let received = try? socket.receive(ReceiveLimits()) else { return }
            take(received)
        }
    }

    private func take(_ received: Received) {
        let now = Moment.now
        if offenders.isIgnored(Self.server, now: now) {
            counters.refused("ignored")
            return
        }
        do throws(WireError) {
            let message = try read(received)
            counters.received.add()
            tap?.offer(message, .received, link: name)
            try take(message, now)
        } catch {
            refuse(error, now)
        }
    }

    private func read(_ received: Received) throws(WireError) -> Message {
        guard !received.isOversize, let first = received.frames.first else {
            throw WireError(.tooLarge, "a frame, or all of them together, over the limit")
        }
        let message = try Message(firstFrame: first, attachments: Array(received.frames.dropFirst()))
        try message.check(sender: serverRole)
        return message
    }

    private func take(_ message: Message, _ now: Moment) throws(WireError) {
        let header = message.header
        var welcome: Welcome?
        let heard: LinkMachine.Heard
        switch header.kind {
        case .serviceWelcome:
            let body = try message.body(Welcome.self)
            welcome = body
            heard = .welcome(session: body.session, boot: body.boot)
        case .serviceWho: heard = .who
        case .serviceBye: heard = .bye(reason: try message.body(Bye.self).reason)
        case .serviceError where !isUp:
            let error = try message.body(ServiceError.self)
            Log.error("the server refuses the session", ["link": name, "code": error.code, "detail": error.detail])
            onRefusal(error)
            return
        default: heard = .other
        }
        let actions = machine.heard(heard, boot: header.source.boot, sequence: header.sequence, now: now)
        perform(actions)
        if let welcome, actions.contains(.up) {
            counters.session("up")
            Log.info("link up", ["link": name, "session": welcome.session])
            onWelcome(welcome)
        } else if actions.contains(.deliver) {
            try deliver(message, now)
        }
    }

    private func deliver(_ message: Message, _ now: Moment) throws(WireError) {
        switch message.header.kind {
        case .serviceHeartbeat:
            let heartbeat = try message.body(Heartbeat.self)
            if let beat, beat.id == heartbeat.echo { counters.roundTrip(now - beat.at) }
            onHeartbeat(message.header.source, heartbeat)
        case .serviceDrain:
            onDrain(try message.body(Drain.self).reason)
        case .serviceError:
            if questions.take(message) { return }
            let error = try message.body(ServiceError.self)
            Log.warning("the server refused a message", ["link": name, "code": error.code])
            onMessageRefused(error)
        default:
            if let ttl = message.header.ttlMs, ttl <= 0 {
                counters.expired.add()
            } else if !questions.take(message) {
                onMessage(message)
            }
        }
    }

    private func refuse(_ error: WireError, _ now: Moment) {
        counters.refused(error.code.rawValue)
        let judgement = offenders.strike(Self.server, counts: error.code != .unknownKind, now: now)
        if judgement.answer {
            send(ServiceError(code: error.code.rawValue, detail: error.detail, retryable: false))
        }
        if judgement.quarantined {
            counters.refused("quarantined")
            Log.warning("the server is ignored for a minute", ["link": name, "reason": error.code.rawValue])
        }
    }
}
