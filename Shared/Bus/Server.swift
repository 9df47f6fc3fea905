internal import Loop
internal import Telemetry
public import Wire

/// The side of a conversation that binds: a ROUTER with sessions.
///
/// Who has the stable name binds; the others connect a ``Link``. A session begins with a peer's hello and ends when
/// it says goodbye, falls silent, is replaced or says hello again. Nothing queued survives a session: what has to is
/// sent again by its owner, in answer to the next hello.
///
/// Set the callbacks, then ``start()``. They run on the bus's thread and must not wait.
@BusLoop
public final class Server {
    /// The link's name in metrics, logs and the tap: `jobs`, `control`, `audit`.
    public nonisolated let name: String
    /// Who this process is.
    public nonisolated let source: Source
    /// Where it listens; the real port once started.
    public internal(set) var address: String

    /// A peer begins a session. Returns what its welcome says. Messages to the peer can be sent from ``onWelcomed``
    /// on, since a peer ignores what comes before its welcome.
    public var onHello: @BusLoop (Peer, Hello) -> WelcomeFields = { _, _ in WelcomeFields() }
    /// The welcome is on its way; whatever is sent now comes behind it.
    public var onWelcomed: @BusLoop (Peer) -> Void = { _ in }
    /// A message of a peer in session, of a kind that its role may send. The payload is not checked yet.
    public var onMessage: @BusLoop (Peer, Message) -> Void = { _, _ in }
    /// A session ended. Comes once for each peer, before the hello of the one that takes its place.
    public var onGone: @BusLoop (Peer, GoneReason) -> Void = { _, _ in }
    /// Another process has this peer's instance name, and both live: a mistake of the operator's. It is logged already.
    public var onNamesake: @BusLoop (Peer) -> Void = { _ in }
    /// A peer takes nothing new and finishes what it has.
    public var onDrain: @BusLoop (Peer, String) -> Void = { _, _ in }
    /// A peer's heartbeat, for display; it has been answered already.
    public var onHeartbeat: @BusLoop (Peer, Heartbeat) -> Void = { _, _ in }
    /// What the answers to heartbeats say about this side.
    public var load: @BusLoop () -> Load = { Load() }

    let keys: KeyRing
    let admits: Set<Role>
    let profile: Profile
    let context: Context
    let tap: TapPoint?
    let questions = Questions()
    nonisolated let counters: BusCounters
    var table: PeerTable
    /// The minor versions that this side speaks.
    var minors = Envelope.lowestMinor...Envelope.currentMinor
    var socket: Socket?
    /// The peer whose hello is being answered: its welcome has to be first.
    var greeting: Peer?
    private(set) var domain = ""
    private var tick: Loop.Timer?
    private var isClosed = false

    /// A server that is not started yet.
    ///
    /// - Parameters:
    ///   - name: the link's name; its profile goes by it unless one is given.
    ///   - address: where to listen, `tcp://host:port`; port 0 lets the system choose.
    ///   - keys: the ring of this process.
    ///   - source: who this process is.
    ///   - admits: the roles whose keys are let in.
    ///   - sharesNames: whether processes of one instance name are served side by side; otherwise the newest one takes
    ///     the place of the others.
    ///   - profile: socket options.
    ///   - tap: where messages are shown.
    ///   - context: the ZeroMQ context; tests give their own.
    public convenience init(
        name: String,
        address: String,
        keys: KeyRing,
        source: Source,
        admits: Set<Role>,
        sharesNames: Bool = false,
        profile: Profile? = nil,
        tap: TapPoint? = nil,
        context: Context = .shared
    ) {
        var limits = PeerTable.Limits()
        limits.sharesNames = sharesNames
        self.init(
            name: name,
            address: address,
            keys: keys,
            source: source,
            admits: admits,
            profile: profile,
            tap: tap,
            context: context,
            limits: limits
        )
    }

    init(
        name: String,
        address: String,
        keys: KeyRing,
        source: Source,
        admits: Set<Role>,
        profile: Profile?,
        tap: TapPoint?,
        context: Context,
        limits: PeerTable.Limits
    ) {
        self.name = name
        self.address = address
        self.keys = keys
        self.source = source
        self.admits = admits
        self.profile = profile ?? .named(name)
        self.tap = tap
        self.context = context
        counters = BusCounters(link: name)
        table = PeerTable(limits, now: .now)
    }

    /// The peers in session, in no order.
    public var peers: [Peer] { table.peers }

