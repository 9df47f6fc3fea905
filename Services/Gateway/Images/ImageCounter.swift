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
        let target = try plan.resolve(model: request.model, named: request.connector, need: .images)
        guard target.connector.status == .active else {
            throw GatewayError(.noConnector, "The connector is not active; check its credentials.")
        }
        let job = NewJob(
            id: Identifier.make("job"),
            owner: caller.userID,
            idempotencyKey: try checked(idempotencyKey),
            bodyHash: Digest.sha256(body),
            connector: target.connector,
            skipped: request.skipped,
            trace: call.exchange.traceContext,
            images: images(request, model: target.model)
        )
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
            return Accepted(jobID: job.id, isNew: true, target: target, images: job.images.map(\.id))
        case .known(let id):
            return Accepted(jobID: id, isNew: false, target: target)
        case .mismatch:
            var error = GatewayError(.idempotencyMismatch, "This Idempotency-Key came before with another body.")
            error.shouldRetry = false
            throw error
        }
    }

    private func written(_ job: NewJob, by actor: AuditTrail.Actor) async throws -> JobStore.Acceptance {
        do {
            return try await commit.write(by: actor) { [store] in try store.insert(job, by: actor, in: $0) }
        } catch let error as SQLiteError {
            throw GatewayError(store: error)
        }
    }

    private func checked(_ key: String?) throws(GatewayError) -> String? {
        guard let key else { return nil }
        guard !key.isEmpty, key.utf8.count <= 255 else {
            throw GatewayError(.invalidRequest, "An Idempotency-Key has 1 to 255 characters.")
        }
        return key
    }

    private func images(_ request: ImageRequest, model: String) -> [NewImage] {
        request.wanted.map { wanted in
            var spec = ImageSpec(model: model, prompt: wanted.prompt)
            spec.negativePrompt = request.negativePrompt
            spec.size = wanted.size
            spec.quality = request.quality
            spec.imageType = request.imageType
            spec.format = request.format
            return NewImage(id: Identifier.make("img"), title: wanted.title, kind: wanted.kind, spec: spec)
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
