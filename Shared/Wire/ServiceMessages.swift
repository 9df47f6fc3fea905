public import JSON

/// The first message on every connection, and the answer to `Who`.
///
/// The role is only what the peer says: the gatekeeper knows it from the key.
public struct Hello: Body, Hashable {
    /// `service.hello`.
    public static let kind = Kind.serviceHello

    /// Which process of the service, kept across restarts.
    public var instance: String
    /// Random for each start.
    public var boot: String
    /// What it is.
    public var role: Role
    /// The build, for people.
    public var version: String
    /// The highest minor version that it speaks.
    public var minor: Int
    /// What it can do beyond the minor version.
    public var capabilities: [String]
    /// How many jobs it takes at once; 0 when none.
    public var slots: Int
    /// The jobs that it still works on or has results of.
    public var holding: [Holding]
    /// Its boot's X25519 public key for sealed boxes, base64.
    public var sealingKey: String?

    /// Makes a body; see the properties.
    public init(
        instance: String,
        boot: String,
        role: Role,
        version: String,
        minor: Int,
        capabilities: [String] = [],
        slots: Int,
        holding: [Holding] = [],
        sealingKey: String? = nil
    ) {
        self.instance = instance
        self.boot = boot
        self.role = role
        self.version = version
        self.minor = minor
        self.capabilities = capabilities
        self.slots = slots
        self.holding = holding
        self.sealingKey = sealingKey
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        instance = try members.text("instance", upTo: 128)
        boot = try members.text("boot", upTo: 128)
        role = try members.choice("role")
        version = try members.text("version", upTo: 128)
        minor = try members.int("minor")
        capabilities = try members.texts("capabilities", upTo: 64)
        slots = try members.int("slots")
        holding = try members.list("holding", upTo: 1024, Holding.init(members:))
        sealingKey = try members.optionalText("sealing_key", upTo: 128)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("instance", instance)
        writer.field("boot", boot)
        writer.field("role", role.rawValue)
        writer.field("version", version)
        writer.field("minor", minor)
        writer.list("capabilities", capabilities)
        writer.field("slots", slots)
        writer.list("holding", holding) { $0.write(&$1) }
        writer.optional("sealing_key", sealingKey)
    }
}

/// A job that a worker has in hand when it says hello.
public struct Holding: Sendable, Hashable {
    /// The phase of a picture that is made and waits in the worker's spool.
    public static let finished = "finished"

    /// The job.
    public var job: String
    /// Its try.
    public var attempt: Int
    /// The fencing token it was leased with.
    public var lease: String
    /// How far it is, as in `job.step`, or `finished` when its result waits in the spool.
    public var phase: String

    /// The picture is made and waits in the worker's spool.
    public var isFinished: Bool { phase == Holding.finished }

    /// Makes one; see the properties.
    public init(job: String, attempt: Int, lease: String, phase: String) {
        self.job = job
        self.attempt = attempt
        self.lease = lease
        self.phase = phase
    }

    init(members: Members) throws(WireError) {
        job = try members.text("job", upTo: 128)
        attempt = try members.int("attempt")
        lease = try members.text("lease", upTo: 128)
        phase = try members.text("phase", upTo: 64)
    }

    func write(_ writer: inout JSONWriter) {
        writer.field("job", job)
        writer.field("attempt", attempt)
        writer.field("lease", lease)
        writer.field("phase", phase)
    }
}

/// The answer to a hello: the peer is known, and these are the session's numbers.
public struct Welcome: Body, Hashable {
    /// `service.welcome`.
    public static let kind = Kind.serviceWelcome

    /// The answering process's boot.
    public var boot: String
    /// The session's name, for logs.
    public var session: String
    /// A heartbeat is due this often; three missed end the session.
    public var heartbeatMs: Int
    /// How long a lease lasts without renewal.
    public var leaseMs: Int
    /// The lower of both sides' minor versions: what is spoken from now on.
    public var minor: Int
    /// Jobs of `holding` that are still the peer's.
    public var keep: [String]
    /// Jobs of `holding` to stop and forget.
    public var drop: [String]
    /// Which process of the service answers; an older one doesn't say.
    public var instance: String?
    /// Its build, for people.
    public var version: String?

