import HTTP
import JSON
import Loop
import Wire

/// What happens to jobs, as it happens: to event streams, to calls that wait, and to those who only ask.
///
/// It holds the latest step of each image that is being made, nothing else; what must last is in the store.
@NetLoop
final class JobFeed {
    /// Somebody who listens to one job.
    final class Subscription {
        let job: String
        fileprivate let take: @NetLoop (JobEvent) -> Void

        fileprivate init(job: String, take: @escaping @NetLoop (JobEvent) -> Void) {
            self.job = job
            self.take = take
        }
    }

    /// How far an image is.
    struct Progress {
        let phase: String
        let percent: Double
        let message: String
    }

    private var subscriptions: [String: [ObjectIdentifier: Subscription]] = [:]
    private var progress: [String: Progress] = [:]

    func subscribe(_ job: String, _ take: @escaping @NetLoop (JobEvent) -> Void) -> Subscription {
        let subscription = Subscription(job: job, take: take)
        subscriptions[job, default: [:]][ObjectIdentifier(subscription)] = subscription
        return subscription
    }

    func unsubscribe(_ subscription: Subscription) {
        subscriptions[subscription.job]?[ObjectIdentifier(subscription)] = nil
        if subscriptions[subscription.job]?.isEmpty == true { subscriptions[subscription.job] = nil }
    }

    func progress(of image: String) -> Progress? { progress[image] }

    /// Committed events.
    func publish(_ events: [JobEvent]) {
        for event in events { deliver(event) }
    }

    /// A worker's step: for the moment only.
    func step(_ step: JobStep, image: String, job: String) {
        progress[image] = Progress(phase: step.phase.rawValue, percent: step.percent, message: step.message)
        guard subscriptions[job] != nil else { return }
        let data = JSONWriter.object { writer in
            writer.field("job_id", job)
            writer.field("image_id", image)
            writer.field("phase", step.phase.rawValue)
            writer.field("percent", step.percent)
            writer.field("index", step.index)
            writer.field("total", step.total)
            writer.field("message", step.message)
            writer.optional("model", step.model)
        }
        deliver(JobEvent(job: job, number: nil, name: "step", data: data))
    }

    func forget(image: String) { progress[image] = nil }

    private func deliver(_ event: JobEvent) {
        for subscription in subscriptions[event.job]?.values.map({ $0 }) ?? [] { subscription.take(event) }
    }
}
