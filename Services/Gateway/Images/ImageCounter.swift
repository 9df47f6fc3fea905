import Bus
import Crypto
import HTTP
import SQLite
import Telemetry
import Wire

/// Where image jobs are handed in: it resolves the connector, commits the job, and only then gives it to the desk.
@NetLoop
final class ImageCounter {
    private let signpost: Signpost
    private let commit: GroupCommit
    private let store: JobStore
    private let desk: JobDesk
    private let feed: JobFeed

    init(
        signpost: Signpost,
        commit: GroupCommit,
        store: JobStore,
        desk: JobDesk,
        feed: JobFeed
    ) {
        self.signpost = signpost
        self.commit = commit
        self.store = store
        self.desk = desk
        self.feed = feed
    }

    /// What came of it: a new job, or the one that the same idempotency key stands for.
    struct Accepted {
        let jobID: String
        let isNew: Bool
        let target: Plan.Target?
        /// How many images are made, and which are not.
        let count: Int
        let skipped: [ImageBrief.Skipped]
        /// The images of a new job.
        var images: [String] = []
    }

    /// Accepts a job. When this returns, the job is on disk.
    ///
    /// - Parameter feature: whose pin counts, where that isn't said in the headers.
    func accept(
        _ request: ImageRequest,
        from call: Call,
        feature: String? = nil,
        idempotencyKey: String?,
        body: [UInt8]
    ) async throws -> Accepted {
        let caller = call.caller
        let plan = signpost.plan(for: call, feature: feature)
        let brief = try await brief(request, of: caller, plan)
        let target = try target(of: brief, request, plan)
        guard target.connector.status == .active else {
            throw GatewayError(.noConnector, "The connector is not active; check its credentials.")
        }
        let job = NewJob(
            id: Identifier.make("job"),
            owner: caller.userID,
            idempotencyKey: idempotencyKey,
            bodyHash: Digest.sha256(body),
            connector: target.connector,
            skipped: brief.skipped,
            trace: call.exchange.traceContext,
            images: Self.images(brief, model: target.model)
        )
        let accepted = { (id: String, isNew: Bool) in
            Accepted(jobID: id, isNew: isNew, target: target, count: brief.images.count, skipped: brief.skipped)
        }
        switch try await written(job, by: call.actor) {
        case .accepted(let events):
            signpost.connectors.markUsed(target.connector.id)
            feed.publish(events)
            Log.info(
                "image job accepted",
                [
                    "job": job.id, "images": job.images.count, "connector": target.connector.id,
                    "request_id": call.exchange.requestID, "trace": call.exchange.trace.id,
                    "span": call.exchange.trace.spanID,
                ]
            )
            await desk.submitted(job)
            var new = accepted(job.id, true)
            new.images = job.images.map(\.id)
            return new
        case .known(let id):
            return accepted(id, false)
        case .mismatch:
            throw GatewayError.idempotencyMismatch
        }
    }

    /// Where a request's images would be made, if it were accepted now.
    func target(of request: ImageRequest, for call: Call, feature: String? = nil) async throws -> Plan.Target {
        let plan = signpost.plan(for: call, feature: feature)
        return try target(of: try await brief(request, of: call.caller, plan), request, plan)
    }

    private func written(_ job: NewJob, by actor: AuditTrail.Actor) async throws -> JobStore.Acceptance {
        do {
            return try await commit.write(by: actor) { [store] in try store.insert(job, by: actor, in: $0) }
        } catch let error as SQLiteError {
            throw GatewayError(store: error)
        }
    }

    // MARK: What is to be made

    private func brief(_ request: ImageRequest, of caller: Caller, _ plan: Plan) async throws -> ImageBrief {
        var stored = try await commit.read {
            try StoredImageSettings.read(for: caller.userID, request.template, in: $0)
        }
        // The pin of the feature that this request names is nearer to it than what is stored for all.
        if plan.hasPin(for: .images) { stored.forgetProviders() }
        return try ImageBrief(request, under: stored) { $0.namesConnector(of: plan.candidates) }
    }

    private func target(of brief: ImageBrief, _ request: ImageRequest, _ plan: Plan) throws(GatewayError)
        -> Plan.Target
    {
        guard request.form != .native || request.connector != nil else {
            return try plan.imageTarget(brief.settings, params: ("settings.provider", "settings.model"))
        }
        return try plan.resolve(model: brief.settings.model, named: brief.settings.provider, need: .images)
    }

    private static func images(_ brief: ImageBrief, model: String) -> [NewImage] {
        brief.images.map { image in
            var spec = ImageSpec(model: model, prompt: image.prompt)
            spec.negativePrompt = brief.negativePrompt
            spec.size = image.size
            spec.quality = brief.settings.quality
            spec.imageType = brief.settings.imageType
            spec.format = brief.settings.imageFormat ?? .webp
            return NewImage(id: Identifier.make("img"), title: image.title, kind: image.kind, spec: spec)
        }
    }
}

extension GatewayError {
    /// The store could not take it: full, or too busy.
    init(store error: SQLiteError) {
        switch error.code {
        case .full:
            self = .diskFull
        case .busy:
            self.init(.notReady, "The store is busy; nothing was accepted. Try again.")
            retryAfter = .seconds(1)
        default:
            self.init(.unexpected, "The store failed; nothing was accepted.")
        }
    }
}
