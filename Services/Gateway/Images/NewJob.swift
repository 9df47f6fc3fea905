import JSON
import Telemetry

/// One image of a job that is about to be accepted.
struct NewImage: Sendable {
    let id: String
    let title: String
    let kind: ImageKind
    let spec: ImageSpec
}

/// A job that is about to be accepted.
struct NewJob: Sendable {
    let id: String
    let owner: String
    let idempotencyKey: String?
    let bodyHash: [UInt8]
    let connector: Connector
    let skipped: [ImageBrief.Skipped]
    /// The request that hands it in.
    var trace: TraceContext?
    let images: [NewImage]

    /// What is skipped, as the store keeps it; nil for nothing.
    var warnings: [UInt8]? {
        guard !skipped.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.array { writer in
            for skip in skipped { writer.object { skip.write(&$0) } }
        }
        return writer.bytes
    }
}
