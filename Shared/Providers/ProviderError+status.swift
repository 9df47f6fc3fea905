extension ProviderError.Code {
    /// What a provider's status says by itself, for errors without a code that is known.
    init(answeredWith status: Int) {
        self =
            switch status {
            case 401: .authInvalid
            case 402: .quotaExceeded
            case 403: .permissionDenied
            case 404: .notFound
            case 408: .timeout
            case 429: .rateLimited
            case 300...399: .configError
            case 400...499: .badRequest
            case 500...: .providerUnavailable
            default: .malformedResponse
            }
    }
}
