internal import Loop

/// What a link does about its session: greets, beats, notices that the other side is gone, greets again.
///
/// Pure: it takes `now` and returns actions. Intuition: nothing is known about the server but what it has said over
/// the present connection. So each connection begins with a hello; only the welcome to it opens the session; and
/// whatever casts doubt on the session (the connection broke, silence, a challenge, a message of another boot) ends
/// it and begins with a hello again. There is no state in which a link waits for ever.
///
/// | state | meaning | leaves it by |
/// |---|---|---|
/// | idle | no connection | a handshake that succeeded, or any message |
/// | greeting | a hello is out, or due | the welcome; repeats itself with growing pauses |
/// | up | in session | disconnection, silence, challenge, another boot, goodbye |
/// | dismissed | another process has our name | time, or a new connection (the server may be a new one) |
/// | closed | over | – |
struct LinkMachine: Sendable {
    /// The numbers behind it.
    struct Limits: Sendable {
        var heartbeat: Duration = .seconds(2)
        /// Heartbeats that may be missed.
        var liveness = 3
        /// How long a hello waits for its welcome the first time; doubles up to `greetAtMost`.
        var greetAgain: Duration = .seconds(1)
        var greetAtMost: Duration = .seconds(5)
        /// How soon a hello that the socket refused is tried again.
        var greetRefused: Duration = .milliseconds(50)
        /// Peers of a restarted server spread their hellos over this time.
        var greetSpread: Duration = .milliseconds(100)
        var dismissal: Duration = .seconds(60)
    }

    /// What the link has to do.
    enum Action: Equatable {
        /// Send a hello, then tell ``helloSent(_:now:)`` whether it was accepted.
        case hello
        case heartbeat
        /// The session is open.
        case up
        case down(DownReason)
        /// Give the message that was heard to the owner.
        case deliver
        /// That many messages never arrived.
        case lost(Int)
    }

    /// What was heard, as far as the session goes.
    enum Heard: Equatable {
        case welcome(session: String, boot: String)
        case who
        case bye(reason: String)
        case other
    }

    enum State: Equatable {
        case idle
        case greeting(next: Moment, pause: Duration)
        case up(session: String, boot: String)
        case dismissed(until: Moment)
        case closed
    }

    private let limits: Limits
    private(set) var state: State = .idle
    private(set) var nextSequence: UInt64 = 1
    private var incoming = SequenceGauge(first: 0)
    private var lastHeard: Moment
    private var lastBeat: Moment
    private var helloAt: Moment?
    private var isHelloPostponed = false
    private var hasBeenUp = false
    private var stall: StallGuard

    init(_ limits: Limits = Limits(), now: Moment) {
        self.limits = limits
        lastHeard = now
        lastBeat = now
        stall = StallGuard(heartbeat: limits.heartbeat, now: now)
    }

    /// Whether the session is open.
    var isUp: Bool { if case .up = state { true } else { false } }

    /// Whether the last hello was accepted by the socket and has had time for its answer.
    private func helloIsOld(_ now: Moment) -> Bool { helloAt.map { now - $0 >= limits.greetAgain / 2 } ?? true }

    // MARK: Connection

    /// A handshake went through. `spread` is a random number from 0 to 1.
    mutating func connected(spread: Double, now: Moment) -> [Action] {
        if state == .closed { return [] }
        let actions = leave(.disconnected)
        guard hasBeenUp else { return actions + greet(now) }
        helloAt = nil
        state = .greeting(next: now + limits.greetSpread * spread, pause: limits.greetAgain)
        return actions
    }

    /// The connection is gone, and with it whatever was queued.
    mutating func disconnected() -> [Action] {
        switch state {
        case .closed, .dismissed: return []
        case .idle, .greeting, .up:
            let actions = leave(.disconnected)
            state = .idle
            return actions
        }
    }

    // MARK: Messages

    /// A message came from the process `boot`.
    mutating func heard(_ what: Heard, boot: String, sequence: UInt64, now: Moment) -> [Action] {
        switch state {
        case .closed, .dismissed: return []
        case .idle, .greeting: return heardBeforeWelcome(what, sequence: sequence, now: now)
        case .up(_, let serverBoot): return heardInSession(what, boot, serverBoot, sequence, now)
        }
    }

    private mutating func heardBeforeWelcome(_ what: Heard, sequence: UInt64, now: Moment) -> [Action] {
        switch what {
        case .welcome(let session, let boot): return open(session, boot, sequence, now)
        case .who: return helloIsOld(now) ? greet(now) : []
        case .bye(let reason): return dismiss(reason, now)
        // Left over from a session that is no longer: what it was about is taken up again after the welcome.
        case .other: return state == .idle ? greet(now) : []
        }
    }

