/// What happened to one job or request, from the headers' own relations: a machine.
///
/// A message belongs when its job, correlation or id is the one asked for, when it is about a job of a message that
/// belongs, or when a message that belongs caused it or is answered by it. Each is known by its id, so that the sender's and the receiver's observation become one step.
struct Trace: Sendable {
    /// One message on its way.
    struct Step: Sendable, Equatable {
        var sighting: Sighting
        /// When its sender was seen to send it, by the sender's clock.
        var sentAt: Int64?
        /// When its receiver was seen to receive it, by the receiver's clock.
        var receivedAt: Int64?
        var receiver: Sighting.Observer?

        /// Where it stands in time.
        var at: Int64 { sentAt ?? receivedAt ?? sighting.header.sentAt }
    }

    private let root: String
    private let mostSteps: Int
    /// In the order in which they were first seen.
    private(set) var steps: [Step] = []
    private var places: [String: Int] = [:]
    private var jobs: Set<String> = []
    private var units: Set<String> = []
    private var settled: Set<String> = []
    /// Messages that belong and found no room.
    private(set) var left: UInt64 = 0

    /// - Parameters:
    ///   - root: a job, correlation or message id, whole or at least four characters of its end.
    ///   - mostSteps: messages kept; the rest is counted.
    init(root: String, mostSteps: Int = 20_000) {
        self.root = root
        self.mostSteps = mostSteps
    }

    /// Whether every job that was seen has got its end, and there was one.
    var isSettled: Bool { !units.isEmpty && units == settled }

    /// Takes an observation; whether it belongs.
    @discardableResult
    mutating func take(_ sighting: Sighting) -> Bool {
        let header = sighting.header
        guard belongs(header) else { return false }
        if let job = header.job {
            if jobs.count < mostSteps { jobs.insert(job) }
            if header.kind == "job.settled" { settled.insert(job) }
            if Self.keepsOpen.contains(header.kind) { units.insert(job) }
        }
        if let place = places[header.id] {
            steps[place].observe(sighting)
        } else if steps.count < mostSteps {
            places[header.id] = steps.count
            var step = Step(sighting: sighting)
            step.observe(sighting)
            steps.append(step)
        } else {
            left += 1
        }
        return true
    }

    /// Kinds that say that a job is under way.
    private static let keepsOpen: Set<String> = ["job.offer", "job.accept", "job.checkpoint", "job.settled"]

    private func belongs(_ header: Sighting.Header) -> Bool {
        if [header.job, header.correlation, header.id].contains(where: { $0.map(isRoot) ?? false }) { return true }
        if let job = header.job, jobs.contains(job) { return true }
        return [header.replyTo, header.causation].contains { $0.map { places[$0] != nil } ?? false }
    }

    private func isRoot(_ id: String) -> Bool { id == root || (root.utf8.count >= 4 && id.hasSuffix(root)) }
}

extension Trace.Step {
    fileprivate mutating func observe(_ sighting: Sighting) {
        switch sighting.direction {
        case .out: sentAt = sighting.seenAt
        case .in:
            receivedAt = sighting.seenAt
            receiver = sighting.observer
        }
    }
}
