public import JSON

/// I need the credential for one check.
public struct HealthRequest: Body, Hashable {
    /// `health.request`.
    public static let kind = Kind.healthRequest

    /// The connector.
    public var connector: String

    /// Makes a body; see the properties.
    public init(connector: String) {
        self.connector = connector
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        connector = try members.text("connector", upTo: 128)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("connector", connector)
    }
}

/// The credential for one check, sealed to the monitor's boot key.
public struct HealthCredential: Body, Hashable {
    /// `health.credential`.
    public static let kind = Kind.healthCredential

    /// The connector.
    public var connector: String
    /// Its adapter.
    public var type: String
    /// The endpoint, for types that need one.
    public var baseURL: String?
    /// A sealed box in base64 around a JSON object of credentials; absent when none is needed.
    public var credential: String?
    /// The adapter's settings that are no secrets.
    public var config: JSONValue?
    /// The connector's revision that these are of; absent from a gateway that doesn't count them.
    public var revision: UInt64?

    /// Makes a body; see the properties.
    public init(
        connector: String,
        type: String,
        baseURL: String? = nil,
        credential: String? = nil,
        config: JSONValue? = nil,
        revision: UInt64? = nil
    ) {
        self.connector = connector
        self.type = type
        self.baseURL = baseURL
        self.credential = credential
        self.config = config
        self.revision = revision
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        connector = try members.text("connector", upTo: 128)
        type = try members.text("type", upTo: 64)
        baseURL = try members.optionalText("base_url", upTo: 2_048)
        credential = try members.optionalText("credential", upTo: 65_536)
        config = try members.optionalObject("config")
        revision = try members.optionalCounter("revision")
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("connector", connector)
        writer.field("type", type)
        writer.optional("base_url", baseURL)
        writer.optional("credential", credential)
        writer.optional("config", config)
        writer.optionalCounter("revision", revision)
    }
}

/// Check this one now; answered by a `health.status` that replies to it.
public struct HealthPing: Body, Hashable {
    /// `health.ping`.
    public static let kind = Kind.healthPing

    /// The connector.
    public var connector: String

    /// Makes a body; see the properties.
    public init(connector: String) {
        self.connector = connector
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        connector = try members.text("connector", upTo: 128)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("connector", connector)
    }
}

/// Where a status comes from.
public enum Evidence: String, Sendable, Hashable, CaseIterable {
    /// A check of our own.
    case active
    /// Live traffic.
    case passive
}

/// A check's result, kept by the monitor until `health.noted`; the latest per connector wins.
public struct HealthStatus: Body, Hashable {
    /// `health.status`.
    public static let kind = Kind.healthStatus

    /// The connector.
    public var connector: String
    /// `ok` or a typed code, as `auth_invalid`.
    public var outcome: String
    /// The check's time.
    public var latencyMs: Int
    /// Where it comes from.
    public var evidence: Evidence
    /// Since when the outcome has been this one, microseconds of the wall clock.
    public var since: Int64
    /// A safe sentence for people.
    public var message: String?
    /// The connector's revision that was looked at; a result of another than the present one says nothing.
    public var revision: UInt64?

    /// Makes a body; see the properties.
    public init(
        connector: String,
        outcome: String,
        latencyMs: Int,
        evidence: Evidence,
        since: Int64,
        message: String? = nil,
        revision: UInt64? = nil
    ) {
        self.connector = connector
        self.outcome = outcome
        self.latencyMs = latencyMs
        self.evidence = evidence
        self.since = since
        self.message = message
        self.revision = revision
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        connector = try members.text("connector", upTo: 128)
        outcome = try members.text("outcome", upTo: 64)
        latencyMs = try members.int("latency_ms")
        evidence = try members.choice("evidence", orElse: .active)
        since = try Int64(members.int("since"))
        message = try members.optionalText("message", upTo: 1_024)
        revision = try members.optionalCounter("revision")
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("connector", connector)
        writer.field("outcome", outcome)
        writer.field("latency_ms", latencyMs)
        writer.field("evidence", evidence.rawValue)
        writer.field("since", since)
        writer.optional("message", message)
        writer.optionalCounter("revision", revision)
    }
}

/// The result is committed.
public struct HealthNoted: Body, Hashable {
    /// `health.noted`.
    public static let kind = Kind.healthNoted

    /// The connector.
    public var connector: String

    /// Makes a body; see the properties.
    public init(connector: String) {
        self.connector = connector
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        connector = try members.text("connector", upTo: 128)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("connector", connector)
    }
}

/// What live traffic showed of a connector within a window.
public struct HealthSignal: Body, Hashable {
    /// `health.signal`.
    public static let kind = Kind.healthSignal

    /// The connector.
    public var connector: String
    /// Calls that went well.
    public var succeeded: Int
    /// Calls that failed by the provider's fault.
    public var failed: Int
    /// The last failure's typed code.
    public var code: String?
    /// The slowest of twenty, p95.
    public var latencyMs: Int?
    /// The window's length.
    public var windowMs: Int

    /// Makes a body; see the properties.
    public init(
        connector: String,
        succeeded: Int,
        failed: Int,
        code: String? = nil,
        latencyMs: Int? = nil,
        windowMs: Int
    ) {
        self.connector = connector
        self.succeeded = succeeded
        self.failed = failed
        self.code = code
        self.latencyMs = latencyMs
        self.windowMs = windowMs
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        connector = try members.text("connector", upTo: 128)
        succeeded = try members.int("succeeded")
        failed = try members.int("failed")
        code = try members.optionalText("code", upTo: 64)
        latencyMs = try members.optionalInt("latency_ms")
        windowMs = try members.int("window_ms")
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("connector", connector)
        writer.field("succeeded", succeeded)
        writer.field("failed", failed)
        writer.optional("code", code)
        writer.optional("latency_ms", latencyMs)
        writer.field("window_ms", windowMs)
    }
}
