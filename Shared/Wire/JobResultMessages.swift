public import JSON

/// A picture of a finished job; its bytes are the attachment of the same place.
public struct JobOutput: Sendable, Hashable {
    /// `original` or `thumb`.
    public var name: String
    /// SHA-256 of its bytes, lower-case hexadecimal.
    public var sha256: String
    /// Its media type.
    public var type: String
    /// Pixels.
    public var width: Int
    /// Pixels.
    public var height: Int
    /// Length.
    public var bytes: Int

    /// Makes one; see the properties.
    public init(name: String, sha256: String, type: String, width: Int, height: Int, bytes: Int) {
        self.name = name
        self.sha256 = sha256
        self.type = type
        self.width = width
        self.height = height
        self.bytes = bytes
    }

    init(members: Members) throws(WireError) {
        name = try members.text("name", upTo: 64)
        sha256 = try members.text("sha256", upTo: 64)
        type = try members.text("type", upTo: 128)
        width = try members.int("width")
        height = try members.int("height")
        bytes = try members.int("bytes")
    }

    func write(_ writer: inout JSONWriter) {
        writer.field("name", name)
        writer.field("sha256", sha256)
        writer.field("type", type)
        writer.field("width", width)
        writer.field("height", height)
        writer.field("bytes", bytes)
    }
}

/// Where the time went, milliseconds on the worker's monotonic clock.
public struct JobTiming: Sendable, Hashable {
    /// Up to the provider call.
    public var prepareMs: Int
    /// At the provider, retries included.
    public var providerMs: Int
    /// Checking and converting.
    public var transformMs: Int
    /// From accept to done.
    public var totalMs: Int

    /// Makes one; see the properties.
    public init(prepareMs: Int, providerMs: Int, transformMs: Int, totalMs: Int) {
        self.prepareMs = prepareMs
        self.providerMs = providerMs
        self.transformMs = transformMs
        self.totalMs = totalMs
    }

    init(members: Members) throws(WireError) {
        prepareMs = try members.int("prepare_ms")
        providerMs = try members.int("provider_ms")
        transformMs = try members.int("transform_ms")
        totalMs = try members.int("total_ms")
    }

    func write(_ writer: inout JSONWriter) {
        writer.field("prepare_ms", prepareMs)
        writer.field("provider_ms", providerMs)
        writer.field("transform_ms", transformMs)
        writer.field("total_ms", totalMs)
    }
}

/// The pictures, as attachments in the order of `outputs`. The worker keeps them until `job.settled`.
public struct JobDone: Body, Hashable {
    /// `job.done`.
    public static let kind = Kind.jobDone

    /// What is attached.
    public var outputs: [JobOutput]
    /// What was used up.
    public var usage: Spent?
    /// US dollars; absent when the price is unknown.
    public var costUSD: Double?
    /// Where the time went.
    public var timing: JobTiming

    /// Makes a body; see the properties.
    public init(outputs: [JobOutput] = [], usage: Spent? = nil, costUSD: Double? = nil, timing: JobTiming) {
        self.outputs = outputs
        self.usage = usage
        self.costUSD = costUSD
        self.timing = timing
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        outputs = try members.list("outputs", upTo: 16, JobOutput.init(members:))
        usage = try members.optional("usage", Spent.init(members:))
        costUSD = try members.optionalDouble("cost_usd")
        timing = try members.object("timing", JobTiming.init(members:))
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.list("outputs", outputs) { $0.write(&$1) }
        if let usage { writer.field("usage") { usage.write(&$0) } }
        writer.optional("cost_usd", costUSD)
        writer.field("timing") { timing.write(&$0) }
    }
}

/// No picture, and why. The worker keeps it until `job.settled`.
public struct JobFailed: Body, Hashable {
    /// `job.failed`.
    public static let kind = Kind.jobFailed

    /// A typed code, as `provider_rejected`.
    public var code: String
    /// A safe sentence for the user.
    public var message: String
    /// More for the user, as the provider's safe words.
    public var details: JSONValue?
    /// The provider's own code, as `moderation_blocked`.
    public var providerCode: String?
    /// The provider's name for the request.
    public var providerRequestID: String?
    /// Whether another try may work.
    public var retryable: Bool
    /// When, if known.
    public var retryAfterMs: Int?
    /// What was used up all the same.
    public var spent: Spent?

    /// Makes a body; see the properties.
    public init(
        code: String,
        message: String,
        details: JSONValue? = nil,
        providerCode: String? = nil,
        providerRequestID: String? = nil,
        retryable: Bool,
        retryAfterMs: Int? = nil,
        spent: Spent? = nil
    ) {
        self.code = code
        self.message = message
        self.details = details
        self.providerCode = providerCode
        self.providerRequestID = providerRequestID
        self.retryable = retryable
        self.retryAfterMs = retryAfterMs
        self.spent = spent
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        code = try members.text("code", upTo: 64)
        message = try members.text("message", upTo: 4_096)
        details = try members.optionalObject("details")
        providerCode = try members.optionalText("provider_code", upTo: 256)
        providerRequestID = try members.optionalText("provider_request_id", upTo: 256)
        retryable = try members.flag("retryable")
        retryAfterMs = try members.optionalInt("retry_after_ms")
        spent = try members.optional("spent", Spent.init(members:))
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("code", code)
        writer.field("message", message)
        writer.optional("details", details)
        writer.optional("provider_code", providerCode)
        writer.optional("provider_request_id", providerRequestID)
        writer.field("retryable", retryable)
        writer.optional("retry_after_ms", retryAfterMs)
        if let spent { writer.field("spent") { spent.write(&$0) } }
    }
}

/// The end is committed: the worker may forget the job.
public struct JobSettled: Body, Hashable {
    /// `job.settled`.
    public static let kind = Kind.jobSettled

    /// Makes a body; see the properties.
    public init() {}

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        _ = try Members(json)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {}
}
