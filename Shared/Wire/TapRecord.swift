public import JSON

/// A message as the tap may see it: header whole, payload redacted at the source, and numbers that tell what got lost.
public struct TapRecord: Body, Hashable {
    /// `tap.record`.
    public static let kind = Kind.tapRecord

    /// Which way the message went at the process that reports it.
    public enum Direction: String, Sendable, Hashable, CaseIterable {
        /// It came in.
        case received = "in"
        /// It went out.
        case sent = "out"
    }

    /// Which way it went.
    public var direction: Direction
    /// The link's name, as `jobs`.
    public var link: String
    /// Records of this topic so far, this one included: a gap is a loss on the way.
    public var count: UInt64
    /// Records that the source itself dropped since boot.
    public var dropped: UInt64
    /// The payload's true length, bytes.
    public var payloadBytes: Int
    /// The attachments' length together, bytes.
    public var attachmentBytes: Int
    /// The message's header, as it travelled.
    public var header: [UInt8]
    /// The redacted payload; absent on header topics.
    public var payload: [UInt8]?

    /// One level more than a payload has, because two documents are carried inside.
    static let limits = JSONLimits(depth: WireLimits.depth + 1, bytes: WireLimits.payload)

    /// Makes a body; see the properties. Header and payload must each be one JSON object.
    public init(
        direction: Direction,
        link: String,
        count: UInt64,
        dropped: UInt64,
        payloadBytes: Int,
        attachmentBytes: Int,
        header: [UInt8],
        payload: [UInt8]? = nil
    ) {
        self.direction = direction
        self.link = link
        self.count = count
        self.dropped = dropped
        self.payloadBytes = payloadBytes
        self.attachmentBytes = attachmentBytes
        self.header = header
        self.payload = payload
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        direction = try members.choice("direction")
        link = try members.text("link", upTo: 128)
        count = try members.counter("count")
        dropped = try members.counter("dropped")
        payloadBytes = try members.int("payload_bytes")
        attachmentBytes = try members.int("attachment_bytes")
        header = try members.object("header") { $0.json.bytes }
        payload = try members.optional("payload") { $0.json.bytes }
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("direction", direction.rawValue)
        writer.field("link", link)
        writer.counter("count", count)
        writer.counter("dropped", dropped)
        writer.field("payload_bytes", payloadBytes)
        writer.field("attachment_bytes", attachmentBytes)
        writer.field("header", raw: header)
        if let payload { writer.field("payload", raw: payload) }
    }

    /// What subscribers ask for by prefix: `h.<service>.<kind>` without the payload, `p.<service>.<kind>` with it.
    public static func topic(service: String, kind: Kind, withPayload: Bool) -> String {
        "\(withPayload ? "p" : "h").\(service).\(kind.rawValue)"
    }
}
