import Bus
import JSON
import Loop
import Support
import Synchronization
import Wire

@testable import Tap

/// What a follower wrote, kept.
final class MemorySink: Sink {
    private struct Kept {
        var bytes: [UInt8] = []
        var notes: [String] = []
        var isHungUp = false
    }

    private let kept = Mutex(Kept())

    func write(_ bytes: [UInt8]) -> Bool {
        kept.withLock {
            $0.bytes += bytes
            return !$0.isHungUp
        }
    }

    func note(_ text: String) { kept.withLock { $0.notes.append(text) } }

    /// As if `head` had ended.
    func hangUp() { kept.withLock { $0.isHungUp = true } }

    var bytes: [UInt8] { kept.withLock { $0.bytes } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map(String.init) }
    var notes: [String] { kept.withLock { $0.notes } }
}

/// An exit code, once there is one.
final class Code: Sendable {
    private let code = Mutex(Int32?.none)

    var value: Int32? { code.withLock { $0 } }

    func set(_ value: Int32) { code.withLock { $0 = value } }
}

/// A hub, a gateway with a server and a monitor with a link to it, both with tap points, all in this process.
final class Rig: Sendable {
    struct Tapped: Sendable {
        let follow: Follow
        let sink: MemorySink
        let code: Code
    }

    /// Of the tests that bind twice: no other connection's port is taken from here meanwhile.
    private static let addresses = ["tcp://127.0.0.2:0", "tcp://127.0.0.2:0"]

    /// Stands in every payload, in members that a tap must not show.
    static let canary = "sk-canary-7d1f0c"

    private let context = Context()
    private let rings: [Role: KeyRing]
    private let inside: Inside

    /// What lives on the bus's thread.
    @BusLoop
    private final class Inside {
        var hub: Hub
        var server: Server?
        var link: Link?
        var points: [TapPoint] = []
        var follows: [Follow] = []
        var answers = 0

        init(_ hub: Hub) { self.hub = hub }
    }

    var hub: Hub {
        get async { await inside.hub }
    }

    /// What a payload shows of a user's words.
    private let prompts: Redaction.Prompts

    init(prompts: Redaction.Prompts = .hash) async throws {
        self.prompts = prompts
        rings = try KeyRing.inMemory()
        inside = try await Inside(Self.hub(rings, context, Self.addresses))
        try await startServices()
        try await eventually("the session opens") { await isInSession }
    }

    @BusLoop
    private static func hub(_ rings: [Role: KeyRing], _ context: Context, _ addresses: [String]) async throws -> Hub {
        let hub = try Hub(inAddress: addresses[0], outAddress: addresses[1], keys: ring(rings, .tap), context: context)
        try await hub.start()
        return hub
    }

    @BusLoop private var isInSession: Bool { inside.link?.isUp == true && inside.server?.peers.isEmpty == false }

    private static func ring(_ rings: [Role: KeyRing], _ role: Role) throws -> KeyRing {
        guard let ring = rings[role] else { throw UsageError("no keys for \(role)") }
        return ring
    }

    @BusLoop
    private func point(_ role: Role, _ instance: String) throws -> TapPoint {
        let source = Source(service: role.rawValue, instance: instance, boot: "boot-\(instance)")
        let redaction = Redaction(prompts: prompts) { _ in [1, 2, 3, 4, 5, 6, 7, 8] }
        let point = TapPoint(
            to: inside.hub.inAddress,
            keys: try Self.ring(rings, role),
            source: source,
            context: context
        ) { redaction.redact($0) }
        try point.start()
        inside.points.append(point)
        return point
    }

    @BusLoop
    private func startServices() async throws {
        let gateway = try point(.gateway, "g1")
        let server = Server(
            name: "control",
            address: "tcp://127.0.0.1:0",
            keys: try Self.ring(rings, .gateway),
            source: gateway.source,
            admits: [.healthMonitor],
            tap: gateway,
            context: context
        )
        inside.server = server
        try await server.start()
        let monitor = try point(.healthMonitor, "m1")
        let link = Link(
            name: "control",
            to: server.address,
            serverRole: .gateway,
            keys: try Self.ring(rings, .healthMonitor),
            source: monitor.source,
            tap: monitor,
            context: context
        ) {
            Hello(instance: "m1", boot: "boot-m1", role: .healthMonitor, version: "test", minor: 0, slots: 0)
        }
        inside.link = link
        let inside = inside
        link.onMessage = { [weak link] message in
            guard message.header.kind == .healthPing else { return }
            let status = HealthStatus(
                connector: "con_1",
                outcome: "ok",
                latencyMs: 1,
                evidence: .active,
                since: 1,
                message: Rig.canary
            )
            link?.send(status) { $0.replyTo = message.header.id }
        }
        server.onMessage = { _, message in if message.header.kind == .healthStatus { inside.answers += 1 } }
        try link.start()
    }

