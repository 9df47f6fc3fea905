public import JSON

/// The answer to a query.
public struct AuditPage: Body, Hashable {
    /// `audit.page`.
    public static let kind = Kind.auditPage

    /// The rows, as the view has them; objects.
    public var rows: [JSONValue]
    /// What to ask for next; absent on the last page.
    public var nextCursor: String?
    /// The chain's head when the page was made.
    public var head: String?

    /// Makes a body; see the properties.
    public init(rows: [JSONValue], nextCursor: String? = nil, head: String? = nil) {
        self.rows = rows
        self.nextCursor = nextCursor
        self.head = head
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        rows = try members.elements("rows", upTo: 1_024)
        nextCursor = try members.optionalText("next_cursor", upTo: 256)
        head = try members.optionalText("head", upTo: 128)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("rows", .array(rows))
        writer.optional("next_cursor", nextCursor)
        writer.optional("head", head)
    }
}

/// Events were lost before they could be kept: a fact that goes on record itself.
public struct AuditGap: Body, Hashable {
    /// `audit.gap`.
    public static let kind = Kind.auditGap

    /// The stream.
    public var stream: String
    /// The first lost sequence.
    public var from: UInt64
    /// The last lost sequence.
    public var to: UInt64
    /// How many.
    public var count: Int
    /// Why, a short word.
    public var cause: String

    /// Makes a body; see the properties.
    public init(stream: String, from: UInt64, to: UInt64, count: Int, cause: String) {
        self.stream = stream
        self.from = from
        self.to = to
        self.count = count
        self.cause = cause
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        stream = try members.text("stream", upTo: 128)
        from = try members.counter("from")
        to = try members.counter("to")
        count = try members.int("count")
        cause = try members.text("cause", upTo: 256)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("stream", stream)
        writer.counter("from", from)
        writer.counter("to", to)
        writer.field("count", count)
        writer.field("cause", cause)
    }
}
