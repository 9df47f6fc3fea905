/// Something that happened to a job, as its event stream tells it. One with a number is in the store and is sent again
/// to a client that comes back with `Last-Event-ID`; one without is for the moment only.
struct JobEvent: Sendable {
    let job: String
    let number: Int?
    let name: String
    let data: [UInt8]
}
