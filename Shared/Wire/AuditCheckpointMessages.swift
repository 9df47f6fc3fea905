public import JSON

/// A signed statement of what the audit chain was at one point, for others to keep: whoever holds it notices when the
/// chain is cut off before it or written anew. No answer is expected.
///
/// Sent to peers whose hello names ``capability`` alone, so that an older peer isn't told what it doesn't know.
public struct AuditCheckpoint: Body, Hashable {
    /// `audit.checkpoint`.
    public static let kind = Kind.auditCheckpoint
    /// What a peer that keeps checkpoints has among its hello's capabilities.
    public static let capability = "audit.checkpoint"

    /// How many events the chain had.
    public var count: UInt64
    /// Its head then, hexadecimal.
    public var head: String
    /// When it was signed, microseconds of the wall clock.
    public var at: Int64
    /// The signature of the checkpoint before, hexadecimal; empty for the first.
    public var previous: String
    /// Ed25519 over the other fields, hexadecimal.
    public var signature: String
    /// The public key that checks it, hexadecimal.
    public var key: String

    /// Makes a body; see the properties.
    public init(count: UInt64, head: String, at: Int64, previous: String, signature: String, key: String) {
        self.count = count
        self.head = head
        self.at = at
        self.previous = previous
        self.signature = signature
        self.key = key
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        count = try members.counter("count")
        head = try members.text("head", upTo: 128)
        at = try Int64(members.int("at"))
        previous = try members.text("previous", upTo: 256)
        signature = try members.text("signature", upTo: 256)
        key = try members.text("key", upTo: 128)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.counter("count", count)
        writer.field("head", head)
        writer.field("at", at)
        writer.field("previous", previous)
        writer.field("signature", signature)
        writer.field("key", key)
    }
}