    /// Makes a body; see the properties.
    public init(
        boot: String,
        session: String,
        heartbeatMs: Int,
        leaseMs: Int,
        minor: Int,
        keep: [String] = [],
        drop: [String] = [],
        instance: String? = nil,
        version: String? = nil
    ) {
        self.boot = boot
        self.session = session
        self.heartbeatMs = heartbeatMs
        self.leaseMs = leaseMs
        self.minor = minor
        self.keep = keep
        self.drop = drop
        self.instance = instance
        self.version = version
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        boot = try members.text("boot", upTo: 128)
        session = try members.text("session", upTo: 128)
        heartbeatMs = try members.int("heartbeat_ms")
        leaseMs = try members.int("lease_ms")
        minor = try members.int("minor")
        keep = try members.texts("keep", upTo: 1024)
        drop = try members.texts("drop", upTo: 1024)
        instance = try members.optionalText("instance", upTo: 128)
        version = try members.optionalText("version", upTo: 128)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("boot", boot)
        writer.field("session", session)
        writer.field("heartbeat_ms", heartbeatMs)
        writer.field("lease_ms", leaseMs)
        writer.field("minor", minor)
        writer.list("keep", keep)
        writer.list("drop", drop)
        writer.optional("instance", instance)
        writer.optional("version", version)
    }
}

/// I don't know you, say hello again: after a restart of the side that binds.
public struct Who: Body, Hashable {
    /// `service.who`.
    public static let kind = Kind.serviceWho

    /// The asking process's boot.
    public var boot: String

    /// Makes a body; see the properties.
    public init(boot: String) {
        self.boot = boot
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        boot = try members.text("boot", upTo: 128)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("boot", boot)
    }
}

/// A sign of life from the loop that does the work, never from a thread of its own.
public struct Heartbeat: Body, Hashable {
    /// `service.heartbeat`.
    public static let kind = Kind.serviceHeartbeat

    /// How much of the loop's time is spent, 0 to 1.
    public var load: Double
    /// Resident memory, bytes.
    public var residentBytes: Int
    /// Work that waits.
    public var queue: Int
    /// Tap records lost since boot.
    public var tapDropped: UInt64
    /// The longest gap between two turns of the loop since the last heartbeat.
    public var tickGapMs: Int
    /// The id of the peer's last heartbeat, so that it can time the round trip.
    public var echo: String?
    /// What the service tells of itself beyond that.
    public var facts: [Fact]

    /// Makes a body; see the properties.
    public init(
        load: Double,
        residentBytes: Int,
        queue: Int,
        tapDropped: UInt64,
        tickGapMs: Int,
        echo: String? = nil,
        facts: [Fact] = []
    ) {
        self.load = load
        self.residentBytes = residentBytes
        self.queue = queue
        self.tapDropped = tapDropped
        self.tickGapMs = tickGapMs
        self.echo = echo
        self.facts = facts
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        load = try members.double("load")
        residentBytes = try members.int("resident_bytes")
        queue = try members.int("queue")
        tapDropped = try members.counter("tap_dropped")
        tickGapMs = try members.int("tick_gap_ms")
        echo = try members.optionalText("echo", upTo: 64)
        facts = try Self.facts(members)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("load", load)
        writer.field("resident_bytes", residentBytes)
        writer.field("queue", queue)
        writer.counter("tap_dropped", tapDropped)
        writer.field("tick_gap_ms", tickGapMs)
        writer.optional("echo", echo)
        writer.facts(facts)
    }
}

/// I take nothing new and finish what I have; or, to a peer: do so.
public struct Drain: Body, Hashable {
    /// `service.drain`.
    public static let kind = Kind.serviceDrain

    /// Why, a short word.
    public var reason: String

    /// Makes a body; see the properties.
    public init(reason: String) {
        self.reason = reason
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        reason = try members.text("reason", upTo: 256)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("reason", reason)
    }
}

/// I leave; or, to a peer: your session is over.
public struct Bye: Body, Hashable {
    /// `service.bye`.
    public static let kind = Kind.serviceBye

    /// Why, a short word: `term`, `replaced`, `stalled`, `version`, `auth`.
    public var reason: String

    /// Makes a body; see the properties.
    public init(reason: String) {
        self.reason = reason
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        reason = try members.text("reason", upTo: 256)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("reason", reason)
    }
}

/// Your message was refused. Never sent in answer to another of its kind, and rate-limited.
public struct ServiceError: Body, Hashable {
    /// `service.error`.
    public static let kind = Kind.serviceError

    /// A `WireError.Code` or a stable code of the service.
    public var code: String
    /// A sentence of ours for people; never the peer's bytes.
    public var detail: String
    /// Whether the same message may work later.
    public var retryable: Bool
    /// When, if known.
    public var retryAfterMs: Int?

    /// Makes a body; see the properties.
    public init(code: String, detail: String, retryable: Bool, retryAfterMs: Int? = nil) {
        self.code = code
        self.detail = detail
        self.retryable = retryable
        self.retryAfterMs = retryAfterMs
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        code = try members.text("code", upTo: 64)
        detail = try members.text("detail", upTo: 1_024)
        retryable = try members.flag("retryable")
        retryAfterMs = try members.optionalInt("retry_after_ms")
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("code", code)
        writer.field("detail", detail)
        writer.field("retryable", retryable)
        writer.optional("retry_after_ms", retryAfterMs)
    }
}
