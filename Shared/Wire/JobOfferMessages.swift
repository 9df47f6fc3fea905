public import JSON

/// How many offers the worker can take, as an absolute count for this session: losing one does no harm.
public struct JobCredit: Body, Hashable {
    /// `job.credit`.
    public static let kind = Kind.jobCredit

    /// Offers allowed since the session began.
    public var total: UInt64

    /// Makes a body; see the properties.
    public init(total: UInt64) {
        self.total = total
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        total = try members.counter("total")
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.counter("total", total)
    }
}

/// The connector that an image is made with; its credential travels sealed beside it.
public struct JobConnector: Sendable, Hashable {
    /// The connector.
    public var id: String
    /// Its adapter, as `openai_apikey`.
    public var type: String
    /// The endpoint, for types that need one.
    public var baseURL: String?

    /// Makes one; see the properties.
    public init(id: String, type: String, baseURL: String? = nil) {
        self.id = id
        self.type = type
        self.baseURL = baseURL
    }

    init(members: Members) throws(WireError) {
        id = try members.text("id", upTo: 128)
        type = try members.text("type", upTo: 64)
        baseURL = try members.optionalText("base_url", upTo: 2_048)
    }

    func write(_ writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("type", type)
        writer.optional("base_url", baseURL)
    }
}

/// One image to make.
public struct JobSpec: Sendable, Hashable {
    /// The image job (`job_…`) that it belongs to.
    public var batch: String
    /// Its place in the batch, from 0.
    public var index: Int
    /// Images in the batch.
    public var total: Int
    /// The connector to use.
    public var connector: JobConnector
    /// The provider's model.
    public var model: String
    /// The prompt, ready to send.
    public var prompt: String
    /// What must not be in the picture, where the provider knows that.
    public var negativePrompt: String?
    /// Width and height, as the provider wants them.
    public var size: String?
    /// The provider's word for quality.
    public var quality: String?
    /// The style: `realistic`, `artistic`, `cartoon`, ….
    public var imageType: String?
    /// What the picture is for: `featured`, `in_article`, `desktop`, `mobile`.
    public var kind: String
    /// The format to convert to.
    public var format: ImageFormat
    /// The thumbnail's longer side, pixels; 0 for none.
    public var thumbnailPx: Int
    /// The same for every try, for providers that honour one.
    public var idempotencyKey: String

    /// Makes one; see the properties.
    public init(
        batch: String,
        index: Int,
        total: Int,
        connector: JobConnector,
        model: String,
        prompt: String,
        negativePrompt: String? = nil,
        size: String? = nil,
        quality: String? = nil,
        imageType: String? = nil,
        kind: String,
        format: ImageFormat,
        thumbnailPx: Int,
        idempotencyKey: String
    ) {
        self.batch = batch
        self.index = index
        self.total = total
        self.connector = connector
        self.model = model
        self.prompt = prompt
        self.negativePrompt = negativePrompt
        self.size = size
        self.quality = quality
        self.imageType = imageType
        self.kind = kind
        self.format = format
        self.thumbnailPx = thumbnailPx
        self.idempotencyKey = idempotencyKey
    }

    init(members: Members) throws(WireError) {
        batch = try members.text("batch", upTo: 128)
        index = try members.int("index")
        total = try members.int("total")
        connector = try members.object("connector", JobConnector.init(members:))
        model = try members.text("model", upTo: 256)
        prompt = try members.text("prompt", upTo: 131_072)
        negativePrompt = try members.optionalText("negative_prompt", upTo: 131_072)
        size = try members.optionalText("size", upTo: 64)
        quality = try members.optionalText("quality", upTo: 64)
        imageType = try members.optionalText("image_type", upTo: 64)
        kind = try members.text("kind", upTo: 64)
        format = try members.choice("format")
        thumbnailPx = try members.int("thumbnail_px")
        idempotencyKey = try members.text("idempotency_key", upTo: 256)
    }

    func write(_ writer: inout JSONWriter) {
        writer.field("batch", batch)
        writer.field("index", index)
        writer.field("total", total)
        writer.field("connector") { connector.write(&$0) }
        writer.field("model", model)
        writer.field("prompt", prompt)
        writer.optional("negative_prompt", negativePrompt)
        writer.optional("size", size)
        writer.optional("quality", quality)
        writer.optional("image_type", imageType)
        writer.field("kind", kind)
        writer.field("format", format.rawValue)
        writer.field("thumbnail_px", thumbnailPx)
        writer.field("idempotency_key", idempotencyKey)
    }
}

