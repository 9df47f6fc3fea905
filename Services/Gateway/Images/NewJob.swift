import Telemetry

/// One image of a job that is about to be accepted.
struct NewImage: Sendable {
    let id: String
    let title: String
    let kind: String
    let spec: ImageSpec
}

/// A job that is about to be accepted.
struct NewJob: Sendable {
    let id: String
    let owner: String
    let idempotencyKey: String?
    let bodyHash: [UInt8]
    let connector: Connector
    let skipped: Int
    /// The request that hands it in.
    var trace: TraceContext?
    let images: [NewImage]
}
