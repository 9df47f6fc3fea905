import Loop
import Testing
import Wire

@testable import Bus

/// Waits on the bus's own thread, which goes on working, until the condition holds.
@BusLoop
func until(_ what: String, within limit: Duration = .seconds(20), _ condition: @BusLoop () throws -> Bool) async throws
{
    let deadline = Moment.now + limit
    while try !condition() {
        guard Moment.now < deadline else { throw BusError(.timeout, "not within \(limit): \(what)") }
        await pause(.milliseconds(2))
    }
}

/// Lets the loop go on for that long; for what must *not* happen.
@BusLoop
func pause(_ time: Duration) async {
    await withCheckedContinuation { continuation in
        BusLoop.after(time) { continuation.resume() }
    }
}

/// Keys for every role, names that no other test has, and short heartbeats.
@BusLoop
final class Stage {
    let rings: [Role: KeyRing]
    let name: String
    let context: Context
    var servers: [Server] = []
    var links: [Link] = []

    private static var lastNumber = 0

    init(_ name: String = "control", context: Context = .shared) throws {
        rings = try KeyRing.inMemory()
        Self.lastNumber += 1
        self.name = "\(name)-\(Self.lastNumber)"
        self.context = context
    }

    func ring(_ role: Role) throws -> KeyRing { try #require(rings[role]) }

    func source(_ role: Role, instance: String = "one", boot: String = "b1") -> Source {
        Source(service: role.rawValue, instance: instance, boot: boot)
    }

    func server(
        address: String = "tcp://127.0.0.1:0",
        role: Role = .gateway,
        boot: String = "g1",
        admits: Set<Role> = [.imageWorker, .healthMonitor, .operator],
        profile: Profile = .control,
        heartbeat: Duration = .seconds(2),
        tap: TapPoint? = nil
    ) throws -> Server {
        var limits = PeerTable.Limits()
        limits.heartbeat = heartbeat
        let server = Server(
            name: name,
            address: address,
            keys: try ring(role),
            source: source(role, boot: boot),
            admits: admits,
            profile: profile,
            tap: tap,
            context: context,
            limits: limits
        )
        servers.append(server)
        return server
    }

    func link(
        to server: Server,
        role: Role = .imageWorker,
        instance: String = "one",
        boot: String = "b1",
        profile: Profile = .control,
        heartbeat: Duration = .seconds(2),
        holding: [Holding] = []
    ) throws -> Link {
        var limits = LinkMachine.Limits()
        limits.heartbeat = heartbeat
        var quick = profile
        quick.reconnectAfter = .milliseconds(20)
        quick.reconnectAtMost = .milliseconds(50)
        let hello = hello(role, instance: instance, boot: boot, holding: holding)
        let link = Link(
            name: name,
            to: server.address,
            serverRole: .gateway,
            keys: try ring(role),
            source: source(role, instance: instance, boot: boot),
            profile: quick,
            tap: nil,
            context: context,
            limits: limits,
            hello: { hello }
        )
        links.append(link)
        return link
    }

    func hello(
        _ role: Role,
        instance: String = "one",
        boot: String = "b1",
        holding: [Holding] = []
    ) -> Hello {
        Hello(
            instance: instance,
            boot: boot,
            role: role,
            version: "test",
            minor: 0,
            slots: 1,
            holding: holding
        )
    }

    func raw(to server: Server, role: Role = .imageWorker, profile: Profile = .control) throws -> RawDealer {
        try RawDealer(
            to: server.address,
            keys: try ring(role),
            serverKey: ring(.gateway).own.publicKey,
            source: source(role),
            profile: profile,
            context: context
        )
    }

    func end() {
        for link in links { link.close() }
        for server in servers { server.close() }
    }
}

/// A client that keeps no rules: says what it likes, reads when it likes.
@BusLoop
final class RawDealer {
    let socket: Socket
    let source: Source
    private(set) var events: [SocketMonitor.Event] = []
    private(set) var messages: [Message] = []
    private var monitor: SocketMonitor?
    private var sequence: UInt64 = 0

    init(
        to address: String,
        keys: KeyRing?,
        serverKey: String,
        source: Source,
        profile: Profile = .control,
        context: Context
    ) throws {
        self.source = source
        socket = try Socket(.dealer, in: context)
        try socket.configure(profile)
        if let keys { try socket.secureAsClient(keys, serverKey: serverKey) }
        monitor = try SocketMonitor(socket) { [weak self] in self?.events.append($0) }
        try socket.connect(address)
    }

    func startReading() {
        socket.onReadable { [weak self] in self?.read() }
    }

    private func read() {
        while let received = try? socket.receive(ReceiveLimits()), let first = received.frames.first {
            if let message = try? Message(firstFrame: first) { messages.append(message) }
        }
    }

    func connected() async throws {
        try await until("the handshake") { events.contains(.handshakeSucceeded) }
    }

    @discardableResult
    func say(_ body: some Body, attachments: [[UInt8]] = []) throws -> Bool {
        sequence += 1
        var envelope = Envelope(kind: type(of: body).kind, source: source)
        envelope.sequence = sequence
        let frame = try Message(header: envelope, body: body, attachments: attachments).encodeFirstFrame()
        return try socket.send([frame] + attachments) == .accepted
    }

    /// A message with nothing in it, of any kind.
    func say(kind: String, sequence: UInt64) throws {
        var envelope = Envelope(kind: Kind(rawValue: kind), source: source)
        envelope.sequence = sequence
        _ = try socket.send([Message(header: envelope, payload: []).encodeFirstFrame()])
    }

    func heard(_ kind: Kind) -> Int { messages.count { $0.header.kind == kind } }

    func close() {
        monitor?.close()
        socket.close()
    }
}
