/// An image as the store has it.
struct ImageRow: Sendable {
    enum State: String, Sendable {
        case queued
        case leased
        case done
        case failed
        case cancelled

        var isFinal: Bool { self == .done || self == .failed || self == .cancelled }
    }

    struct Picture: Sendable {
        let sha256: String
        let type: String
        let width: Int
        let height: Int
        let bytes: Int
        let thumbSha256: String?
        let thumbType: String?
    }

    let id: String
    let job: String
    let position: Int
    let title: String
    let kind: String
    let state: State
    let picture: Picture?
    let costUSD: Double?
    let error: [UInt8]?
    let model: String
}

/// A job as the store has it.
struct JobRow: Sendable {
    let id: String
    let owner: String
    let skipped: Int
    let createdAt: Int64
    /// What was skipped and why, an array as JSON; nil for none.
    let warnings: [UInt8]?
    let images: [ImageRow]

    var generated: Int { images.count { $0.state == .done } }
    var failed: Int { images.count { $0.state == .failed } }
    /// Known when the price of every picture that was made is.
    var costUSD: Double? {
        let costs = images.compactMap(\.costUSD)
        return costs.isEmpty || costs.count < generated ? nil : costs.reduce(0, +)
    }
    var isFinished: Bool { images.allSatisfy(\.state.isFinal) }

    /// `queued|running|succeeded|partial|failed|cancelled`.
    var status: String {
        guard isFinished else { return images.contains { $0.state != .queued } ? "running" : "queued" }
        if generated == images.count { return "succeeded" }
        if generated > 0 { return "partial" }
        return images.contains { $0.state == .failed } ? "failed" : "cancelled"
    }
}
