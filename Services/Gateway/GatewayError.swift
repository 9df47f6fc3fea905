import JSON
import Providers
import SQLite
import Service

/// What went wrong with a call, as its caller is told.
///
/// The message is a sentence of ours; it never holds a key, a prompt, a provider's body or a place in the code.
/// ``Code/entry`` is the one table of statuses and types.
struct GatewayError: Error, Sendable {
    /// Stable names; they are part of the interface.
    enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "invalid_request"
        case unauthorized = "invalid_api_key"
        case forbidden = "permission_denied"
        case typeNotAllowed = "connector_type_not_allowed"
        case notFound = "not_found"
        case modelNotFound = "model_not_found"
        case methodNotAllowed = "method_not_allowed"
        case conflict
        case idempotencyMismatch = "idempotency_mismatch"
        case unprocessable = "validation_failed"
        case storageFull = "storage_full"
        case notReady = "not_ready"
        case noConnector = "no_connector"
        case authInvalid = "auth_invalid"
        case rateLimited = "rate_limited"
        case quotaExceeded = "quota_exceeded"
        case capReached = "quota_cap_reached"
        case providerRejected = "provider_rejected"
        case providerUnavailable = "provider_unavailable"
        case timeout
        case malformedResponse = "malformed_response"
        case streamingUnsupported = "streaming_unsupported"
        case configError = "config_error"
        case cancelled
        case unexpected = "internal_error"

        /// The HTTP status and OpenAI's `type`, in one place.
        var entry: (status: Int, type: String) {
            switch self {
            case .invalidRequest, .providerRejected, .streamingUnsupported: (400, "invalid_request_error")
            case .unauthorized: (401, "authentication_error")
            case .authInvalid: (401, "authentication_error")
            case .forbidden, .typeNotAllowed: (403, "permission_error")
            case .notFound, .modelNotFound: (404, "invalid_request_error")
            case .methodNotAllowed: (405, "invalid_request_error")
            case .conflict, .idempotencyMismatch: (409, "invalid_request_error")
            case .unprocessable, .configError: (422, "invalid_request_error")
            case .rateLimited: (429, "rate_limit_error")
            case .quotaExceeded, .capReached: (429, "insufficient_quota")
            case .cancelled: (499, "api_error")
            case .unexpected: (500, "server_error")
            case .providerUnavailable, .malformedResponse: (502, "server_error")
            case .noConnector, .notReady, .storageFull: (503, "server_error")
            case .timeout: (504, "server_error")
            }
        }
    }

    var code: Code
    var message: String
    var param: String?
    var details: [JSONField] = []
    var retryAfter: Duration?
    /// Overrides what the SDKs would do by the status alone.
    var shouldRetry: Bool?

    init(_ code: Code, _ message: String, param: String? = nil, details: [JSONField] = []) {
        self.code = code
        self.message = message
        self.param = param
        self.details = details
    }

    var status: Int { code.entry.status }
}

extension GatewayError {
    /// A provider's failure keeps its class, its safe code and its request id.
    init(_ error: ProviderError) {
        let code: Code =
            switch error.code {
            case .badRequest: .invalidRequest
            case .notFound: .modelNotFound
            case .permissionDenied: .forbidden
            default: Code(rawValue: error.code.rawValue) ?? .providerUnavailable
            }
        self.init(code, error.message, param: error.param)
        if let name = error.providerCode { details.append(JSONField("provider_code", .string(name))) }
        if let id = error.providerRequestID { details.append(JSONField("provider_request_id", .string(id))) }
        if let status = error.status { details.append(JSONField("provider_status", JSONValue(status))) }
        retryAfter = error.retryAfter
        switch error.code {
        case .authInvalid, .quotaExceeded, .permissionDenied: shouldRetry = false
        default: break
        }
    }

    /// The caller's body is not what it must be.
    init(_ problem: ChatProbe.Problem) {
        self.init(.invalidRequest, problem.message, param: problem.param)
    }

    /// The caller's JSON is broken or lacks something.
    init(_ error: JSONError) {
        self.init(.invalidRequest, "The body is not valid JSON: \(error.message) (at byte \(error.offset)).")
        details.append(JSONField("json_error", .string(error.code.rawValue)))
    }

    /// Whatever a handler let through. What the audit trail can't take is not done: that is storage that is full too.
    init(anything error: any Error) {
        switch error {
        case let error as GatewayError: self = error
        case let error as SQLiteError: self.init(store: error)
        case let error as OutboxError where error.code == .full:
            self = .trailFull
        default: self.init(.unexpected, "Something went wrong inside the gateway.")
        }
    }

    static let trailFull: GatewayError = {
        var error = GatewayError(
            .storageFull,
            "Too many audit events wait for the audit service; nothing was accepted. Try again when it runs."
        )
        error.retryAfter = .seconds(30)
        return error
    }()
    static let nothingHere = GatewayError(.notFound, "Nothing is served at this address.")
    static let diskFull: GatewayError = {
        var error = GatewayError(
            .storageFull,
            "The gateway's disk is full; nothing was accepted. Try again when there is room."
        )
        error.retryAfter = .seconds(30)
        return error
    }()
}
