import Wire

/// One try of one image: the job, its attempt, and the fencing token that it was leased with.
struct JobKey: Hashable, Sendable, CustomStringConvertible {
    let job: String
    let attempt: Int
    let lease: String

    init(job: String, attempt: Int, lease: String) {
        self.job = job
        self.attempt = attempt
        self.lease = lease
    }

    /// What a message about a job names in its header; nil when it names none.
    init?(_ header: Envelope) {
        guard let job = header.job, let lease = header.lease, !job.isEmpty, !lease.isEmpty else { return nil }
        self.init(job: job, attempt: header.attempt ?? 0, lease: lease)
    }

    func write(_ header: inout Envelope) {
        header.job = job
        header.attempt = attempt
        header.lease = lease
    }

    var description: String { "\(job)#\(attempt)" }
}
