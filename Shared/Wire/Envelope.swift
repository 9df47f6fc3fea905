/// Who sent a message: the service, its instance, and this start of it.
public struct Source: Sendable, Hashable {
    /// The executable, as `gateway`.
    public var service: String
    /// Which of them, kept across restarts where the operator names it.
    public var instance: String
    /// Random for each start.
    public var boot: String

    /// Makes a source.
    public init(service: String, instance: String, boot: String) {
        self.service = service
        self.instance = instance
        self.boot = boot
    }
}

/// What the header says of one attachment.
public struct Attachment: Sendable, Hashable {
    /// Its name within the message.
    public var name: String
    /// Its media type.
    public var type: String
    /// Its length, bytes.
    public var length: Int
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    public var sha256: String

    /// Makes a description.
    public init(name: String, type: String, length: Int, sha256: String) {
        self.name = name
        self.type = type
        self.length = length
        self.sha256 = sha256
    }
}

/// A message's header: all that routing, access control, metrics and the tap need, and never a secret or a user's content.
///
/// Source: design/wire.md, "Header". Texts are at most 128 bytes.
public struct Envelope: Sendable, Hashable {
    /// The minor version that this build speaks; it grows by adding.
    public static let currentMinor = 0
    /// The lowest minor version that a session may have: what is older has to be upgraded first.
    public static let lowestMinor = 0

    /// This message; duplicates are recognised by it.
    public var id: ULID
    /// What it says.
    public var kind: Kind
    /// Who sent it.
    public var source: Source
    /// Its place in the connection's direction; a gap is counted as loss.
    public var sequence: UInt64
    /// The sender's wall clock, microseconds since 1970; for people only.
    public var sentAt: Int64
    /// The HTTP request or job at the root.
    public var correlation: String?
    /// The message that made me send this.
    public var causation: ULID?
    /// The message that this answers.
    public var replyTo: ULID?
    /// A W3C traceparent.
    public var trace: String?
    /// Time left at sending, milliseconds; the receiver counts on its own monotonic clock.
    public var ttlMs: Int64?
    /// The job that this is about: one image's unit of work.
    public var job: String?
    /// The job's try, from 1.
    public var attempt: Int?
    /// The job's fencing token.
    public var lease: String?
    /// One per frame behind the first.
    public var attachments: [Attachment]
    /// The sender's minor version.
    public var minor: Int

    /// Makes a header; what isn't given is new (`id`, `sentAt`), 0 (`sequence`, for the link to set) or absent.
    public init(
        kind: Kind,
        source: Source,
        id: ULID = .next(),
        sequence: UInt64 = 0,
        sentAt: Int64 = WallClock.microseconds,
        correlation: String? = nil,
        causation: ULID? = nil,
        replyTo: ULID? = nil,
        trace: String? = nil,
        ttlMs: Int64? = nil,
        job: String? = nil,
        attempt: Int? = nil,
        lease: String? = nil,
        attachments: [Attachment] = [],
        minor: Int = Envelope.currentMinor
    ) {
        self.id = id
        self.kind = kind
        self.source = source
        self.sequence = sequence
        self.sentAt = sentAt
        self.correlation = correlation
        self.causation = causation
        self.replyTo = replyTo
        self.trace = trace
        self.ttlMs = ttlMs
        self.job = job
        self.attempt = attempt
        self.lease = lease
        self.attachments = attachments
        self.minor = minor
    }
}
