import JSON

/// One line of the call log: counts, never a prompt or an answer.
struct CallRow: Sendable {
    enum Outcome: Sendable {
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

    enum Purpose: String, Sendable {
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

    /// The row as the audit service stores it.
    var json: JSONValue {
        .object([
            JSONField("connector_id", .string(connectorID)),
            JSONField("purpose", .string(purpose.rawValue)),
            JSONField("model", .string(model)),
            JSONField("tokens_in", tokensIn.map { JSONValue($0) } ?? .null),
            JSONField("tokens_out", tokensOut.map { JSONValue($0) } ?? .null),
            JSONField("latency_ms", JSONValue(latencyMs)),
            JSONField("outcome", .string(outcome.text)),
            JSONField("cost_usd", costUSD.map { JSONValue($0) } ?? .null),
            JSONField("stream", .bool(stream)),
        ])
    }
}