    /// The instance names that more than one process in session has, sorted.
    public var sharedNames: [String] { Set(table.peers.filter(table.hasNamesake).map(\.instance)).sorted() }

    /// Binds, proves that strangers are kept out, and only then listens to the first message.
    ///
    /// Errors: `.address`, `.keys`, `.gate` when the gate is open; the service must then end (exit code 78).
    public func start() async throws(BusError) {
        guard socket == nil, !isClosed else { throw BusError(.closed, "server \(name) was started before") }
        guard address.hasPrefix("tcp://") else {
            throw BusError(
                .address,
                "\(address): a server listens on tcp://, the only transport that CURVE protects here"
            )
        }
        let socket = try Socket(.router, in: context)
        self.socket = socket
        do throws(BusError) {
            try await open(socket)
        } catch {
            close()
            throw error
        }
    }

    private func open(_ socket: Socket) async throws(BusError) {
        domain = context.uniqueDomain(name)
        let gatekeeper = try Gatekeeper.of(context)
        gatekeeper.open(domain, to: admits, keys: keys)
        try socket.configure(profile)
        try socket.secureAsServer(keys, domain: domain)
        address = try socket.bind(address)
        try await Gatekeeper.selfTest(address, serverKey: keys.own.publicKey, context: context)
        guard socket.isOpen else { throw BusError(.closed, "server \(name) was closed while it started") }
        socket.onReadable { [weak self] in self?.drainSocket() }
        scheduleTick()
        Log.info("listening", ["link": name, "address": address])
    }

    /// Tells every peer to expect nothing new from this side.
    public func drain(reason: String = Farewell.term.rawValue) {
        for peer in table.peers { send(Drain(reason: reason), to: peer) }
    }

    /// Says goodbye to all and closes the socket; what is queued gets up to a second to leave
    /// (``Context/shutdown()`` waits for it). No `onGone` follows.
    public func close(reason: String = Farewell.term.rawValue) {
        guard !isClosed else { return }
        isClosed = true
        for peer in table.peers { send(Bye(reason: reason), to: peer) }
        for peer in table.peers { table.remove(peer) }
        questions.fail(BusError(.closed, "server \(name) was closed"))
        if let tick { BusLoop.loop.cancel(tick) }
        context.gatekeeper?.close(domain)
        socket?.close(linger: .seconds(1))
    }

    // MARK: Time

    private func scheduleTick() {
        guard !isClosed else { return }
        tick = BusLoop.after(table.limits.heartbeat / 4) { [weak self] in
            guard let self else { return }
            for ended in table.tick(.now) { finish(ended) }
            for peer in table.quiet(.now) where !reaches(peer) {
                table.remove(peer)
                finish(PeerTable.Ended(peer: peer, reason: .disconnected))
            }
            scheduleTick()
        }
    }

    /// Whether the peer's connection stands, as far as libzmq knows: one whose queue is full does.
    func reaches(_ peer: Peer) -> Bool {
        do throws(BusError) {
            try transmit(heartbeat(echo: nil), to: peer)
            return true
        } catch {
            return error.code != .down
        }
    }

    /// Tells the owner that a session ended, and those who wait for its peer.
    func finish(_ ended: PeerTable.Ended) {
        counters.session(ended.reason.rawValue)
        questions.fail(BusError(.down, "the peer is gone: \(ended.reason.rawValue)"), of: ended.peer)
        onGone(ended.peer, ended.reason)
    }

    /// A sign of life, mostly in answer to a peer's.
    func heartbeat(echo: String?) -> Heartbeat {
        let load = load()
        return Heartbeat(
            load: load.busy,
            residentBytes: ProcessFigures.residentBytes,
            queue: load.queue,
            tapDropped: tap?.dropped ?? 0,
            tickGapMs: Int(clamping: table.takeLongestPause().milliseconds),
            echo: echo,
            facts: load.facts
        )
    }
}

/// What a server says to a peer that it welcomes.
public struct WelcomeFields: Sendable, Equatable {
    /// How long a lease lasts without renewal.
    public var lease: Duration
    /// Jobs of the hello's `holding` that are still the peer's.
    public var keep: [String]
    /// Jobs of the hello's `holding` to stop and forget.
    public var drop: [String]

    /// Fields; nothing kept or dropped unless said otherwise.
    public init(lease: Duration = .seconds(30), keep: [String] = [], drop: [String] = []) {
        self.lease = lease
        self.keep = keep
        self.drop = drop
    }
}
