import HTTP
import JSON
import Loop
import Wire

/// What happens to jobs, as it happens: to event streams, to calls that wait, and to those who only ask.
///
/// It holds how far each job is that hasn't ended, nothing else; what must last is in the store.
@NetLoop
final class JobFeed {
    /// What somebody listens to.
    enum Topic: Hashable, Sendable {
        case job(String)
        /// All jobs of a user.
        case owner(String)
    }

    final class Subscription {
        let topic: Topic
        fileprivate let take: @NetLoop (JobEvent) -> Void

        fileprivate init(_ topic: Topic, take: @escaping @NetLoop (JobEvent) -> Void) {
            self.topic = topic
            self.take = take
        }
    }

    private var subscriptions: [Topic: [ObjectIdentifier: Subscription]] = [:]
    private(set) var standings: [String: BatchStanding] = [:]
    /// Ends streams that have no end of their own.
    private var endings: [ObjectIdentifier: @NetLoop () -> Void] = [:]
    private var isDraining = false

    // MARK: Listening

    func subscribe(_ job: String, _ take: @escaping @NetLoop (JobEvent) -> Void) -> Subscription {
        subscribe(to: .job(job), take)
    }

    func subscribe(to topic: Topic, _ take: @escaping @NetLoop (JobEvent) -> Void) -> Subscription {
        let subscription = Subscription(topic, take: take)
        subscriptions[topic, default: [:]][ObjectIdentifier(subscription)] = subscription
        return subscription
    }

    func unsubscribe(_ subscription: Subscription) {
        endings[ObjectIdentifier(subscription)] = nil
        subscriptions[subscription.topic]?[ObjectIdentifier(subscription)] = nil
        if subscriptions[subscription.topic]?.isEmpty == true { subscriptions[subscription.topic] = nil }
    }

    /// Calls that when the gateway stops: what has no end of its own would hold it up.
    func onDrain(_ subscription: Subscription, _ end: @escaping @NetLoop () -> Void) {
        if isDraining { return end() }
        endings[ObjectIdentifier(subscription)] = end
    }

    func drain() {
        isDraining = true
        for end in endings.values { end() }
        endings = [:]
    }

    /// How many listen.
    var listeners: Int { subscriptions.values.reduce(0) { $0 + $1.count } }

    // MARK: Asking

    func step(of image: String, job: String) -> BatchStanding.Step? { standings[job]?.steps[image] }

    /// The `progress` of a user's open jobs, so many at most.
    func progress(of owner: String, limit: Int) -> [JobEvent] {
        standings.filter { $0.value.owner == owner }.sorted { $0.key < $1.key }.suffix(limit).map {
            $0.value.event(job: $0.key)
        }
    }

    // MARK: What happens

    /// The jobs that were open when the gateway ended.
    func restore(_ open: [String: BatchStanding]) { standings.merge(open) { $1 } }

    /// Committed events.
    func publish(_ events: [JobEvent]) {
        for event in events {
            switch event.change {
            case .none:
                deliver(event)
            case .pending:
                standings[event.job, default: BatchStanding(owner: event.owner)].added()
                deliver(event)
            case .ended(let image, let index, let total, let error):
                let place = "\(index + 1) of \(total)"
                let step = JobStep(
                    phase: .done,
                    percent: 100,
                    index: index,
                    total: total,
                    message: error.map { "Image \(place) failed: \($0)" } ?? "Image \(place) is done",
                    frame: error == nil ? "done" : "failed"
                )
                tell(step, image: image, event.job, of: event.owner)
                deliver(event)
                standings[event.job]?.ended(image, isGood: error == nil)
                tellProgress(event.job)
            case .over:
                standings[event.job] = nil
                deliver(event)
            }
        }
    }

    /// A step: for the moment only. Its percent is kept inside its phase's share.
    func step(_ step: JobStep, image: String, job: String) {
        var step = step
        step.percent = step.phase.clamped(step.percent)
        let reached = BatchStanding.Step(
            phase: step.phase,
            percent: step.percent,
            index: step.index,
            message: step.message
        )
        guard let owner = standings[job]?.owner, standings[job]?.reached(reached, image: image) == true else { return }
        tell(step, image: image, job, of: owner)
        tellProgress(job)
    }

    /// An image is at its beginning again; nothing is said of one that had no step yet.
    ///
    /// - Parameter message: of its place, such as `2 of 5`.
    func setBack(_ image: String, job: String, step name: String, _ message: (String) -> String) {
        guard let standing = standings[job], let before = standing.steps[image] else { return }
        let step = JobStep(
            phase: .initialise,
            percent: 0,
            index: before.index,
            total: standing.total,
            message: message("\(before.index + 1) of \(standing.total)"),
            frame: name
        )
        self.step(step, image: image, job: job)
    }

    private func tell(_ step: JobStep, image: String, _ job: String, of owner: String) {
        guard isHeard(job, owner) else { return }
        let data = JSONWriter.object { writer in
            writer.field("job_id", job)
            writer.field("image_id", image)
            writer.field("phase", step.phase.rawValue)
            writer.field("percent", step.percent)
            writer.field("index", step.index)
            writer.field("total", step.total)
            writer.field("message", step.message)
            writer.optional("step", step.frame)
            writer.optional("model", step.model)
        }
        deliver(JobEvent(job: job, owner: owner, number: nil, place: nil, name: "step", data: data))
    }

    private func tellProgress(_ job: String) {
        guard let standing = standings[job], isHeard(job, standing.owner) else { return }
        deliver(standing.event(job: job))
    }

    private func isHeard(_ job: String, _ owner: String) -> Bool {
        subscriptions[.job(job)] != nil || subscriptions[.owner(owner)] != nil
    }

    private func deliver(_ event: JobEvent) {
        for topic in [Topic.job(event.job), .owner(event.owner)] {
            for subscription in subscriptions[topic]?.values.map({ $0 }) ?? [] { subscription.take(event) }
        }
    }
}

extension JobPhase {
    /// A percent inside the phase's share; what is no number is its beginning.
    fileprivate func clamped(_ percent: Double) -> Double {
        percent.isNaN ? share.lowerBound : min(share.upperBound, max(share.lowerBound, percent))
    }
}
