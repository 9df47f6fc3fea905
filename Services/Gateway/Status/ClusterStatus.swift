import Bus
import Wire

/// The cluster at one moment, as the gateway knows it: what it heard from the others, and its own state.
struct ClusterStatus: Sendable {
    /// Something that is not as it should be, for people.
    struct Degradation: Sendable, Equatable {
        let service: String
        /// A sentence.
        let what: String
        /// Microseconds of the wall clock; nil where nobody knows.
        var since: Int64?
        /// What one can do.
        let hint: String
        /// Whether the cluster works as a whole all the same: such is not told by readiness.
        var isLocal = false
    }

    /// An image worker as the job board sees it.
    struct Worker: Sendable {
        let instance: String
        /// Images that it may be sent still.
        let credit: Int
        /// Images that it has.
        let images: Int
    }

    struct Outbox: Sendable {
        var events = 0
        /// When the oldest that waits was written, microseconds.
        var oldest: Int64?
    }

    struct Storage: Sendable {
        /// The database and its log.
        var databaseBytes = 0
        /// Free for the gateway on the file system of its data.
        var freeBytes = 0
        /// What is under way is finished, nothing new is taken.
        var isFull = false
    }

    struct Trail: Sendable {
        var isUp = false
        /// The chain's head, as it was acknowledged last.
        var head = ""
        /// The last checkpoint that is kept here.
        var checkpoint: (count: Int, at: Int64)?
        /// What contradicts itself in it.
        var complaint: String?
        /// Why the audit service takes no events although it is connected.
        var shippingComplaint: String?
    }

    /// Connectors by what they are good for now.
    struct Connectors: Sendable {
        var total = 0
        /// Active; the next three are parts of it.
        var active = 0
        /// Seen down within half an hour.
        var down = 0
        /// Not checked for three intervals, or never.
        var unknown = 0
        var ok = 0
        var authInvalid = 0
        var revoked = 0
        /// Names of the organisation's that can't serve.
        var broken: [String] = []
    }

    var at: Int64
    /// When this gateway began.
    var started: Int64
    /// Why no work is taken now, a sentence each.
    var refusals: [String] = []
    var members: [ServiceRegister.Member] = []
    /// Since when no image worker is there.
    var noWorkerSince: Int64?
    var monitorDownSince: Int64?
    var auditDownSince: Int64?
    /// Images that have not ended, by state.
    var images: [String: Int] = [:]
    /// Of the image that waits longest for nothing but a worker.
    var longestWait = Duration.zero
    var workers: [Worker] = []
    /// Instance names that more than one image worker has.
    var sharedNames: [String] = []
    var outbox = Outbox()
    var storage = Storage()
    var trail = Trail()
    var connectors = Connectors()
    var tap = TapPoint.Standing()

    /// Seconds for which the oldest event waits for the audit service.
    var outboxLagSeconds: Double { outbox.oldest.map { max(0, Double(at - $0) / 1e6) } ?? 0 }

    /// The versions that run, each once.
    var versions: [String] { Set(members.filter(\.isPresent).compactMap(\.version)).sorted() }

    /// `ok`, `degraded`, or `unavailable` when no work is taken.
    var word: String { !refusals.isEmpty ? "unavailable" : degraded.isEmpty ? "ok" : "degraded" }
}
