import JSON

/// Makes a typed error of OpenRouter's: `error.code` is a status of its own, which counts more than the answer's, and
/// `error.metadata` says what happened behind it.
enum OpenRouterFailure {
    /// Classifies; `status` is nil for an error under a 200 or in the middle of a stream.
    static func classify(status: Int?, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        let error = (body.count <= 1 << 20 ? try? JSONValue(parsing: body) : nil)?.optional("error")
        let told = error?["code"]?.int.map { Int(clamping: $0) }.flatMap { (400...599).contains($0) ? $0 : nil }
        var failure = OpenAIFailure.classify(status: told ?? status, header: header, body: body)
        failure.status = status
        guard let metadata = error?.optional("metadata"), metadata.object != nil else { return failure }
        let type = metadata["error_type"]?.string
        let source = metadata["limit_source"]?.string
        failure.code = bySource(source) ?? type.flatMap { byType[$0] } ?? failure.code
        if told == 403, !(metadata["reasons"]?.array ?? []).isEmpty { failure.code = .providerRejected }
        failure.providerCode = (type ?? source).flatMap(SafeText.name) ?? failure.providerCode
        failure.message = OpenAIFailure.sentence(failure.code, failure.providerCode, param: failure.param)
        failure.retryAfter = failure.code == .quotaExceeded ? nil : failure.retryAfter ?? wait(metadata)
        return failure
    }

    /// Credits that are used up stay so; a budget for calls in flight frees itself.
    private static func bySource(_ source: String?) -> ProviderError.Code? {
        switch source {
        case "openrouter_credits", "openrouter_key_limit": .quotaExceeded
        case "openrouter_in_flight_budget": .rateLimited
        default: nil
        }
    }

    private static let byType: [String: ProviderError.Code] = [
        "authentication": .authInvalid, "permission_denied": .permissionDenied, "payment_required": .quotaExceeded,
        "rate_limit_exceeded": .rateLimited, "provider_overloaded": .providerUnavailable,
        "provider_unavailable": .providerUnavailable, "not_found": .notFound,
        "content_policy_violation": .providerRejected, "refusal": .providerRejected,
        "invalid_request": .badRequest, "invalid_prompt": .badRequest, "payload_too_large": .badRequest,
        "unprocessable": .badRequest, "context_length_exceeded": .badRequest, "max_tokens_exceeded": .badRequest,
        "token_limit_exceeded": .badRequest, "invalid_image": .badRequest, "image_too_large": .badRequest,
    ]

    /// `retry_after_seconds`, else the provider's own header, which stands inside the body.
    private static func wait(_ metadata: JSONValue) -> Duration? {
        if let wait = RetryAfter.inBody(metadata["retry_after_seconds"]?.double) { return wait }
        let headers = metadata["headers"]?.object ?? []
        return RetryAfter.read(
            { name in headers.first { $0.name.lowercased() == name }?.value.string },
            isRateLimit: true
        )
    }
}
