import Loop

/// The words in which the board, its store and its workers speak of an image.
extension JobBoard {
    /// One life of one worker process.
    struct WorkerID: Hashable, Sendable {
        let instance: String
        let boot: String
    }

    /// What the board knows of a worker.
    struct WorkerState: Sendable {
        /// How many images it may have been sent in this session, an absolute total.
        var credit = 0
        /// How many it has been sent in this session.
        var sent = 0
        /// Set while its connection is down: until then it may come back.
        var goneUntil: Moment?
        /// It is gone without a sign that its process or its connection has ended.
        var isSilent = false
        /// It finishes what it has and takes nothing new.
        var draining = false

        var isConnected: Bool { goneUntil == nil }
        /// Its connection is closed, so that a newcomer of its name is its successor.
        var hasEnded: Bool { goneUntil != nil && !isSilent }
        var mayTakeMore: Bool { isConnected && !draining }
        var hasCredit: Bool { mayTakeMore && sent < credit }
    }

    /// How far an attempt got with the provider.
    enum Checkpoint: Sendable, Equatable {
        /// The request is about to leave: from here on it may be charged.
        case submitting
        /// The provider has it, perhaps under a name of its own.
        case submitted(reference: String?)
    }

    /// An image that a worker says it still has.
    struct Holding: Sendable {
        let unit: String
        let lease: String
        /// The picture is made and waits in the worker's spool.
        var isFinished = false
    }

    /// Why an image hangs on the board again.
    enum RequeueReason: String, Sendable {
        case offerLapsed = "offer_lapsed"
        case rejected
        case released
        case retry
        case workerLeft = "worker_left"
        case workerLost = "worker_lost"
        /// The worker died after the request had left: the provider may charge for an image that nobody has.
        case inDoubt = "in_doubt"
    }

    /// Why an image failed for good, in words that a user may read.
    struct Failure: Sendable, Equatable {
        var code: String
        var message: String
        var details: [Detail] = []
        var isRetryable = false
        var retryAfter: Duration?

        struct Detail: Sendable, Equatable {
            let name: String
            let value: String
        }

        /// The code of an image that killed its workers.
        static let poisonCode = "worker_crashed"

        static func poison(crashes: Int, workers: Int) -> Failure {
            Failure(
                code: poisonCode,
                message: "\(crashes) workers ended while they made this image; it is not tried again.",
                details: [Detail(name: "workers", value: "\(workers)")]
            )
        }
    }

    /// What must be on disk before anybody hears of it.
    struct Change: Sendable {
        enum Kind: Sendable {
            case leased(attempt: Int)
            case checkpoint(Checkpoint)
            case requeued(RequeueReason, attempt: Int, crashes: Int)
            case cancelRequested
            case done
            case failed(Failure)
            case cancelled
        }

        let unit: String
        let job: String
        let kind: Kind
        /// Who is to be answered, and under which lease it spoke.
        var worker: WorkerID?
        var lease: String?
    }

    /// Why a worker is told to stop.
    enum CancelReason: String, Sendable {
        case requested
        case superseded
    }

    /// What the board wants done.
    enum Action: Sendable {
        case commit(Change)
        case offer(unit: String, lease: String, attempt: Int, to: WorkerID)
        case renewed(unit: String, lease: String, cancel: Bool, to: WorkerID)
        case lost(unit: String, lease: String, to: WorkerID)
        case checkpointed(unit: String, lease: String, to: WorkerID)
        case cancel(unit: String, lease: String, why: CancelReason, to: WorkerID)
        case settled(unit: String, lease: String, to: WorkerID)
        /// The image has ended and its end is on disk.
        case ended(unit: String, job: String)
    }
}

/// Makes the fencing tokens: unique, cheap, and the same for the same seed so that a simulation repeats.
struct LeaseTokens: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The attempt that a token was made for.
    static func attempt(of lease: String) -> Int? { lease.split(separator: "-").first.flatMap { Int($0) } }

    mutating func next(attempt: Int) -> String {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return "\(attempt)-" + String(mixed ^ (mixed >> 31), radix: 36)
    }
}
