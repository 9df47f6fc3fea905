public import JSON

/// A connector as the health monitor needs it: no secret.
public struct ConnectorItem: Sendable, Hashable {
    /// The connector.
    public var id: String
    /// Its adapter, as `openai_apikey`.
    public var type: String
    /// The endpoint, for types that need one.
    public var baseURL: String?
    /// Seconds between checks, before jitter.
    public var intervalS: Int
    /// Raised by every change of what a check depends on: a check's result counts for the revision that it was made of.
    public var revision: UInt64
    /// `active`, `auth_invalid` or `revoked`.
    public var status: String
    /// Seconds since the last check that the gateway has noted; absent when there was none.
    public var checkedAgoS: Int?
    /// How many seconds ago the checks of the last 24 hours began that cost money, the oldest first.
    public var paidAgoS: [Int]

    /// Makes one; see the properties.
    public init(
        id: String,
        type: String,
        baseURL: String? = nil,
        intervalS: Int,
        revision: UInt64,
        status: String,
        checkedAgoS: Int? = nil,
        paidAgoS: [Int] = []
    ) {
        self.id = id
        self.type = type
        self.baseURL = baseURL
        self.intervalS = intervalS
        self.revision = revision
        self.status = status
        self.checkedAgoS = checkedAgoS
        self.paidAgoS = paidAgoS
    }

    init(members: Members) throws(WireError) {
        id = try members.text("id", upTo: 128)
        type = try members.text("type", upTo: 64)
        baseURL = try members.optionalText("base_url", upTo: 2_048)
        intervalS = try members.int("interval_s")
        revision = try members.counter("revision")
        status = try members.text("status", upTo: 64)
        checkedAgoS = try members.optionalInt("checked_ago_s")
        paidAgoS = try members.ints("paid_ago_s", upTo: 64)
    }

    func write(_ writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("type", type)
        writer.optional("base_url", baseURL)
        writer.field("interval_s", intervalS)
        writer.counter("revision", revision)
        writer.field("status", status)
        writer.optional("checked_ago_s", checkedAgoS)
        writer.list("paid_ago_s", paidAgoS)
    }
}

/// All connectors, in as many parts as the payload's limit asks for. Connectors that no part names are gone.
public struct ConnectorSnapshot: Body, Hashable {
    /// `connector.snapshot`.
    public static let kind = Kind.connectorSnapshot

    /// The set's revision: the same in all parts.
    public var revision: UInt64
    /// This part, from 1.
    public var part: Int
    /// How many there are.
    public var parts: Int
    /// The part's connectors.
    public var connectors: [ConnectorItem]

    /// Makes a body; see the properties.
    public init(revision: UInt64, part: Int, parts: Int, connectors: [ConnectorItem] = []) {
        self.revision = revision
        self.part = part
        self.parts = parts
        self.connectors = connectors
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        revision = try members.counter("revision")
        part = try members.int("part")
        parts = try members.int("parts")
        connectors = try members.list("connectors", upTo: 4096, ConnectorItem.init(members:))
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.counter("revision", revision)
        writer.field("part", part)
        writer.field("parts", parts)
        writer.list("connectors", connectors) { $0.write(&$1) }
    }
}

/// What differs from the revision before.
public struct ConnectorChanged: Body, Hashable {
    /// `connector.changed`.
    public static let kind = Kind.connectorChanged

    /// The set's revision with this change. A gap asks for a new snapshot, by a new hello.
    public var revision: UInt64
    /// New or other ones.
    public var connectors: [ConnectorItem]
    /// Ids of those that are gone.
    public var removed: [String]

    /// Makes a body; see the properties.
    public init(revision: UInt64, connectors: [ConnectorItem] = [], removed: [String] = []) {
        self.revision = revision
        self.connectors = connectors
        self.removed = removed
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        revision = try members.counter("revision")
        connectors = try members.list("connectors", upTo: 4096, ConnectorItem.init(members:))
        removed = try members.texts("removed", upTo: 4096)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.counter("revision", revision)
        writer.list("connectors", connectors) { $0.write(&$1) }
        writer.list("removed", removed)
    }
}
