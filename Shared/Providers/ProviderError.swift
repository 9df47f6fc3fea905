/// A provider's failure in the gateway's own terms; the same in every process.
///
/// The message is a sentence of ours. It never holds a provider's raw body, a key, a prompt or an address with a
/// secret in it; what comes from the provider is only its code and its request id, and only when they look like such.
public struct ProviderError: Error, Sendable, Equatable {
    /// The class of the failure, stable on the wire and in the HTTP interface.
    public enum Code: String, Sendable, CaseIterable {
        /// The provider does not accept the connector's credentials.
        case authInvalid = "auth_invalid"
        /// The credentials are good but may not do this.
        case permissionDenied = "permission_denied"
        /// Too many calls for now.
        case rateLimited = "rate_limited"
        /// The account is out of money or past its limit: waiting does not help.
        case quotaExceeded = "quota_exceeded"
        /// The provider refuses the content.
        case providerRejected = "provider_rejected"
        /// The provider is down, overloaded or not reachable.
        case providerUnavailable = "provider_unavailable"
        /// No answer in time.
        case timeout
        /// An answer that is not what the provider documents.
        case malformedResponse = "malformed_response"
        /// The request is wrong in itself.
        case badRequest = "bad_request"
        /// The model or the resource does not exist there.
        case notFound = "not_found"
        /// The provider or the model does not stream.
        case streamingUnsupported = "streaming_unsupported"
        /// The connector's own settings are wrong.
        case configError = "config_error"
    }

    /// The class.
    public var code: Code
    /// What a caller may read.
    public var message: String
    /// How long the provider asks to wait.
    public var retryAfter: Duration?
    /// The provider's own code, such as `moderation_blocked`, or ours for ``noImage``; at most 64 characters of
    /// `[A-Za-z0-9_.:-]`.
    public var providerCode: String?
    /// The provider's id of the request, for its support; at most 128 printable characters.
    public var providerRequestID: String?
    /// The HTTP status that the provider answered with; nil when there was none.
    public var status: Int?
    /// The request's parameter that is at fault, such as `temperature`, or the connector's field.
    public var param: String?

    /// An error of that class.
    public init(
        _ code: Code,
        _ message: String,
        retryAfter: Duration? = nil,
        providerCode: String? = nil,
        providerRequestID: String? = nil,
        status: Int? = nil,
        param: String? = nil
    ) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.providerCode = providerCode
        self.providerRequestID = providerRequestID
        self.status = status
        self.param = param
    }

    /// Whether the same request may succeed later or elsewhere.
    public var isRetryable: Bool { code.isRetryable }

    /// An image call that was answered well, but without a picture; its ``providerCode`` is `zero_images`.
    public static let noImage = ProviderError(
        .malformedResponse,
        "The provider's answer holds no image.",
        providerCode: "zero_images"
    )
}

extension ProviderError.Code {
    /// The status of the gateway's own answer to its caller.
    public var httpStatus: Int {
        switch self {
        case .authInvalid: 401
        case .permissionDenied: 403
        case .rateLimited, .quotaExceeded: 429
        case .providerRejected, .badRequest, .streamingUnsupported: 400
        case .providerUnavailable, .malformedResponse: 502
        case .timeout: 504
        case .notFound: 404
        case .configError: 422
        }
    }

    /// Whether the same request may succeed later or elsewhere.
    public var isRetryable: Bool {
        switch self {
        case .rateLimited, .providerUnavailable, .timeout, .malformedResponse: true
        default: false
        }
    }
}