    /// Sends that many pings, with a canary in their payloads, and waits until all are answered.
    func ping(_ count: Int) async throws {
        let goal = try await send(count)
        try await eventually("\(count) answers") { await inside.answers >= goal }
    }

    @BusLoop
    private func send(_ count: Int) throws -> Int {
        guard let server = inside.server, let peer = server.peers.first else {
            throw UsageError("no session")
        }
        for _ in 0..<count { server.send(SecretivePing(), to: peer) }
        return inside.answers + count
    }

    /// Sends something from the gateway to the monitor, whatever it makes of it.
    @BusLoop
    func say(_ body: some Body) throws {
        guard let server = inside.server, let peer = server.peers.first, server.send(body, to: peer) else {
            throw UsageError("not sent")
        }
    }

    func follow(_ arguments: String..., role: Role = .tap, awaitsEcho: Bool = true) async throws -> Tapped {
        try await follow(arguments: arguments, role: role, awaitsEcho: awaitsEcho)
    }

    func follow(
        arguments: [String],
        role: Role = .tap,
        hub: String? = nil,
        awaitsEcho: Bool = true
    ) async throws -> Tapped {
        let tapped = try await begin(arguments, role, hub)
        if awaitsEcho { try await eventually("subscribed") { await tapped.follow.isSubscribed } }
        return tapped
    }

    @BusLoop
    private func begin(_ arguments: [String], _ role: Role, _ hub: String?) throws -> Tapped {
        guard case .follow(let options) = try Command(arguments) else { throw UsageError("another command") }
        let (sink, code) = (MemorySink(), Code())
        let follow = try Follow(
            options,
            hub: hub ?? inside.hub.outAddress,
            keys: Self.ring(rings, role),
            sink: sink,
            format: LineFormat(ink: Ink(isColoured: false), timeOfDay: TimeOfDay.universal),
            context: context
        )
        follow.onEnd = { code.set($0) }
        try follow.start()
        inside.follows.append(follow)
        return Tapped(follow: follow, sink: sink, code: code)
    }

    // MARK: Replays

    struct Replayed: Sendable {
        let replay: Replay
        let sink: MemorySink
        let code: Code
    }

    @BusLoop
    func replayHub() async throws -> Hub {
        let (keys, addresses) = (try Self.ring(rings, .tap), Self.addresses)
        let hub = try Hub(
            inAddress: addresses[0],
            outAddress: addresses[1],
            keys: keys,
            isReplay: true,
            context: context
        )
        try await hub.start()
        return hub
    }

    @BusLoop
    func replay(_ records: [Sighting], to address: String, _ arguments: String...) throws -> Replayed {
        let (sink, code) = (MemorySink(), Code())
        let options = try ReplayOptions(["x"] + arguments)
        let keys = try Self.ring(rings, .tap)
        let replay = try Replay(options, records, hub: address, keys: keys, sink: sink, context: context)
        replay.onEnd = { code.set($0) }
        try replay.start()
        return Replayed(replay: replay, sink: sink, code: code)
    }

    @BusLoop
    func restartHub() async throws {
        let addresses = [inside.hub.inAddress, inside.hub.outAddress]
        inside.hub = try await retrying(while: { ($0 as? BusError)?.code == .address }) {
            try await Self.hub(rings, context, addresses)
        }
    }

    @BusLoop
    func stop() {
        for follow in inside.follows { follow.interrupt() }
        inside.link?.close()
        inside.server?.close()
        for point in inside.points { point.close() }
        inside.hub.stop()
    }
}

/// A ping whose payload says more than it should.
struct SecretivePing: Body {
    static let kind = Kind.healthPing

    init() {}

    init(_ json: JSONValue) throws(WireError) {}

    func write(_ writer: inout JSONWriter) {
        writer.field("connector", "con_1")
        writer.field("api_key", Rig.canary)
    }
}
