import HTTP
import JSON
import Loop

/// Makes the pictures of turns: each step of a chain is a durable job of one image, so that the audit trail, costs and
/// storage are the same as everywhere.
@NetLoop
final class TurnPictures {
    /// How long one step of a chain may take, its wait for a worker included.
    static let deadline = Duration.seconds(300)

    /// What came of a step.
    enum Outcome {
        case made(TurnMachine.Picture)
        case failed(TurnMachine.StepFailure)
        /// The client is gone, and the job is cancelled.
        case left
    }

    private let counter: ImageCounter
    private let images: ImageHandler
    private let desk: JobDesk
    private let feed: JobFeed
    private let deadline: Duration

    init(
        counter: ImageCounter,
        images: ImageHandler,
        desk: JobDesk,
        feed: JobFeed,
        deadline: Duration = TurnPictures.deadline
    ) {
        self.counter = counter
        self.images = images
        self.desk = desk
        self.feed = feed
        self.deadline = deadline
    }

    /// The chain as it is told: with the models that it comes to, as far as that is known before.
    func steps(of request: TurnRequest, for call: Call) async -> [TurnMachine.Step] {
        var steps: [TurnMachine.Step] = []
        for step in request.chain {
            let image = Self.image(step, of: request)
            let target = try? await counter.target(of: image, for: call, feature: request.feature)
            steps.append(TurnMachine.Step(model: target?.model ?? step.model ?? "", variant: step.variant))
        }
        return steps
    }

    private static func image(_ step: TurnRequest.ImageStep, of request: TurnRequest) -> ImageRequest {
        ImageRequest(picture: request.prompt, model: step.model, connector: step.connector, quality: step.variant)
    }

    /// Hands a step's job in. When this returns, the job is on disk.
    func accept(_ step: TurnRequest.ImageStep, of request: TurnRequest, from call: Call) async throws
        -> ImageCounter.Accepted
    {
        try await counter.accept(
            Self.image(step, of: request),
            from: call,
            feature: request.feature,
            idempotencyKey: nil,
            body: Array(request.prompt.utf8)
        )
    }

    /// Waits for the job's end. A job that takes too long, or that nobody waits for any more, is cancelled.
    func outcome(of accepted: ImageCounter.Accepted, for call: Call) async -> Outcome {
        let queue = EventQueue()
        let subscription = feed.subscribe(accepted.jobID) { if $0.name == "done" { queue.put($0) } }
        let timer = NetLoop.after(deadline) { queue.close() }
        defer {
            feed.unsubscribe(subscription)
            NetLoop.cancel(timer)
            call.exchange.onLeave = nil
        }
        call.exchange.onLeave = { queue.close() }
        do {
            var job = try await images.job(accepted.jobID, of: call.caller)
            if !job.isFinished {
                guard await queue.next() != nil else { return await cancelled(accepted, call) }
                job = try await images.job(accepted.jobID, of: call.caller)
            }
            return Self.outcome(of: job)
        } catch {
            guard !call.exchange.hasLeft else { return await cancelled(accepted, call) }
            return .failed(.init(GatewayError(anything: error)))
        }
    }

    private func cancelled(_ accepted: ImageCounter.Accepted, _ call: Call) async -> Outcome {
        await desk.cancel(images: accepted.images)
        guard !call.exchange.hasLeft else { return .left }
        let late = GatewayError(.timeout, "The picture took longer than \(deadline.milliseconds / 1_000) seconds.")
        return .failed(.init(late))
    }

    private static func outcome(of job: JobRow) -> Outcome {
        guard let image = job.images.first else {
            return .failed(.init(kind: .other, code: "internal_error", message: "The job has no image."))
        }
        guard image.state == .done, let picture = image.picture else {
            return .failed(.init(stored: image.error))
        }
        return .made(
            TurnMachine.Picture(
                job: job.id,
                image: image.id,
                url: "/api/images/\(image.id)/content",
                type: picture.type,
                width: picture.width,
                height: picture.height,
                bytes: picture.bytes,
                sha256: picture.sha256,
                costUSD: image.costUSD
            )
        )
    }
}

extension TurnMachine.StepFailure {
    /// A step that could not be handed in. What the caller could have known is a matter of configuration.
    init(_ error: GatewayError) {
        let isConfig = error.code == .noConnector || (400..<500).contains(error.status) && error.status != 429
        self.init(
            kind: isConfig ? .config : .other,
            code: error.code.rawValue,
            message: error.message,
            details: error.details
        )
    }

    /// What the store has of an image's failure.
    init(stored bytes: [UInt8]?) {
        let stored = bytes.flatMap { try? JSONValue(parsing: $0) }
        let code = stored?["code"]?.string ?? "internal_error"
        let details = stored?["details"]?.object ?? []
        let isEmpty = details.contains { $0.name == "provider_code" && $0.value.string == "zero_images" }
        self.init(
            kind: code == "config_error" ? .config : isEmpty ? .empty : .other,
            code: code,
            message: stored?["message"]?.string ?? "No image was generated.",
            details: details
        )
    }
}
