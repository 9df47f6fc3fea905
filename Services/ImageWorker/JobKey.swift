import Telemetry
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
    /// This try's step of the trace that the image belongs to.
    let trace: Trace?

    init(
        job: String,
        attempt: Int,
        lease: String,
        correlation: String? = nil,
        offer: ULID? = nil,
        trace: Trace? = nil
    ) {
        self.job = job
        self.attempt = attempt
        self.lease = lease
        self.correlation = correlation
        self.offer = offer
        self.trace = trace
    }

    /// What a message about a job names in its header; nil when it names none.
    init?(_ header: Envelope) {
        guard let job = header.job, let lease = header.lease, !job.isEmpty, !lease.isEmpty else { return nil }
        let named = header.trace.flatMap { Trace(header: $0) }
        let isOffer = header.kind == .jobOffer
        self.init(
            job: job,
            attempt: header.attempt ?? 0,
            lease: lease,
            correlation: header.correlation,
            offer: isOffer ? header.id : header.causation,
            trace: isOffer ? named?.child() ?? Trace() : named
        )
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
        header.trace = trace?.header
    }

    var description: String { "\(job)#\(attempt)" }
}
