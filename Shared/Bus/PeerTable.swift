internal import Loop
internal import Wire

/// Who is in session at a server: decides who is known, who is challenged, who has gone.
///
/// Pure: it takes `now` and says what to do. A connection is a session, nothing queued survives it, and identity is
/// what the peer says in its hello (instance and boot), checked against every message's source afterwards. A message
/// from anyone else is answered by a challenge, never by silence: a server that restarted knows nobody, and its peers
/// find out with their next message.
struct PeerTable: Sendable {
    /// The numbers behind it.
    struct Limits: Sendable {
        var heartbeat: Duration = .seconds(2)
        /// Heartbeats that may be missed.
        var liveness = 3
        var peers = 4_096
        /// Whether processes of one instance name are served side by side; otherwise the newest takes the name.
        var sharesNames = false
        /// Connections that were challenged and have not answered yet.
        var strangers = 1_024
        var challengeEvery: Duration = .milliseconds(500)
        /// Replaced processes that are remembered, so that two of one name don't throw each other out in turns.
        var replaced = 256
        var offenders = Offenders.Limits()
    }

    /// Who says what, from where.
    struct Sender: Sendable {
        var routing: RoutingID
        var role: Role
        var service: String
        var instance: String
        var boot: String
    }

    enum Verdict: Equatable {
        /// From a peer in session; that many messages before it were lost.
        case deliver(Peer, lost: Int)
        /// Answer `service.who`.
        case challenge
        case ignore
    }

    enum Admission: Equatable {
        /// Welcome it. `ended` are the sessions that this one puts an end to; `namesakes` are other processes' of the
        /// same name that may have ended without a word.
        case welcome(Peer, ended: [Ended], namesakes: [Peer] = [])
        /// Another process has taken its name already: answer `service.bye` with `replaced`.
        case dismiss
        /// No room.
        case full
    }

    struct Ended: Equatable {
        let peer: Peer
        let reason: GoneReason
    }

    private struct Session {
        let peer: Peer
        var heard: Moment
        var probed: Moment?
        var incoming: SequenceGauge
        var nextOutgoing: UInt64 = 1
    }

    let limits: Limits
    private var sessions: [RoutingID: Session] = [:]
    /// By role and instance: a role can't take the place of another's peers.
    private var byName: [String: Set<RoutingID>] = [:]
    /// Sessions of a name that another process has taken too; the next message proves that both live.
    private var doubted: Set<RoutingID> = []
    private var challenged: [RoutingID: Moment] = [:]
    private var replaced: [String] = []
    private var lastNumber: UInt64 = 0
    private var stall: StallGuard
    var offenders: Offenders

    init(_ limits: Limits = Limits(), now: Moment) {
        self.limits = limits
        offenders = Offenders(limits.offenders)
        stall = StallGuard(heartbeat: limits.heartbeat, now: now)
    }

    /// The peers in session, in no order.
    var peers: [Peer] { sessions.values.map(\.peer) }
    var count: Int { sessions.count }

    // MARK: Messages

    /// Judges a message other than a hello.
    mutating func heard(_ sender: Sender, sequence: UInt64, now: Moment) -> Verdict {
        guard var session = sessions[sender.routing], session.peer.boot == sender.boot,
            session.peer.instance == sender.instance, session.peer.role == sender.role
        else { return challenge(sender.routing, now: now) }
        let lost = session.incoming.heard(sequence)
        session.heard = now
        sessions[sender.routing] = session
        return .deliver(session.peer, lost: lost)
    }

    private mutating func challenge(_ routing: RoutingID, now: Moment) -> Verdict {
        if let last = challenged[routing], now - last < limits.challengeEvery { return .ignore }
        if challenged[routing] == nil, challenged.count >= limits.strangers {
            challenged = challenged.filter { now - $0.value < limits.challengeEvery }
            guard challenged.count < limits.strangers else { return .ignore }
        }
        challenged[routing] = now
        return .challenge
    }

