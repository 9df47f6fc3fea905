internal import Loop
internal import Telemetry
public import Wire

/// Where a process shows its messages: an XPUB that connects to the tap's hub.
///
/// A side channel that loses rather than waits. The hub passes subscriptions on, so an unwatched process encodes
/// nothing: it looks at one set, which is empty. The hub is the only peer, which makes XPUB_NODROP the right choice:
/// a full queue is an error that can be counted here, and there is no other subscriber whom it could starve.
@BusLoop
public final class TapPoint {
    /// Who shows.
    public nonisolated let source: Source
    /// Records that were taken by the queue to the hub since boot.
    public private(set) var shown: UInt64 = 0
    /// Records that were dropped here since boot: the queue to the hub was full, or the record too large.
    public private(set) var dropped: UInt64 = 0

    /// How the connection to the hub stands, for people.
    public struct Standing: Sendable, Equatable {
        /// Whether the hub is connected.
        public var isUp = false
        /// Whether it ever was since boot.
        public var hasBeenUp = false
        /// Since when it is as it is, microseconds of the wall clock; nil while it never was otherwise.
        public var since: Int64?
        /// Whether anybody listens.
        public var isWatched = false
        /// Records that left since boot.
        public var shown: UInt64 = 0
        /// Records that were dropped here since boot.
        public var dropped: UInt64 = 0

        /// A hub that never was there.
        public init() {}
    }

    private let address: String
    private let keys: KeyRing
    private let context: Context
    private let redact: @BusLoop (Message) -> [UInt8]?
    var profile = Profile.tap
    private var socket: Socket?
    private var monitor: SocketMonitor?
    private var connection = Standing()
    private var prefixes: [[UInt8]: Int] = [:]
    private var topics: [Kind: Topics] = [:]
    private var counts: [[UInt8]: UInt64] = [:]

    private struct Topics {
        var header: [UInt8]?
        var payload: [UInt8]?
    }

    private static let records = Metrics.counter(.tapRecords)
    private static let drops = Metrics.counter(.tapDropped)

    static let maxPrefixes = 1_024
    static let maxPrefixBytes = 128

    /// A point that is not started yet.
    ///
    /// - Parameters:
    ///   - address: of the hub's XSUB.
    ///   - keys: the ring of this process; the hub has to prove the tap's key.
    ///   - source: who this process is.
    ///   - context: the ZeroMQ context.
    ///   - redact: makes of a message the payload that a tap may see (`Redaction`), or nil to hide it. Called only
    ///     while somebody asks for payloads.
    public init(
        to address: String,
        keys: KeyRing,
        source: Source,
        context: Context = .shared,
        redact: @escaping @BusLoop (Message) -> [UInt8]?
    ) {
        self.address = address
        self.keys = keys
        self.source = source
        self.context = context
        self.redact = redact
    }

    /// How the connection to the hub stands now.
    public var standing: Standing {
        var standing = connection
        (standing.isWatched, standing.shown, standing.dropped) = (isWatched, shown, dropped)
        return standing
    }

    private func happened(_ event: SocketMonitor.Event) {
        let isUp = event == .handshakeSucceeded
        guard isUp || event == .disconnected, isUp != connection.isUp else { return }
        connection.isUp = isUp
        connection.hasBeenUp = connection.hasBeenUp || isUp
        connection.since = wallClockMicroseconds()
    }

    /// Whether anybody listens, to anything.
    public var isWatched: Bool { !prefixes.isEmpty }

    /// Begins to connect, in the background. Errors: `.address`, `.keys`.
    public func start() throws(BusError) {
        guard socket == nil else { throw BusError(.closed, "the tap point was started before") }
        let socket = try Socket(.xpub, in: context)
        try socket.configure(profile)
        try socket.refuseWhenFull()
        try socket.secureAsClient(keys, serverKey: keys.publicKey(of: .tap))
        monitor = try SocketMonitor(socket) { [weak self] in self?.happened($0) }
        try socket.connect(address)
        socket.onReadable { [weak self] in self?.drainSubscriptions() }
        self.socket = socket
    }

    /// Stops showing.
    public func close() {
        monitor?.close()
        socket?.close()
        prefixes = [:]
        topics = [:]
    }

    /// Shows a message to whoever listens. Never waits; nobody listening costs one look.
    func offer(_ message: Message, _ direction: TapRecord.Direction, link: String) {
        guard !prefixes.isEmpty else { return }
        let topics = topics(of: message.header.kind)
        if let topic = topics.header { show(message, direction, link, topic, payload: nil) }
        if let topic = topics.payload { show(message, direction, link, topic, payload: redact(message)) }
    }

    // MARK: Records

    private func show(
        _ message: Message,
        _ direction: TapRecord.Direction,
        _ link: String,
        _ topic: [UInt8],
        payload: [UInt8]?
    ) {
        let count = counts[topic, default: 0] &+ 1
        counts[topic] = count
        let record = TapRecord(
            direction: direction,
            link: link,
            count: count,
            dropped: dropped,
            payloadBytes: message.payload.count,
            attachmentBytes: message.attachments.reduce(0) { $0 + $1.count },
            header: message.headerBytes,
            payload: payload
        )
        var envelope = Envelope(kind: TapRecord.kind, source: source)
        envelope.sequence = shown &+ 1
        if let frame = try? Message(header: envelope, body: record).encodeFirstFrame(),
            frame.count <= profile.maxFrameBytes,
            (try? socket?.send([topic, frame])) == .accepted
        {
            shown &+= 1
            Self.records.add()
        } else {
            dropped &+= 1
            Self.drops.add()
        }
    }

    // MARK: Subscriptions

    /// A subscription is one byte (1 asks, 0 takes back) and a topic's beginning.
    private func drainSubscriptions() {
        guard let socket else { return }
        for _ in 0..<Socket.messagesPerTurn {
            guard socket.isOpen, let received = try? socket.receive(ReceiveLimits()) else { return }
            guard let frame = received.frames.first, let verb = frame.first else { continue }
            change(Array(frame.dropFirst()), by: verb == 1 ? 1 : verb == 0 ? -1 : 0)
        }
    }

    private func change(_ prefix: [UInt8], by amount: Int) {
        guard amount != 0, prefix.count <= Self.maxPrefixBytes else { return }
        let count = prefixes[prefix, default: 0] + amount
        if count > 0, prefixes[prefix] == nil, prefixes.count >= Self.maxPrefixes { return }
        prefixes[prefix] = count > 0 ? count : nil
        topics = [:]
    }

    /// The topics of a kind that somebody asks for, remembered until the subscriptions change.
    private func topics(of kind: Kind) -> Topics {
        if let known = topics[kind] { return known }
        let found = Topics(
            header: subscribed(TapRecord.topic(service: source.service, kind: kind, withPayload: false)),
            payload: subscribed(TapRecord.topic(service: source.service, kind: kind, withPayload: true))
        )
        // Kinds come from this build's table: what is unknown was refused before.
        topics[kind] = found
        return found
    }

    private func subscribed(_ topic: String) -> [UInt8]? {
        let bytes = Array(topic.utf8)
        return prefixes.keys.contains { bytes.starts(with: $0) } ? bytes : nil
    }
}
