public import JSON

/// How dear an event is, and what happens when it can't be kept.
public enum AuditClass: String, Sendable, Hashable, CaseIterable {
    /// Who did what: without it the operation is refused.
    case security
    /// Money and caps.
    case billing
    /// A row of the call log: may be shed, with a gap on record.
    case call
}

/// One event; the audit service stores and chains its bytes as they are sent.
public struct AuditEvent: Sendable, Hashable {
    /// Its identifier, a ULID.
    public var id: String
    /// When, microseconds of the wall clock.
    public var at: Int64
    /// How dear it is.
    public var auditClass: AuditClass
    /// What happened, as `connector.created`.
    public var eventType: String
    /// Who did it.
    public var actor: String
    /// What it was done to.
    public var targetType: String
    /// Which.
    public var targetID: String
    /// Its name then.
    public var targetName: String
    /// A sentence for people.
    public var notes: String
    /// More, such as a row of the call log.
    public var data: JSONValue?

    /// Makes one; see the properties.
    public init(
        id: String,
        at: Int64,
        auditClass: AuditClass,
        eventType: String,
        actor: String,
        targetType: String,
        targetID: String,
        targetName: String,
        notes: String,
        data: JSONValue? = nil
    ) {
        self.id = id
        self.at = at
        self.auditClass = auditClass
        self.eventType = eventType
        self.actor = actor
        self.targetType = targetType
        self.targetID = targetID
        self.targetName = targetName
        self.notes = notes
        self.data = data
    }

    /// Reads one from an outbox.
    public init(_ json: JSONValue) throws(WireError) {
        try self.init(members: Members(json))
    }

    /// The bytes that an outbox keeps and the audit service chains.
    public func encoded() -> [UInt8] { JSONWriter.object(write) }

    init(members: Members) throws(WireError) {
        id = try members.text("id", upTo: 128)
        at = try Int64(members.int("at"))
        auditClass = try members.choice("class", orElse: .security)
        eventType = try members.text("event_type", upTo: 128)
        actor = try members.text("actor", upTo: 256)
        targetType = try members.text("target_type", upTo: 128)
        targetID = try members.text("target_id", upTo: 256)
        targetName = try members.text("target_name", upTo: 1_024)
        notes = try members.text("notes", upTo: 4_096)
        data = try members.optionalObject("data")
    }

    func write(_ writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("at", at)
        writer.field("class", auditClass.rawValue)
        writer.field("event_type", eventType)
        writer.field("actor", actor)
        writer.field("target_type", targetType)
        writer.field("target_id", targetID)
        writer.field("target_name", targetName)
        writer.field("notes", notes)
        writer.optional("data", data)
    }
}

/// Events in the sequence of a stream, at most 128. Sent again until acknowledged; the receiver knows doubles by stream and sequence.
public struct AuditAppend: Body, Hashable {
    /// `audit.append`.
    public static let kind = Kind.auditAppend

    /// The stream: a name made with the sender's outbox.
    public var stream: String
    /// The first event's sequence.
    public var first: UInt64
    /// The events.
    public var events: [AuditEvent]

    /// Makes a body; see the properties.
    public init(stream: String, first: UInt64, events: [AuditEvent] = []) {
        self.stream = stream
        self.first = first
        self.events = events
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        stream = try members.text("stream", upTo: 128)
        first = try members.counter("first")
        events = try members.list("events", upTo: WireLimits.auditEvents, AuditEvent.init(members:))
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("stream", stream)
        writer.counter("first", first)
        writer.list("events", events) { $0.write(&$1) }
    }
}

/// ``AuditAppend`` from events that are bytes already, as an outbox keeps them: nothing is decoded on the way out.
public struct StoredAuditAppend: Body, Hashable {
    /// `audit.append`.
    public static let kind = Kind.auditAppend

    /// The stream: a name made with the sender's outbox.
    public var stream: String
    /// The first event's sequence.
    public var first: UInt64
    /// The events, each one JSON object as ``AuditEvent/encoded()`` gives it.
    public var events: [[UInt8]]

