import JSON

/// Makes a typed error of one of Google's: `{"error":{code, message, status, details}}`, in an array at times, as the
/// body of an answer or bare in the middle of a stream.
enum GeminiFailure {
    /// Classifies; `status` is nil for an error under a 200 or in a stream.
    static func classify(status: Int?, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        let parts = Parts(body)
        let effective = status ?? parts.number ?? 500
        let code = byReason(parts) ?? ProviderError.Code(answeredWith: effective)
        let providerCode = (parts.reason ?? parts.status).flatMap(SafeText.name)
        let param = parts.field.flatMap(SafeText.name)
        var error = ProviderError(code, OpenAIFailure.sentence(code, providerCode, param: param), status: status)
        error.providerCode = providerCode
        error.param = param
        if code != .quotaExceeded {
            error.retryAfter = parts.retryDelay ?? RetryAfter.read(header, isRateLimit: code == .rateLimited)
        }
        return error
    }

    /// A prompt or an answer that the filter stopped; `reason` is Gemini's word for why.
    static func rejected(_ reason: String?) -> ProviderError {
        let word = reason.flatMap(SafeText.name)
        let sentence = ProviderError.Code.providerRejected.sentence + (word.map { " (\($0))" } ?? "") + "."
        return ProviderError(.providerRejected, sentence, providerCode: word)
    }

    /// An answer that broke; `reason` is Gemini's word for how.
    static func broken(_ reason: String) -> ProviderError {
        var error = ProviderError.malformed("broke off")
        error.providerCode = SafeText.name(reason)
        if let word = error.providerCode { error.message = "The provider's answer broke off (\(word))." }
        return error
    }

    private static let badKeys: Set<String> = ["API_KEY_INVALID", "API_KEY_EXPIRED", "ACCESS_TOKEN_EXPIRED"]

    private static func byReason(_ parts: Parts) -> ProviderError.Code? {
        if let reason = parts.reason, badKeys.contains(reason) { return .authInvalid }
        switch parts.status {
        case "UNAUTHENTICATED": return .authInvalid
        case "PERMISSION_DENIED": return parts.blamesKey ? .authInvalid : .permissionDenied
        case "FAILED_PRECONDITION": return .permissionDenied
        case "NOT_FOUND": return .notFound
        case "RESOURCE_EXHAUSTED": return parts.isDaily ? .quotaExceeded : .rateLimited
        case "INVALID_ARGUMENT", "OUT_OF_RANGE": return .badRequest
        case "INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "UNKNOWN", "ABORTED": return .providerUnavailable
        default: return nil
        }
    }

    /// The parts of an error body, read leniently.
    private struct Parts {
        var number: Int?
        var status: String?
        /// `ErrorInfo.reason`.
        var reason: String?
        /// `BadRequest.fieldViolations[0].field`.
        var field: String?
        var retryDelay: Duration?
        /// A `QuotaFailure` names a limit by the day.
        var isDaily = false
        /// There was no key, or Google has locked it: told by nothing but the message.
        var blamesKey = false

        init(_ body: [UInt8]) {
            guard body.count <= 1 << 20, var root = try? JSONValue(parsing: body) else { return }
            if let first = root.array?.first { root = first }
            guard let error = root["error"], error.object != nil else { return }
            number = error["code"]?.int.map { Int(clamping: $0) }.flatMap { (400...599).contains($0) ? $0 : nil }
            status = error["status"]?.string
            let message = error["message"]?.string ?? ""
            blamesKey = message.contains("unregistered callers") || message.contains("reported as leaked")
            for detail in (error["details"]?.array ?? []).prefix(32) { read(detail) }
        }

        private mutating func read(_ detail: JSONValue) {
            guard let type = detail["@type"]?.string else { return }
            if type.hasSuffix("google.rpc.ErrorInfo") {
                reason = detail["reason"]?.string ?? reason
            } else if type.hasSuffix("google.rpc.RetryInfo") {
                retryDelay = detail["retryDelay"]?.string.flatMap(GeminiFailure.delay)
            } else if type.hasSuffix("google.rpc.QuotaFailure") {
                isDaily = (detail["violations"]?.array ?? []).prefix(32).contains { violation in
                    violation["quotaId"]?.string?.contains("PerDay") ?? false
                }
            } else if type.hasSuffix("google.rpc.BadRequest") {
                field = detail["fieldViolations"]?[0]?["field"]?.string
            }
        }
    }

    /// `34.474527521s`: seconds with up to nine digits behind the point. Nothing and less than nothing count as silence.
    static func delay(_ text: String) -> Duration? {
        guard text.hasSuffix("s") else { return nil }
        let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = digits(parts[0]) else { return nil }
        var nanoseconds: Int64 = 0
        if parts.count == 2 {
            guard let fraction = digits(parts[1]) else { return nil }
            nanoseconds = fraction
            for _ in parts[1].utf8.count..<9 { nanoseconds *= 10 }
        }
        let wait = Duration.seconds(whole) + .nanoseconds(nanoseconds)
        return wait > .zero ? min(wait, RetryAfter.longest) : nil
    }

    private static func digits(_ text: Substring) -> Int64? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }
}
