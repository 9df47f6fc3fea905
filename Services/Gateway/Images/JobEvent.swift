/// Something that happened to a job, as its event stream tells it. One with a number is in the store and is sent again
/// to a client that comes back with `Last-Event-ID`; one without is for the moment only.
struct JobEvent: Sendable {
    /// What it means for the batch.
    enum Change: Sendable {
        case none
        /// One more image waits.
        case pending
        /// An image has its end, good or not; it is that number of so many.
        case ended(image: String, index: Int, total: Int, error: String?)
        /// So has the job.
        case over
    }

    let job: String
    let owner: String
    /// Its number in the job, from 1.
    let number: Int?
    /// Its number among all events of its owner's jobs, from 1.
    let place: Int?
    let name: String
    let data: [UInt8]
    var change = Change.none
}