    /// Makes a body; see the properties.
    public init(stream: String, first: UInt64, events: [[UInt8]]) {
        self.stream = stream
        self.first = first
        self.events = events
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let append = try AuditAppend(json)
        self.init(stream: append.stream, first: append.first, events: append.events.map { $0.encoded() })
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("stream", stream)
        writer.counter("first", first)
        writer.field(
            "events",
            array: { writer in
                for event in events { writer.raw(event) }
            }
        )
    }
}

/// All of the stream's events up to one are committed; cumulative.
public struct AuditAppended: Body, Hashable {
    /// `audit.appended`.
    public static let kind = Kind.auditAppended

    /// The stream.
    public var stream: String
    /// The last committed sequence, 0 for none.
    public var upto: UInt64
    /// The chain's head, hexadecimal: keep it and refuse one that doesn't extend it.
    public var head: String

    /// Makes a body; see the properties.
    public init(stream: String, upto: UInt64, head: String) {
        self.stream = stream
        self.upto = upto
        self.head = head
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        stream = try members.text("stream", upTo: 128)
        upto = try members.counter("upto")
        head = try members.text("head", upTo: 128)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("stream", stream)
        writer.counter("upto", upto)
        writer.field("head", head)
    }
}

/// What a query looks at.
public enum AuditView: String, Sendable, Hashable, CaseIterable {
    /// The audit trail.
    case audit
    /// The call log.
    case calls
    /// The call log added up.
    case usage
}

/// Which rows a query wants; what is absent doesn't matter.
public struct AuditFilter: Sendable, Hashable {
    /// Of this type.
    public var eventType: String?
    /// By this one.
    public var actor: String?
    /// On this target, by id.
    public var target: String?
    /// Through this connector.
    public var connector: String?
    /// For this purpose: `chat`, `embeddings`, `image`.
    public var purpose: String?
    /// With this outcome.
    public var outcome: String?
    /// Not before, microseconds of the wall clock.
    public var since: Int64?
    /// Before, microseconds of the wall clock.
    public var until: Int64?

    /// Makes one; see the properties.
    public init(
        eventType: String? = nil,
        actor: String? = nil,
        target: String? = nil,
        connector: String? = nil,
        purpose: String? = nil,
        outcome: String? = nil,
        since: Int64? = nil,
        until: Int64? = nil
    ) {
        self.eventType = eventType
        self.actor = actor
        self.target = target
        self.connector = connector
        self.purpose = purpose
        self.outcome = outcome
        self.since = since
        self.until = until
    }

    init(members: Members) throws(WireError) {
        eventType = try members.optionalText("event_type", upTo: 128)
        actor = try members.optionalText("actor", upTo: 256)
        target = try members.optionalText("target", upTo: 256)
        connector = try members.optionalText("connector", upTo: 128)
        purpose = try members.optionalText("purpose", upTo: 64)
        outcome = try members.optionalText("outcome", upTo: 64)
        since = try members.optionalInt("since").map(Int64.init)
        until = try members.optionalInt("until").map(Int64.init)
    }

    func write(_ writer: inout JSONWriter) {
        writer.optional("event_type", eventType)
        writer.optional("actor", actor)
        writer.optional("target", target)
        writer.optional("connector", connector)
        writer.optional("outcome", outcome)
        writer.optional("purpose", purpose)
        writer.optional("since", since)
        writer.optional("until", until)
    }
}

/// A page of rows, newest first; also for CSV, page by page.
public struct AuditQuery: Body, Hashable {
    /// `audit.query`.
    public static let kind = Kind.auditQuery

    /// What to look at.
    public var view: AuditView
    /// Which rows.
    public var filter: AuditFilter?
    /// Where the page before ended.
    public var cursor: String?
    /// Rows at most.
    public var limit: Int

    /// Makes a body; see the properties.
    public init(view: AuditView, filter: AuditFilter? = nil, cursor: String? = nil, limit: Int) {
        self.view = view
        self.filter = filter
        self.cursor = cursor
        self.limit = limit
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        view = try members.choice("view")
        filter = try members.optional("filter", AuditFilter.init(members:))
        cursor = try members.optionalText("cursor", upTo: 256)
        limit = try members.int("limit")
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("view", view.rawValue)
        if let filter { writer.field("filter") { filter.write(&$0) } }
        writer.optional("cursor", cursor)
        writer.field("limit", limit)
    }
}
