import Wire

/// One try of one image: the job, and the fencing token that it was leased with.
///
/// The token is new for each try, so it alone tells tries apart; the attempt's number is for people and providers, and
/// answers of the gateway may leave it out.
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

    static func == (left: JobKey, right: JobKey) -> Bool { left.job == right.job && left.lease == right.lease }

    func hash(into hasher: inout Hasher) {
        hasher.combine(job)
        hasher.combine(lease)
    }

    func write(_ header: inout Envelope) {
        header.job = job
        header.attempt = attempt
        header.lease = lease
    }

    var description: String { "\(job)#\(attempt)" }
}
