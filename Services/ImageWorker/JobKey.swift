import Wire

/// One try of one image: the job, and the fencing token that it was leased with.
///
/// The token is new for each try, so it alone tells tries apart; the attempt's number is for people and providers, and
/// answers of the gateway may leave it out. What it belongs to and what it came with are carried along, so that every
/// message about the try names them.
struct JobKey: Hashable, Sendable, CustomStringConvertible {
    let job: String
    let attempt: Int
    let lease: String
    /// The batch, as the gateway named it.
    let correlation: String?
    /// The offer that began the try; nil where the key was made of another message.
    let offer: ULID?

    init(job: String, attempt: Int, lease: String, correlation: String? = nil, offer: ULID? = nil) {
        self.job = job
        self.attempt = attempt
        self.lease = lease
        self.correlation = correlation
        self.offer = offer
    }

    /// What a message about a job names in its header; nil when it names none.
    init?(_ header: Envelope) {
        guard let job = header.job, let lease = header.lease, !job.isEmpty, !lease.isEmpty else { return nil }
        let offer = header.kind == .jobOffer ? header.id : header.causation
        let attempt = header.attempt ?? 0
        self.init(job: job, attempt: attempt, lease: lease, correlation: header.correlation, offer: offer)
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
        header.correlation = correlation
        header.causation = offer
    }

    var description: String { "\(job)#\(attempt)" }
}