    private mutating func heardInSession(
        _ what: Heard,
        _ boot: String,
        _ serverBoot: String,
        _ sequence: UInt64,
        _ now: Moment
    ) -> [Action] {
        switch what {
        case .welcome(let session, let boot): return open(session, boot, sequence, now)
        case .who: return leave(.challenged) + greet(now)
        case .bye(let reason): return dismiss(reason, now)
        case .other where boot != serverBoot: return leave(.restarted) + greet(now)
        case .other:
            lastHeard = now
            let lost = incoming.heard(sequence)
            return lost > 0 ? [.lost(lost), .deliver] : [.deliver]
        }
    }

    private mutating func open(_ session: String, _ boot: String, _ sequence: UInt64, _ now: Moment) -> [Action] {
        state = .up(session: session, boot: boot)
        incoming = SequenceGauge(first: sequence)
        lastHeard = now
        lastBeat = now
        hasBeenUp = true
        return [.up]
    }

    private mutating func dismiss(_ reason: String, _ now: Moment) -> [Action] {
        let actions = leave(.goodbye(reason))
        if reason == Farewell.replaced.rawValue {
            state = .dismissed(until: now + limits.dismissal)
        } else {
            // It closes its socket next. Should it not, a hello after a while finds out.
            state = .greeting(next: now + limits.greetAtMost, pause: limits.greetAtMost)
        }
        return actions
    }

    /// The owner doubts what it knows of the server's state and wants it told anew.
    mutating func renew(now: Moment) -> [Action] { isUp ? leave(.renewed) + greet(now) : [] }

    // MARK: Time

    /// Called at ``nextTick(now:)`` or before.
    mutating func tick(_ now: Moment) -> [Action] {
        lastHeard += stall.tick(now)
        switch state {
        case .idle, .closed: return []
        case .greeting(let next, let pause): return now >= next ? greetAgain(due: next, pause, now) : []
        case .dismissed(let until): return now >= until ? greet(now) : []
        case .up:
            if now - lastHeard > limits.heartbeat * limits.liveness { return leave(.silent) + greet(now) }
            guard now - lastBeat >= limits.heartbeat else { return [] }
            lastBeat = now
            return [.heartbeat]
        }
    }

    /// When ``tick(_:)`` wants to be called next: twice per heartbeat at least, so that a pause of the loop shows.
    func nextTick(now: Moment) -> Moment {
        let regular = now + limits.heartbeat / 2
        switch state {
        case .idle, .closed: return regular
        case .greeting(let next, _): return min(regular, next)
        case .dismissed(let until): return min(regular, until)
        case .up: return min(regular, lastBeat + limits.heartbeat)
        }
    }

    /// The longest pause between two ticks since the last call.
    mutating func takeLongestPause() -> Duration { stall.takeLongest() }

    // MARK: Sending

    /// Whether the socket took the hello.
    mutating func helloSent(_ accepted: Bool, now: Moment) {
        guard case .greeting(_, let pause) = state else { return }
        if accepted {
            nextSequence = 2
            helloAt = now
        } else {
            state = .greeting(next: now + limits.greetRefused, pause: pause)
        }
    }

    /// A message was accepted: its number is used up. One that was refused leaves no gap.
    mutating func sent() { nextSequence &+= 1 }

    /// The link is closed for good.
    mutating func close() -> [Action] {
        let actions = leave(.closed)
        state = .closed
        return actions
    }

    /// A tick that is late finds the mail unread, the welcome maybe among it: it waits a little, once.
    private mutating func greetAgain(due: Moment, _ pause: Duration, _ now: Moment) -> [Action] {
        let grace = limits.greetAgain / 4
        guard helloAt != nil, now - due > grace, !isHelloPostponed else { return greet(now) }
        isHelloPostponed = true
        state = .greeting(next: now + grace, pause: pause)
        return []
    }

    private mutating func greet(_ now: Moment) -> [Action] {
        var pause = limits.greetAgain
        if case .greeting(_, let former) = state { pause = min(former * 2, limits.greetAtMost) }
        state = .greeting(next: now + pause, pause: pause)
        nextSequence = 1
        helloAt = nil
        isHelloPostponed = false
        return [.hello]
    }

    private func leave(_ reason: DownReason) -> [Action] { isUp ? [.down(reason)] : [] }
}