/// A format that pictures are kept in.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
    /// WebP.
    case webp
    /// JPEG.
    case jpg
    /// PNG.
    case png
}

/// How far an earlier try had come: what is needed not to pay twice.
public struct JobCheckpointState: Sendable, Hashable {
    /// The last checkpoint.
    public var phase: CheckpointPhase
    /// The provider's name for the running call, to resume it by.
    public var providerReference: String?

    /// Makes one; see the properties.
    public init(phase: CheckpointPhase, providerReference: String? = nil) {
        self.phase = phase
        self.providerReference = providerReference
    }

    init(members: Members) throws(WireError) {
        phase = try members.choice("phase")
        providerReference = try members.optionalText("provider_reference", upTo: 1_024)
    }

    func write(_ writer: inout JSONWriter) {
        writer.field("phase", phase.rawValue)
        writer.optional("provider_reference", providerReference)
    }
}

/// Where a provider call stands.
public enum CheckpointPhase: String, Sendable, Hashable, CaseIterable {
    /// About to be sent: without a reference it is in doubt whether it was.
    case submitting
    /// Sent.
    case submitted
}

/// An image to make, with its credential sealed to the worker's boot key. Job, attempt and lease stand in the header.
public struct JobOffer: Body, Hashable {
    /// `job.offer`.
    public static let kind = Kind.jobOffer

    /// What to make.
    public var spec: JobSpec
    /// Names of the attachments that are input pictures.
    public var inputs: [String]
    /// A sealed box in base64 around a JSON object of credentials; absent when the connector needs none.
    public var credential: String?
    /// How long it is the worker's without renewal.
    public var leaseMs: Int
    /// Where an earlier try stopped.
    public var checkpoint: JobCheckpointState?
    /// The caller's `tracestate`, to be passed on beside the header's trace; at most 512 bytes.
    public var traceState: String?

    /// Makes a body; see the properties.
    public init(
        spec: JobSpec,
        inputs: [String] = [],
        credential: String? = nil,
        leaseMs: Int,
        checkpoint: JobCheckpointState? = nil,
        traceState: String? = nil
    ) {
        self.spec = spec
        self.inputs = inputs
        self.credential = credential
        self.leaseMs = leaseMs
        self.checkpoint = checkpoint
        self.traceState = traceState
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        spec = try members.object("spec", JobSpec.init(members:))
        inputs = try members.texts("inputs", upTo: 16)
        credential = try members.optionalText("credential", upTo: 65_536)
        leaseMs = try members.int("lease_ms")
        checkpoint = try members.optional("checkpoint", JobCheckpointState.init(members:))
        traceState = try members.optionalText("trace_state", upTo: 512)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("spec") { spec.write(&$0) }
        writer.list("inputs", inputs)
        writer.optional("credential", credential)
        writer.field("lease_ms", leaseMs)
        if let checkpoint { writer.field("checkpoint") { checkpoint.write(&$0) } }
        writer.optional("trace_state", traceState)
    }
}

/// The worker makes it.
public struct JobAccept: Body, Hashable {
    /// `job.accept`.
    public static let kind = Kind.jobAccept

    /// Makes a body; see the properties.
    public init() {}

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        _ = try Members(json)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {}
}

/// The worker doesn't make it; the try isn't counted.
public struct JobReject: Body, Hashable {
    /// `job.reject`.
    public static let kind = Kind.jobReject

    /// Why, a short word.
    public var reason: String
    /// How long not to offer it there again; 0 for at once.
    public var retryAfterMs: Int

    /// Makes a body; see the properties.
    public init(reason: String, retryAfterMs: Int) {
        self.reason = reason
        self.retryAfterMs = retryAfterMs
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        reason = try members.text("reason", upTo: 256)
        retryAfterMs = try members.int("retry_after_ms")
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("reason", reason)
        writer.field("retry_after_ms", retryAfterMs)
    }
}

/// Handed back unfinished; the try isn't counted.
public struct JobRelease: Body, Hashable {
    /// `job.release`.
    public static let kind = Kind.jobRelease

    /// Why, a short word.
    public var reason: String

    /// Makes a body; see the properties.
    public init(reason: String) {
        self.reason = reason
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        reason = try members.text("reason", upTo: 256)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("reason", reason)
    }
}
