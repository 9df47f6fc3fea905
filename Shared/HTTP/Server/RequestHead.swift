import Telemetry

/// Everything before a request's body, as the parser found it.
struct RequestHead: Sendable {
    /// How the end of the body is known (RFC 9112 section 6.3).
    enum Framing: Sendable, Equatable {
        case none
        case length(Int)
        case chunked
    }

    var method: String
    var path: String
    var query: String?
    var minorVersion: Int
    var fields: Fields
    var framing: Framing
    var keepsAlive: Bool
    var expectsContinue: Bool
    /// The field whose value is the client's own request id, when it came exactly once.
    var requestIDField: Int?
    /// The field whose value is the client's place in a trace, when it came exactly once.
    var traceparentField: Int?

    /// The client's place in its trace; nil when it names none, more than one, or nothing of that grammar.
    var traceparent: Trace? {
        traceparentField.flatMap { field in
            let range = fields.entries[field].value
            return fields.bytes.withUnsafeBufferPointer { bytes in
                Trace(bytes: UnsafeBufferPointer(rebasing: bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
            }
        }
    }
}

/// Why a request is not served, as the status line says it.
struct Refusal: Error, Sendable, Equatable {
    let status: Int
    let code: String
    let message: String

    static func malformed(_ message: String) -> Refusal {
        Refusal(status: 400, code: "malformed_request", message: message)
    }

    static let headTooLarge = Refusal(
        status: 431,
        code: "headers_too_large",
        message: "The header fields are larger than this server reads."
    )
    static let targetTooLong = Refusal(
        status: 414,
        code: "target_too_long",
        message: "The request target is longer than this server reads."
    )
    static let bodyTooLarge = Refusal(
        status: 413,
        code: "body_too_large",
        message: "The body is larger than this server takes."
    )
    static let tooSlow = Refusal(
        status: 408,
        code: "request_timeout",
        message: "The request did not arrive in time."
    )
    static let version = Refusal(
        status: 505,
        code: "version_not_supported",
        message: "This server speaks HTTP/1.1 and HTTP/1.0."
    )
    static let coding = Refusal(
        status: 501,
        code: "transfer_coding_not_supported",
        message: "The only transfer coding that this server knows is chunked."
    )
    static let expectation = Refusal(
        status: 417,
        code: "expectation_failed",
        message: "The only expectation that this server knows is 100-continue."
    )
}
