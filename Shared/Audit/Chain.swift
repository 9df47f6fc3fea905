import Crypto

/// One event as it is stored and chained. What a query filters by stands in columns of its own, and those are hashed
/// too, so a column can't say what its body doesn't.
public struct ChainedEvent: Sendable, Equatable {
    /// Its place in the chain, from 1.
    public var seq: UInt64
    /// The outbox that it came from.
    public var stream: String
    /// Its number in that outbox.
    public var streamSeq: UInt64
    /// How many numbers of the stream before this one are not in the chain: rows of the call log, or a recorded gap.
    public var skipped: UInt64
    /// When it happened, microseconds since 1970 by its sender's clock.
    public var at: Int64
    /// What happened, for example `connector.created`.
    public var eventType: String
    /// Who did it.
    public var actor: String
    /// What kind of thing it was done to.
    public var targetType: String
    /// Which one.
    public var targetID: String
    /// Random, so that nobody can guess a body from its hash.
    public var salt: [UInt8]
    /// The event in JSON, exactly as it was hashed.
    public var body: [UInt8]

    /// An event; see the properties.
    public init(
        seq: UInt64,
        stream: String,
        streamSeq: UInt64,
        skipped: UInt64,
        at: Int64,
        eventType: String,
        actor: String,
        targetType: String,
        targetID: String,
        salt: [UInt8],
        body: [UInt8]
    ) {
        self.seq = seq
        self.stream = stream
        self.streamSeq = streamSeq
        self.skipped = skipped
        self.at = at
        self.eventType = eventType
        self.actor = actor
        self.targetType = targetType
        self.targetID = targetID
        self.salt = salt
        self.body = body
    }

    /// `SHA256(0x00 ‖ length-prefixed columns ‖ content)`, with the content of its salt and body.
    public var leaf: [UInt8] { leaf(content: Self.content(salt: salt, body: body)) }

    /// `SHA256(salt ‖ body)`: the part of the leaf that doesn't depend on the event's place.
    public static func content(salt: [UInt8], body: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(salt)
        hash.update(body)
        return hash.finalize()
    }

    fileprivate func leaf(content: [UInt8]) -> [UInt8] {
        var fields = Fields(capacity: 160 + stream.utf8.count + actor.utf8.count + targetID.utf8.count)
        fields.append(seq)
        fields.append(stream)
        fields.append(streamSeq)
        fields.append(skipped)
        fields.append(UInt64(bitPattern: at))
        fields.append(eventType)
        fields.append(actor)
        fields.append(targetType)
        fields.append(targetID)
        var hash = SHA256()
        hash.update([0])
        hash.update(fields.bytes)
        hash.update(content)
        return hash.finalize()
    }
}

/// A hash chain's end: everything before it follows from its head.
public struct Chain: Sendable, Equatable {
    /// How many events there are.
    public private(set) var count: UInt64
    /// The hash of all of them: 32 bytes.
    public private(set) var head: [UInt8]

    /// The empty chain, whose head is 32 zero bytes.
    public init() {
        self.init(count: 0, head: [UInt8](repeating: 0, count: SHA256.byteCount))
    }

    /// A chain that goes on from a known end.
    public init(count: UInt64, head: [UInt8]) {
        self.count = count
        self.head = head
    }

    /// The head in hex, as acknowledgements carry it.
    public var headText: String { Hex.encode(head) }

    /// Adds an event: `head = SHA256(0x01 ‖ head ‖ leaf)`. Its `seq` must be the next. Whoever knows the event's
    /// ``ChainedEvent/content(salt:body:)`` already gives it.
    public mutating func append(_ event: ChainedEvent, content: [UInt8]? = nil) {
        precondition(event.seq == count + 1, "events join a chain in their order")
        var hash = SHA256()
        hash.update([1])
        hash.update(head)
        hash.update(content.map(event.leaf(content:)) ?? event.leaf)
        head = hash.finalize()
        count += 1
    }
}

/// Fields laid one behind the other so that no two sequences of fields give the same bytes.
struct Fields {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Eight bytes, big-endian.
    mutating func append(_ value: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    /// The length as eight bytes, then the bytes.
    mutating func append(_ value: some Collection<UInt8>) {
        append(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func append(_ text: String) { append(text.utf8) }
}
