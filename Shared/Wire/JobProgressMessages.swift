public import JSON

/// The six phases of an image, in order.
public enum JobPhase: String, Sendable, Hashable, CaseIterable {
    /// Accepted and checked.
    case initialise = "INIT"
    /// Prompt and credential ready.
    case prepare = "PREP"
    /// At the provider.
    case call = "AI_CALL"
    /// The answer is read and checked.
    case parse = "PARSE"
    /// Converted and kept.
    case save = "SAVE"
    /// Over.
    case done = "DONE"

    /// Its part of an image's progress bar, in percent.
    public var share: ClosedRange<Double> {
        switch self {
        case .initialise: 0...10
        case .prepare: 10...25
        case .call: 25...70
        case .parse: 70...85
        case .save: 85...98
        case .done: 98...100
        }
    }
}

/// The worker still works on it.
public struct JobRenew: Body, Hashable {
    /// `job.renew`.
    public static let kind = Kind.jobRenew

    /// How far it is.
    public var phase: JobPhase

    /// Makes a body; see the properties.
    public init(phase: JobPhase) {
        self.phase = phase
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        phase = try members.choice("phase", orElse: .call)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("phase", phase.rawValue)
    }
}

/// The answer to a renewal.
public struct JobLease: Body, Hashable {
    /// `job.lease`.
    public static let kind = Kind.jobLease

    /// How long it is the worker's from now.
    public var leaseMs: Int
    /// Stop: repeated here because a `job.cancel` may be lost.
    public var cancel: Bool
    /// The lease is another's: stop and send no result of it as new.
    public var lost: Bool

    /// Makes a body; see the properties.
    public init(leaseMs: Int, cancel: Bool, lost: Bool) {
        self.leaseMs = leaseMs
        self.cancel = cancel
        self.lost = lost
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        leaseMs = try members.int("lease_ms")
        cancel = try members.flag("cancel")
        lost = try members.flag("lost")
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("lease_ms", leaseMs)
        writer.field("cancel", cancel)
        writer.field("lost", lost)
    }
}

/// A progress frame. The latest replaces the ones before it, except frames that name a lifecycle `frame`: those all arrive, in order.
public struct JobStep: Body, Hashable {
    /// `job.step`.
    public static let kind = Kind.jobStep

    /// The phase.
    public var phase: JobPhase
    /// Of this image, 0 to 100.
    public var percent: Double
    /// The image's place in the batch, from 0.
    public var index: Int
    /// Images in the batch.
    public var total: Int
    /// A sentence for the user, as "Generating image 2 of 5".
    public var message: String
    /// The model that is being tried.
    public var model: String?
    /// The variant of it.
    public var variant: String?
    /// What was reached, as `image_attempt`; absent for mere progress.
    public var frame: String?

    /// Makes a body; see the properties.
    public init(
        phase: JobPhase,
        percent: Double,
        index: Int,
        total: Int,
        message: String,
        model: String? = nil,
        variant: String? = nil,
        frame: String? = nil
    ) {
        self.phase = phase
        self.percent = percent
        self.index = index
        self.total = total
        self.message = message
        self.model = model
        self.variant = variant
        self.frame = frame
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        phase = try members.choice("phase", orElse: .call)
        percent = try members.double("percent")
        index = try members.int("index")
        total = try members.int("total")
        message = try members.text("message", upTo: 1_024)
        model = try members.optionalText("model", upTo: 256)
        variant = try members.optionalText("variant", upTo: 256)
        frame = try members.optionalText("frame", upTo: 64)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("phase", phase.rawValue)
        writer.field("percent", percent)
        writer.field("index", index)
        writer.field("total", total)
        writer.field("message", message)
        writer.optional("model", model)
        writer.optional("variant", variant)
        writer.optional("frame", frame)
    }
}

/// What was used up, as far as it is known; unknown is absent, never zero.
public struct Spent: Sendable, Hashable {
    /// US dollars.
    public var costUSD: Double?
    /// Tokens in.
    public var inputTokens: Int?
    /// Tokens out.
    public var outputTokens: Int?
    /// Pictures that the provider charged.
    public var images: Int?

    /// Makes one; see the properties.
    public init(
        costUSD: Double? = nil,
        inputTokens: Int? = nil,
        outputTokens: Int? = nil,
        images: Int? = nil
    ) {
        self.costUSD = costUSD
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.images = images
    }

    init(members: Members) throws(WireError) {
        costUSD = try members.optionalDouble("cost_usd")
        inputTokens = try members.optionalInt("input_tokens")
        outputTokens = try members.optionalInt("output_tokens")
        images = try members.optionalInt("images")
    }

    func write(_ writer: inout JSONWriter) {
        writer.optional("cost_usd", costUSD)
        writer.optional("input_tokens", inputTokens)
        writer.optional("output_tokens", outputTokens)
        writer.optional("images", images)
    }
}

/// Committed by the gateway before the worker goes on, because the next step costs money.
public struct JobCheckpoint: Body, Hashable {
    /// `job.checkpoint`.
    public static let kind = Kind.jobCheckpoint

    /// Where the provider call stands.
    public var phase: CheckpointPhase
    /// The provider's name for the running call.
    public var providerReference: String?
    /// What was used up so far.
    public var spent: Spent?

    /// Makes a body; see the properties.
    public init(phase: CheckpointPhase, providerReference: String? = nil, spent: Spent? = nil) {
        self.phase = phase
        self.providerReference = providerReference
        self.spent = spent
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        phase = try members.choice("phase")
        providerReference = try members.optionalText("provider_reference", upTo: 1_024)
        spent = try members.optional("spent", Spent.init(members:))
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("phase", phase.rawValue)
        writer.optional("provider_reference", providerReference)
        if let spent { writer.field("spent") { spent.write(&$0) } }
    }
}

/// The checkpoint is committed.
public struct JobCheckpointed: Body, Hashable {
    /// `job.checkpointed`.
    public static let kind = Kind.jobCheckpointed

    /// Makes a body; see the properties.
    public init() {}

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        _ = try Members(json)
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {}
}

/// Stop, at the provider too where it can.
public struct JobCancel: Body, Hashable {
    /// `job.cancel`.
    public static let kind = Kind.jobCancel

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

/// What a cancellation brought about.
public enum CancelEffect: String, Sendable, Hashable, CaseIterable {
    /// It stopped before the provider was done.
    case stopped
    /// It was done already.
    case tooLate = "too_late"
    /// Nobody can tell.
    case unknown
}

/// The answer to a cancellation.
public struct JobCancelled: Body, Hashable {
    /// `job.cancelled`.
    public static let kind = Kind.jobCancelled

    /// What it brought about.
    public var effect: CancelEffect
    /// What was used up.
    public var spent: Spent?

    /// Makes a body; see the properties.
    public init(effect: CancelEffect, spent: Spent? = nil) {
        self.effect = effect
        self.spent = spent
    }

    /// Reads a payload.
    public init(_ json: JSONValue) throws(WireError) {
        let members = try Members(json)
        effect = try members.choice("effect", orElse: .unknown)
        spent = try members.optional("spent", Spent.init(members:))
    }

    /// Writes the members.
    public func write(_ writer: inout JSONWriter) {
        writer.field("effect", effect.rawValue)
        if let spent { writer.field("spent") { spent.write(&$0) } }
    }
}
