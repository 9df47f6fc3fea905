internal import Loop
internal import Telemetry
internal import Wire

extension Server {
    /// Reads what has come, up to a turn's share. A ROUTER has to be read even by who only wants to send: one that
    /// is not never notices that its peers are gone.
    func drainSocket() {
        guard let socket else { return }
        var limits = ReceiveLimits()
        limits.hasRoutingID = true
        for _ in 0..<Socket.messagesPerTurn {
            guard socket.isOpen, let received = try? socket.receive(limits) else { return }
            take(received)
        }
    }

    private func take(_ received: Received) {
        let routing = RoutingID(received.routing)
        let now = Moment.now
        if table.offenders.isIgnored(routing, now: now) {
            counters.refused("ignored")
            return
        }
        do throws(WireError) {
            let (message, role) = try read(received)
            counters.received.add()
            tap?.offer(message, .received, link: name)
            try take(message, role, routing, now)
        } catch {
            refuse(error, routing, replyTo: nil, now)
        }
    }

    /// Checks, cheap ones first: sizes, prefix, header, then what the role that the gatekeeper named may say.
    private func read(_ received: Received) throws(WireError) -> (Message, Role) {
        guard !received.isOversize, let first = received.frames.first else {
            throw WireError(.tooLarge, "a frame, or all of them together, over the limit")
        }
        guard let role = received.userID.flatMap(Role.init(rawValue:)), admits.contains(role) else {
            throw WireError(.notAllowed, "a connection without a role")
        }
        let message = try Message(firstFrame: first, attachments: Array(received.frames.dropFirst()))
        try message.check(sender: role)
        guard message.header.kind.mayReceive(keys.role) else {
            throw WireError(.notAllowed, "a kind that is not for this service")
        }
        return (message, role)
    }

    private func take(_ message: Message, _ role: Role, _ routing: RoutingID, _ now: Moment) throws(WireError) {
        let header = message.header
        let sender = PeerTable.Sender(
            routing: routing,
            role: role,
            service: header.source.service,
            instance: header.source.instance,
            boot: header.source.boot
        )
        if header.kind == .serviceHello {
            try greet(sender, message, now)
            return
        }
        switch table.heard(sender, sequence: header.sequence, now: now) {
        case .ignore: counters.refused("unknown_peer")
        case .challenge:
            counters.refused("unknown_peer")
            // A goodbye or an error needs no session, and gets no answer.
            if header.kind != .serviceBye, header.kind != .serviceError { tell(Who(boot: source.boot), routing) }
        case .deliver(let peer, let lost):
            if lost > 0 { counters.lost.add(lost) }
            if table.provesNamesake(peer), table.hasNamesake(peer) { tellNamesake(peer) }
            try deliver(message, from: peer)
        }
    }

    private func deliver(_ message: Message, from peer: Peer) throws(WireError) {
        let header = message.header
        switch header.kind {
        case .serviceHeartbeat:
            let heartbeat = try message.body(Heartbeat.self)
            send(self.heartbeat(echo: header.id.description), to: peer)
            onHeartbeat(peer, heartbeat)
        case .serviceBye:
            table.bye(peer)
            finish(PeerTable.Ended(peer: peer, reason: .left))
        case .serviceDrain:
            onDrain(peer, try message.body(Drain.self).reason)
        case .serviceError:
            if questions.take(message, from: peer) { return }
            let error = try message.body(ServiceError.self)
            Log.warning("a peer refused a message", ["link": name, "peer": peer.instance, "code": error.code])
        default:
            if let ttl = header.ttlMs, ttl <= 0 {
                counters.expired.add()
            } else if !questions.take(message, from: peer) {
                onMessage(peer, message)
            }
        }
    }

    // MARK: Hello

    private func greet(_ sender: PeerTable.Sender, _ message: Message, _ now: Moment) throws(WireError) {
        let hello = try message.body(Hello.self)
        guard hello.instance == sender.instance, hello.boot == sender.boot, hello.role == sender.role else {
            throw WireError(.notAllowed, "a hello in another's name than its header and key")
        }
        guard hello.minor >= minors.lowerBound else { return turnAway(hello, sender.routing, message.header.id) }
        switch table.hello(sender, sequence: message.header.sequence, now: now) {
        case .full:
            counters.refused("full")
            tell(Bye(reason: Farewell.full.rawValue), sender.routing)
        case .dismiss:
            counters.refused("replaced")
            tell(Bye(reason: Farewell.replaced.rawValue), sender.routing)
        case .welcome(let peer, let ended, let namesakes):
            for end in ended {
                if end.reason == .replaced { dismiss(end.peer) }
                finish(end)
            }
            // A process that was started again is the usual case: the former one's connection is closed by now.
            for namesake in namesakes where !reaches(namesake) {
                table.remove(namesake)
                finish(PeerTable.Ended(peer: namesake, reason: .disconnected))
            }
            welcome(peer, hello, replyTo: message.header.id)
        }
    }

    /// A peer that is too old for this side: it hears why, and keeps asking until somebody has upgraded it.
    private func turnAway(_ hello: Hello, _ routing: RoutingID, _ id: ULID) {
        counters.refused("too_old")
        let detail =
            "\(hello.role.rawValue) \(hello.instance) speaks minor version \(hello.minor), \(source.service) needs "
            + "\(minors.lowerBound) or later: upgrade \(hello.role.rawValue)"
        Log.error("a peer is too old", ["link": name, "peer": hello.instance, "advice": detail])
        tell(ServiceError(code: "too_old", detail: detail, retryable: false), routing, replyTo: id)
    }

    /// Two processes of one name are a mistake of the operator's, who has to hear of it, unless the former has ended.
    private func dismiss(_ peer: Peer) {
        if tell(Bye(reason: Farewell.replaced.rawValue), peer.routing) { tellNamesake(peer) }
    }

    private func tellNamesake(_ peer: Peer) {
        Log.warning("two processes have the same instance name", ["link": name, "instance": peer.instance])
        onNamesake(peer)
    }

    private func welcome(_ peer: Peer, _ hello: Hello, replyTo: ULID) {
        greeting = peer
        let fields = onHello(peer, hello)
        greeting = nil
        let welcome = Welcome(
            boot: source.boot,
            session: String(peer.number),
            heartbeatMs: Int(clamping: table.limits.heartbeat.milliseconds),
            leaseMs: Int(clamping: fields.lease.milliseconds),
            minor: min(hello.minor, minors.upperBound),
            keep: fields.keep,
            drop: fields.drop,
            instance: source.instance,
            version: Release.version
        )
        if send(welcome, to: peer, header: { $0.replyTo = replyTo }) {
            counters.session("up")
            onWelcomed(peer)
        } else {
            // Without it the peer can't know of the session; its next hello begins another.
            table.remove(peer)
            finish(PeerTable.Ended(peer: peer, reason: .silent))
        }
    }

    // MARK: Bad messages

    private func refuse(_ error: WireError, _ routing: RoutingID, replyTo: ULID?, _ now: Moment) {
        counters.refused(error.code.rawValue)
        let judgement = table.offenders.strike(routing, counts: error.code != .unknownKind, now: now)
        if judgement.answer {
            let body = ServiceError(code: error.code.rawValue, detail: error.detail, retryable: false)
            let peer = table.peer(routing)
            if let peer {
                send(body, to: peer, header: { $0.replyTo = replyTo })
            } else {
                tell(body, routing, replyTo: replyTo)
            }
        }
        if judgement.quarantined {
            counters.refused("quarantined")
            Log.warning("a peer is ignored for a minute", ["link": name, "reason": error.code.rawValue])
        }
    }
}
