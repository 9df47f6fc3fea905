/// One message as one service saw it pass: what the hub delivers, ready to be filtered and shown.
///
/// Only ``payload`` can hold anything but routing facts, and it was redacted where it was seen.
struct Sighting: Sendable, Equatable {
    /// Which way the message went, as the observer saw it.
    enum Direction: String, Sendable {
        /// The observer sent it.
        case out
        /// The observer received it.
        case `in`
    }

    /// The service that saw it.
    struct Observer: Hashable, Sendable {
        var service = ""
        var instance = ""
        /// Its process: counts begin anew with each.
        var boot = ""
    }

    /// What the hub adds to a record.
    struct HubStamp: Sendable, Equatable {
        /// A number drawn by the hub's process.
        var boot: UInt64
        /// How many records it has passed on under this topic, this one included.
        var count: UInt64
    }

    /// The parts of the message's header that filters and lines use.
    struct Header: Sendable, Equatable {
        var id = ""
        var kind = ""
        var service = ""
        var instance = ""
        /// When its sender sent it, in microseconds of the sender's wall clock.
        var sentAt: Int64 = 0
        var correlation: String?
        var causation: String?
        var replyTo: String?
        var job: String?
        var attempt: Int?
        var timeToLive: Duration?
    }

    var observer = Observer()
    var direction = Direction.out
    /// The observer's name for the connection, such as `jobs`.
    var link = ""
    /// What it was published under.
    var topic = ""
    /// How many records the observer has published under this topic, this one included.
    var count: UInt64 = 0
    /// How many records the observer has had to drop since it started.
    var dropped: UInt64 = 0
    /// The hub's own number on it; nil when no hub stood between.
    var hub: HubStamp?
    /// When the observer saw it, in microseconds of its wall clock.
    var seenAt: Int64 = 0
    var header = Header()
    /// The header as it travelled, a JSON object.
    var headerJSON: [UInt8] = []
    /// The redacted payload, a JSON object; only when payloads were asked for.
    var payload: [UInt8]?
    /// The whole record as it came, for recordings.
    var record: [UInt8] = []
    var headerBytes = 0
    var payloadBytes = 0
    var attachmentCount = 0
    var attachmentBytes = 0

    /// Header, payload and attachments.
    var totalBytes: Int { headerBytes + payloadBytes + attachmentBytes }

    /// Whether the kind alone says that something went wrong.
    var isError: Bool { Self.errorKinds.contains(header.kind) }

    private static let errorKinds: Set<String> = ["service.error", "job.failed", "job.reject", "audit.gap"]
}
