import JSON

/// Makes a typed error of an answer from OpenAI or a server that imitates it.
///
/// The `error` member may be an object, a string, missing (vLLM's flat body) or wrapped in an array, and `code` may be
/// a string, a number or null; the body may be HTML. The provider's code and type decide before the status.
enum OpenAIFailure {
    /// Classifies; `status` is nil for an error in the middle of a stream.
    static func classify(status: Int?, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        let parts = Parts(body)
        let effective = status ?? parts.number.flatMap { (400...599).contains($0) ? $0 : nil }
        let code = byName(parts, effective) ?? ProviderError.Code(answeredWith: effective ?? 500)
        var error = ProviderError(code, sentence(code, parts), status: status)
        error.providerCode = parts.safeCode
        error.param = parts.param.flatMap(SafeText.name)
        error.providerRequestID = ["x-request-id", "request-id", "apim-request-id", "x-generation-id"].lazy
            .compactMap(header).first.flatMap(SafeText.requestID)
        error.retryAfter = RetryAfter.read(header, isRateLimit: code == .rateLimited)
        if code == .quotaExceeded { error.retryAfter = nil }
        return error
    }

    private static let rejected: Set<String> = [
        "moderation_blocked", "content_policy_violation", "content_filter", "contentfilter", "bio_policy",
        "misalignment_policy_violation", "image_content_policy_violation", "responsibleaipolicyviolation",
    ]
    private static let quota: Set<String> = [
        "insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded", "organization_usage_limit_exceeded", "billing_hard_limit_reached",
    ]
    private static let rate: Set<String> = ["rate_limit_exceeded", "rate_limit_error", "slow_down"]
    private static let down: Set<String> = [
        "server_error", "server_is_overloaded", "service_unavailable_error", "overloaded_error",
        "internalservererror", "internal_server_error",
    ]
    private static let auth: Set<String> = ["invalid_api_key", "authentication_error", "invalid_authentication"]
    private static let missing: Set<String> = ["model_not_found", "not_found_error", "notfounderror"]
    private static let forbidden: Set<String> = ["unsupported_country_region_territory", "permission_error"]

    private static func byName(_ parts: Parts, _ status: Int?) -> ProviderError.Code? {
        let names = Set([parts.code, parts.type].compactMap { $0?.lowercased() })
        if !names.isDisjoint(with: rejected) || parts.hasModeration { return .providerRejected }
        if !names.isDisjoint(with: quota) { return .quotaExceeded }
        if !names.isDisjoint(with: auth) { return .authInvalid }
        if !names.isDisjoint(with: rate) { return .rateLimited }
        if !names.isDisjoint(with: forbidden) { return .permissionDenied }
        if !names.isDisjoint(with: missing) { return .notFound }
        if !names.isDisjoint(with: down), (status ?? 500) >= 500 { return .providerUnavailable }
        return nil
    }

    private static func sentence(_ code: ProviderError.Code, _ parts: Parts) -> String {
        sentence(code, parts.safeCode, param: parts.param.flatMap(SafeText.name))
    }

    /// The sentence of a class with the provider's code and parameter, which are safe already.
    static func sentence(_ code: ProviderError.Code, _ providerCode: String?, param: String?) -> String {
        let detail = [providerCode, param.map { "parameter \($0)" }].compactMap { $0 }.joined(separator: ", ")
        return code.sentence + (detail.isEmpty ? "" : " (\(detail))") + "."
    }

    /// The parts of an error body, read leniently.
    struct Parts {
        var code: String?
        var number: Int?
        var type: String?
        var param: String?
        /// For reading alone: it never reaches a caller.
        var message: String?
        var hasModeration = false

        var safeCode: String? { (code ?? type).flatMap(SafeText.name) }

        init(_ body: [UInt8]) {
            guard body.count <= 1 << 20, var root = try? JSONValue(parsing: body) else { return }
            if let first = root.array?.first { root = first }
            let error: JSONValue
            if let object = root["error"], object.object != nil {
                error = object
            } else {
                error = root
                if let text = root["error"]?.string, root["message"] != nil { type = text }
            }
            type = error["type"]?.string ?? type
            code = error["code"]?.string
            number = error["code"]?.int.map { Int(clamping: $0) }
            param = error["param"]?.string
            message = error["message"]?.string ?? root["error"]?.string
            let inner = error["inner_error"] ?? error["innererror"]
            let isFiltered = inner?["code"]?.string?.lowercased().contains("responsibleaipolicy") ?? false
            hasModeration = error["moderation_details"]?.object != nil || isFiltered
        }
    }
}

extension ProviderError.Code {
    /// What a caller reads, without the full stop.
    var sentence: String {
        switch self {
        case .authInvalid: "The provider does not accept the connector's credentials"
        case .permissionDenied: "The connector's credentials may not do this"
        case .rateLimited: "The provider asks to slow down"
        case .quotaExceeded: "The connector's account has no quota left"
        case .providerRejected: "The provider rejected the content"
        case .providerUnavailable: "The provider is not available"
        case .timeout: "The provider did not answer in time"
        case .malformedResponse: "The provider's answer is not what it documents"
        case .badRequest: "The provider does not accept the request"
        case .notFound: "The provider does not know the model or resource"
        case .streamingUnsupported: "The provider does not stream this"
        case .configError: "The connector's settings do not work with the provider"
        }
    }
}

/// Lets through from a provider only what looks like a code or an id.
enum SafeText {
    /// 1 to 64 of `[A-Za-z0-9_.:-]`, and brackets for parameters such as `messages[0].content`; nil for anything else.
    static func name(_ text: String) -> String? {
        guard (1...64).contains(text.utf8.count) else { return nil }
        let safe = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F, 0x5B, 0x5D: true
            default: false
            }
        }
        return safe && !looksLikeKey(text) ? text : nil
    }

    /// 1 to 128 printable ASCII characters without spaces.
    static func requestID(_ text: String) -> String? {
        guard (1...128).contains(text.utf8.count), !looksLikeKey(text) else { return nil }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
    }

    private static func looksLikeKey(_ text: String) -> Bool {
        ["sk-", "xai-", "AIza", "AKIA", "ASIA"].contains(where: text.hasPrefix)
    }
}
