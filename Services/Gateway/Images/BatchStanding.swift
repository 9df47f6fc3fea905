import JSON
import Wire

/// How far a job is that hasn't ended: what its images' ends and the latest step of each come to.
struct BatchStanding: Sendable {
    /// How far an image is.
    struct Step: Sendable, Equatable {
        let phase: JobPhase
        /// 0 to 100, inside its phase's share.
        let percent: Double
        /// Its place in the job, from 0.
        let index: Int
        let message: String
    }

    let owner: String
    /// Images in the job.
    private(set) var total: Int
    private(set) var generated: Int
    /// Those that were cancelled are among them.
    private(set) var failed: Int
    private(set) var steps: [String: Step] = [:]
    private var ended: Set<String> = []

    init(owner: String, total: Int = 0, generated: Int = 0, failed: Int = 0) {
        self.owner = owner
        self.total = total
        self.generated = generated
        self.failed = failed
    }

    /// Whether every image has ended.
    var isOver: Bool { generated + failed >= total }

    // MARK: What happens

    mutating func added() { total += 1 }

    /// Where an image is now; false when it has ended and this comes late.
    mutating func reached(_ step: Step, image: String) -> Bool {
        guard !ended.contains(image) else { return false }
        steps[image] = step
        return true
    }

    mutating func ended(_ image: String, isGood: Bool) {
        guard ended.insert(image).inserted else { return }
        steps[image] = nil
        if isGood { generated += 1 } else { failed += 1 }
    }

    // MARK: What it comes to

    /// 0 to 100 over all images; one that failed counts as done.
    var percent: Double {
        guard total > 0 else { return 0 }
        let sum = Double(generated + failed) * 100 + steps.values.reduce(0) { $0 + $1.percent }
        return min(100, sum / Double(total))
    }

    /// The image that is furthest speaks for all.
    private var leading: Step? { steps.values.max { ($0.percent, $1.index) < ($1.percent, $0.index) } }

    var phase: JobPhase { isOver ? .done : leading?.phase ?? .initialise }

    var message: String {
        if !isOver, let leading { return leading.message }
        let ended = generated + failed
        if ended == 0 { return "Waiting for a worker" }
        return "\(ended) of \(total) images done" + (failed > 0 ? ", \(failed) of them failed" : "")
    }

    /// The `progress` event.
    func event(job: String) -> JobEvent {
        let data = JSONWriter.object { writer in
            writer.field("job_id", job)
            writer.field("phase", phase.rawValue)
            writer.field("percent", (percent * 10).rounded() / 10)
            writer.field("generated", generated)
            writer.field("failed", failed)
            writer.field("total", total)
            writer.field("message", message)
        }
        return JobEvent(job: job, owner: owner, number: nil, place: nil, name: "progress", data: data)
    }
}
