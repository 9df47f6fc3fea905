internal import Loop
internal import Telemetry
public import Wire

/// The side of a conversation that connects: a DEALER with a session at one ``Server``.
///
/// It greets at each connection, keeps the session alive and begins it anew whenever it is in doubt; see
/// ``LinkMachine``. Nothing queued survives: messages are taken only while the session is up, and whatever must
/// arrive is sent again after the next ``onWelcome``.
///
/// Set the callbacks, then ``start()``. They run on the bus's thread and must not wait.
@BusLoop
public final class Link {
    /// The link's name in metrics, logs and the tap: `jobs`, `control`, `audit`.
    public nonisolated let name: String
    /// Where the server is.
    public nonisolated let address: String
    /// Who this process is.
    public nonisolated let source: Source

    /// The session is open. A welcome without an ``onDown`` before it begins a new session all the same.
    public var onWelcome: @BusLoop (Welcome) -> Void = { _ in }
    /// A message of the server's, of a kind that its role may send. The payload is not checked yet.
    public var onMessage: @BusLoop (Message) -> Void = { _ in }
    /// The server did not take a message that was no question.
    public var onMessageRefused: @BusLoop (ServiceError) -> Void = { _ in }
    /// The session is over. The link goes on by itself.
    public var onDown: @BusLoop (DownReason) -> Void = { _ in }
    /// The server refuses a session: its error says what the operator can do. The link goes on asking.
    public var onRefusal: @BusLoop (ServiceError) -> Void = { _ in }
    /// The server takes nothing new.
    public var onDrain: @BusLoop (String) -> Void = { _ in }
    /// The server's heartbeat, for display.
    public var onHeartbeat: @BusLoop (Source, Heartbeat) -> Void = { _, _ in }
    /// What heartbeats say about this side.
    public var load: @BusLoop () -> Load = { Load() }

    let hello: @BusLoop () -> Hello
    let serverRole: Role
    let keys: KeyRing
    let profile: Profile
    let context: Context
    let tap: TapPoint?
    let questions = Questions()
    nonisolated let counters: BusCounters
    var machine: LinkMachine
    var offenders = Offenders()
    var socket: Socket?
    var beat: (id: String, at: Moment)?
    private var monitor: SocketMonitor?
    private var timer: Loop.Timer?
    private var due: Moment?

    /// A link that is not started yet.
    ///
    /// - Parameters:
    ///   - name: the link's name; its profile goes by it unless one is given.
    ///   - address: the server's, `tcp://host:port`.
    ///   - serverRole: the role whose key the server has to prove.
    ///   - keys: the ring of this process.
    ///   - source: who this process is.
    ///   - profile: socket options.
    ///   - tap: where messages are shown.
    ///   - context: the ZeroMQ context; tests give their own.
    ///   - hello: makes the hello anew for each session, with what is held at that moment.
    public convenience init(
        name: String,
        to address: String,
        serverRole: Role,
        keys: KeyRing,
        source: Source,
        profile: Profile? = nil,
        tap: TapPoint? = nil,
        context: Context = .shared,
        hello: @escaping @BusLoop () -> Hello
    ) {
        self.init(
            name: name,
            to: address,
            serverRole: serverRole,
            keys: keys,
            source: source,
            profile: profile,
            tap: tap,
            context: context,
            limits: LinkMachine.Limits(),
            hello: hello
        )
    }

    init(
        name: String,
        to address: String,
        serverRole: Role,
        keys: KeyRing,
        source: Source,
        profile: Profile?,
        tap: TapPoint?,
        context: Context,
        limits: LinkMachine.Limits,
        hello: @escaping @BusLoop () -> Hello
    ) {
        self.name = name
        self.address = address
        self.serverRole = serverRole
        self.keys = keys
        self.source = source
        self.profile = profile ?? .named(name)
        self.tap = tap
        self.context = context
        self.hello = hello
        counters = BusCounters(link: name)
        machine = LinkMachine(limits, now: .now)
    }

    /// Whether the session is open.
    public var isUp: Bool { machine.isUp }

    /// Begins to connect, in the background and for as long as the link is open. Errors: `.address`, `.keys`.
    public func start() throws(BusError) {
        guard socket == nil, machine.state != .closed else {
            throw BusError(.closed, "link \(name) was started before")
        }
        let socket = try Socket(.dealer, in: context)
        try socket.configure(profile)
        try socket.secureAsClient(keys, serverKey: keys.publicKey(of: serverRole))
        let monitor = try SocketMonitor(socket) { [weak self] in self?.happened($0) }
        try socket.connect(address)
        socket.onReadable { [weak self] in self?.drainSocket() }
        self.socket = socket
        self.monitor = monitor
        schedule()
    }

    /// Tells the server that this side takes nothing new; the session stays open for what is under way.
    public func drain(reason: String = Farewell.term.rawValue) { send(Drain(reason: reason)) }

    /// Ends the session on this side and greets again, so that the server tells its state anew: for one who finds a
    /// gap in what it was told. Does nothing while no session is open.
    public func renew() { perform(machine.renew(now: .now)) }

    /// Says goodbye and closes the socket; what is queued gets up to a second to leave
    /// (``Context/shutdown()`` waits for it).
    public func close(reason: String = Farewell.term.rawValue) {
        guard machine.state != .closed else { return }
        send(Bye(reason: reason))
        perform(machine.close())
        questions.fail(BusError(.closed, "link \(name) was closed"))
        if let timer { BusLoop.loop.cancel(timer) }
        monitor?.close()
        socket?.close(linger: .seconds(1))
    }

    // MARK: The machine's inputs and actions

    private func happened(_ event: SocketMonitor.Event) {
        switch event {
        case .handshakeSucceeded: perform(machine.connected(spread: .random(in: 0...1), now: .now))
        case .disconnected:
            // What came over the connection before it broke counts still: a goodbye, above all. Some of it may be
            // lost: with ZMQ_IMMEDIATE libzmq also drops what it had received and we had not read.
            drainSocket()
            perform(machine.disconnected())
        case .refused(let code):
            Log.warning("the server refuses our key", ["link": name, "status": Int(code)])
            counters.session("key_refused")
        case .handshakeFailed:
            Log.warning("the server did not prove its key", ["link": name, "address": address])
            counters.session("server_unproven")
        }
    }

    func perform(_ actions: [LinkMachine.Action]) {
        for action in actions {
            switch action {
            case .hello: greet()
            case .heartbeat: sendHeartbeat()
            case .down(let reason): wentDown(reason)
            case .lost(let count): counters.lost.add(count)
            // The two that come with a message are carried out by who has it.
            case .up, .deliver: break
            }
        }
        schedule()
    }

    private func wentDown(_ reason: DownReason) {
        counters.session(reason.description)
        Log.info("link down", ["link": name, "reason": reason.description])
        questions.fail(BusError(.down, "link \(name) went down: \(reason)"))
        onDown(reason)
    }

    private func schedule() {
        guard machine.state != .closed, socket != nil else { return }
        let now = Moment.now
        let next = machine.nextTick(now: now)
        // Ticks come at regular intervals unless the machine wants one sooner.
        if let due, due <= next, due > now { return }
        if let timer { BusLoop.loop.cancel(timer) }
        due = next
        timer = BusLoop.after(next - now) { [weak self] in
            guard let self else { return }
            due = nil
            perform(machine.tick(.now))
        }
    }
}
