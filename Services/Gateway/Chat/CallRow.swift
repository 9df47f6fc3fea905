import JSON

/// One line of the call log: counts, never a prompt or an answer.
struct CallRow: Sendable {
    enum Outcome: Hashable, Sendable {
        case succeeded
        case failed(GatewayError.Code)
        /// The client left before the end.
        case cancelled

        var text: String {
            switch self {
            case .succeeded: "ok"
            case .failed(let code): code.rawValue
            case .cancelled: "cancelled"
            }
        }
    }

    enum Purpose: String, CaseIterable, Sendable {
        case chat
        case embeddings
        case image
    }

    /// Microseconds since 1970.
    let at: Int64
    let id: String
    let userID: String
    let connectorID: String
    let purpose: Purpose
    let model: String
    var tokensIn: Int?
    var tokensOut: Int?
    var latencyMs: Int64
    var outcome: Outcome
    var costUSD: Double?
    let stream: Bool
    /// The connector's type, for metrics.
    var type = "unknown"
    /// For metrics.
    var timing = Timing()

    /// Where the time of a call went, as far as it got.
    struct Timing: Sendable {
        /// From sending the request to the head of the provider's answer.
        var firstByte: Duration?
        /// From sending the request to the first bytes of a stream.
        var firstToken: Duration?
        /// The gateway's own share of a call that was answered whole.
        var overhead: Duration?
    }

    /// The model's name in the log, in bytes at most: a caller may write anything there.
    private static let modelBytes = 256

    /// As much of a model's name as is written down.
    static func logged(_ model: String) -> String {
        guard model.utf8.count > modelBytes else { return model }
        return String(decoding: model.utf8.prefix(modelBytes), as: UTF8.self)
    }

    /// The row as the audit service takes it.
    func write(_ writer: inout JSONWriter) {
        writer.field("at", at)
        writer.field("actor", userID)
        writer.field("call", object: write(call:))
    }

    private func write(call writer: inout JSONWriter) {
        writer.field("connector_id", connectorID)
        writer.field("purpose", purpose.rawValue)
        writer.field("model", Self.logged(model))
        writer.field("tokens_in", tokensIn)
        writer.field("tokens_out", tokensOut)
        writer.field("latency_ms", latencyMs)
        writer.field("outcome", outcome.text)
        writer.field("cost_usd", costUSD)
        writer.field("stream", stream)
    }
}