    /// Judges a hello. Every one begins a session, also a repeated one.
    mutating func hello(_ sender: Sender, sequence: UInt64, now: Moment) -> Admission {
        let name = Self.name(sender.role, sender.instance)
        if replaced.contains(name + sender.boot) { return .dismiss }
        var ended: [Ended] = []
        if let session = sessions[sender.routing] {
            ended.append(end(session, reason: reason(session, sender)))
        }
        var namesakes: [Peer] = []
        for former in byName[name] ?? [] {
            guard let session = sessions[former] else { continue }
            if limits.sharesNames, session.peer.boot != sender.boot {
                namesakes.append(session.peer)
                doubted.insert(former)
            } else {
                ended.append(end(session, reason: reason(session, sender)))
            }
        }
        guard sessions.count < limits.peers else { return .full }
        for gone in ended where gone.reason == .replaced { remember(gone.peer) }
        lastNumber += 1
        let peer = Peer(
            service: sender.service,
            instance: sender.instance,
            boot: sender.boot,
            role: sender.role,
            number: lastNumber,
            routing: sender.routing
        )
        sessions[sender.routing] = Session(peer: peer, heard: now, incoming: SequenceGauge(first: sequence))
        byName[name, default: []].insert(sender.routing)
        challenged[sender.routing] = nil
        return .welcome(peer, ended: ended, namesakes: namesakes)
    }

    /// Whether a message of this peer's proves that two processes have its name; said once for each newcomer.
    mutating func provesNamesake(_ peer: Peer) -> Bool {
        !doubted.isEmpty && isInSession(peer) && doubted.remove(peer.routing) != nil
    }

    /// Whether another process of the same name is in session.
    func hasNamesake(_ peer: Peer) -> Bool {
        (byName[Self.name(peer.role, peer.instance)] ?? []).contains { $0 != peer.routing }
    }

    private func reason(_ session: Session, _ sender: Sender) -> GoneReason {
        session.peer.instance == sender.instance && session.peer.boot == sender.boot ? .renewed : .replaced
    }

    private mutating func remember(_ peer: Peer) {
        if replaced.count >= limits.replaced { replaced.removeFirst() }
        replaced.append(Self.name(peer.role, peer.instance) + peer.boot)
    }

    private static func name(_ role: Role, _ instance: String) -> String { "\(role.rawValue)\u{0}\(instance)\u{0}" }

    // MARK: Ends

    /// The peer said goodbye.
    mutating func bye(_ peer: Peer) { remove(peer) }

    /// Takes the peer out of the table; one that is not in it is ignored.
    mutating func remove(_ peer: Peer) {
        guard let session = sessions[peer.routing], session.peer == peer else { return }
        _ = end(session, reason: .left)
    }

    private mutating func end(_ session: Session, reason: GoneReason) -> Ended {
        let peer = session.peer
        sessions[peer.routing] = nil
        let name = Self.name(peer.role, peer.instance)
        byName[name]?.remove(peer.routing)
        if byName[name]?.isEmpty == true { byName[name] = nil }
        doubted.remove(peer.routing)
        return Ended(peer: peer, reason: reason)
    }

    /// Ends the sessions that have been silent for too long.
    mutating func tick(_ now: Moment) -> [Ended] {
        let pause = stall.tick(now)
        if pause > .zero {
            for routing in sessions.keys { sessions[routing]?.heard += pause }
        }
        offenders.tick(now)
        challenged = challenged.filter { now - $0.value < limits.challengeEvery }
        let patience = limits.heartbeat * limits.liveness
        let silent = sessions.values.filter { now - $0.heard > patience }
        return silent.map { end($0, reason: .silent) }
    }

    /// The peers that should have been heard by now. A message to one whose connection is closed is refused, which is
    /// the only way in which libzmq tells; so each is due for one, every half heartbeat.
    mutating func quiet(_ now: Moment) -> [Peer] {
        let patience = limits.heartbeat + limits.heartbeat / 4
        var quiet: [Peer] = []
        for (routing, session) in sessions where now - session.heard > patience {
            if let probed = session.probed, now - probed < limits.heartbeat / 2 { continue }
            sessions[routing]?.probed = now
            quiet.append(session.peer)
        }
        return quiet
    }

    /// The longest pause between two ticks since the last call.
    mutating func takeLongestPause() -> Duration { stall.takeLongest() }

    // MARK: Sending

    func peer(_ routing: RoutingID) -> Peer? { sessions[routing]?.peer }

    func isInSession(_ peer: Peer) -> Bool { sessions[peer.routing]?.peer == peer }

    /// The number that the next message to this peer bears, or nil when its session is over.
    func nextSequence(_ peer: Peer) -> UInt64? {
        guard let session = sessions[peer.routing], session.peer == peer else { return nil }
        return session.nextOutgoing
    }

    /// The message was accepted: its number is used up. One that was refused leaves no gap.
    mutating func sent(_ peer: Peer) { sessions[peer.routing]?.nextOutgoing += 1 }
}
