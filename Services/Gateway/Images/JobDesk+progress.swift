import HTTP
import Loop
import Wire

/// What the desk tells of an image's way between the steps that its worker tells.
extension JobDesk {
    /// A worker's step.
    func tell(step: JobStep, image: String) {
        guard let job = board.units[image]?.job else { return }
        tell(step, image, job)
    }

    /// An attempt begins.
    func tell(_ attempt: Int, at order: JobStore.Order, image: String, job: String) {
        let place = "\(order.position + 1) of \(order.total)"
        let step = JobStep(
            phase: .initialise,
            percent: 1,
            index: order.position,
            total: order.total,
            message: "Attempt \(attempt) of \(board.limits.attempts) at image \(place) started",
            frame: "attempt"
        )
        tell(step, image, job)
    }

    /// An attempt has failed; whether another follows is not known yet.
    func tell(_ failure: JobBoard.Failure, of image: String, lease: String) {
        guard let unit = board.units[image], unit.lease == lease else { return }
        let attempt = "Attempt \(unit.attempt) of \(board.limits.attempts)"
        setBack(image, unit.job, step: "attempt_failed") { "\(attempt) at image \($0) failed: \(failure.message)" }
    }

    /// An image goes back to those that wait.
    func tell(_ change: JobBoard.Change) {
        guard case .requeued(let why, _, _) = change.kind else { return }
        let words: String
        switch why {
        case .retry: words = "is tried again"
        case .offerLapsed, .rejected, .released: words = "waits for another worker"
        case .workerLeft, .workerLost, .inDoubt: words = "has lost its worker and waits for another"
        }
        setBack(change.unit, change.job, step: "waiting") { "Image \($0) \(words)" }
    }

    /// At the beginning of its bar again, if it had left that.
    private func setBack(
        _ image: String,
        _ job: String,
        step name: String,
        _ message: @escaping @Sendable (String) -> String
    ) {
        Task(executorPreference: NetLoop.loop) { [feed] in
            await feed.setBack(image, job: job, step: name, message)
        }
    }

    private func tell(_ step: JobStep, _ image: String, _ job: String) {
        Task(executorPreference: NetLoop.loop) { [feed] in await feed.step(step, image: image, job: job) }
    }
}
