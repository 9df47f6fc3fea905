import JSON

/// Makes a typed error of an answer from Anthropic.
///
/// The details' code and the error's type decide before the status. A limit of money hides in a 429 (`error_code`) and,
/// when the user has set it, in a 400 whose sentence alone tells it.
enum AnthropicFailure {
    /// Classifies; `status` is nil for an error in the middle of a stream or under a 200.
    static func classify(status: Int?, header: HeaderLookup, body: [UInt8]) -> ProviderError {
        let parts = Parts(body)
        let code = byName(parts) ?? byStatus(status)
        var error = ProviderError(code, "", status: status)
        error.providerCode = (parts.code ?? parts.type).flatMap(SafeText.name)
        if code == .badRequest { error.param = parts.place }
        error.providerRequestID = (header("request-id") ?? parts.requestID).flatMap(SafeText.requestID)
        if code != .quotaExceeded { error.retryAfter = retryAfter(header, isRateLimit: code == .rateLimited) }
        let detail = [error.providerCode, error.param.map { "parameter \($0)" }].compactMap { $0 }
        error.message = code.sentence + (detail.isEmpty ? "" : " (\(detail.joined(separator: ", ")))") + "."
        return error
    }

    private static func byName(_ parts: Parts) -> ProviderError.Code? {
        switch parts.code {
        case "enforced_spend_limit_reached", "contract_spend_limit_reached", "insufficient_quota":
            return .quotaExceeded
        case "ramp_limit_exceeded": return .rateLimited
        default: break
        }
        switch parts.type {
        case "invalid_request_error":
            if parts.says("credit balance", "spend limit", "usage limits") { return .quotaExceeded }
            return parts.says("content filtering policy") ? .providerRejected : .badRequest
        case "authentication_error": return .authInvalid
        case "billing_error": return .quotaExceeded
        case "permission_error": return .permissionDenied
        case "not_found_error": return .notFound
        case "request_too_large": return .badRequest
        case "rate_limit_error": return .rateLimited
        case "api_error", "timeout_error", "overloaded_error": return .providerUnavailable
        default: return nil
        }
    }

    private static func byStatus(_ status: Int?) -> ProviderError.Code {
        switch status ?? 500 {
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

    /// The usual headers, else the latest reset of a limit that is used up, against the answer's own date.
    private static func retryAfter(_ header: HeaderLookup, isRateLimit: Bool) -> Duration? {
        if let wait = RetryAfter.read(header, isRateLimit: isRateLimit) { return wait }
        guard isRateLimit, let now = header("date").flatMap(HTTPDate.seconds) else { return nil }
        let waits = ["requests", "tokens", "input-tokens", "output-tokens"].compactMap { limit -> Double? in
            guard header("anthropic-ratelimit-\(limit)-remaining") == "0" else { return nil }
            return header("anthropic-ratelimit-\(limit)-reset").flatMap(InternetTime.seconds).map { $0 - Double(now) }
        }
        return waits.max().flatMap(RetryAfter.bounded)
    }

    /// The parts of an error body, read leniently.
    private struct Parts {
        var type: String?
        var code: String?
        var requestID: String?
        private var message = ""

        init(_ body: [UInt8]) {
            guard body.count <= 1 << 20, let root = try? JSONValue(parsing: body) else { return }
            let error = root["error"]?.object == nil ? root : root["error"]
            type = error?["type"]?.string
            code = error?["details"]?["error_code"]?.string ?? error?["code"]?.string
            message = error?["message"]?.string ?? ""
            requestID = root["request_id"]?.string
        }

        func says(_ phrases: String...) -> Bool {
            let text = message.prefix(1_000).lowercased()
            return phrases.contains { text.contains($0) }
        }

        /// `max_tokens: Field required` names the member in front of the colon.
        var place: String? {
            guard let colon = message.prefix(80).firstIndex(of: ":") else { return nil }
            return SafeText.name(String(message[..<colon]))
        }
    }
}

/// `2026-11-20T12:00:14Z` (RFC 3339), with or without a fraction, in UTC or with an offset.
enum InternetTime {
    /// Seconds since 1970, or nil for anything that isn't such a time between 1970 and 9999.
    static func seconds(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        guard (20...40).contains(bytes.count), bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[13] == 0x3A, bytes[16] == 0x3A,
            bytes[10] | 0x20 == UInt8(ascii: "t"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var rest = bytes[19...]
        var fraction = 0.0
        if rest.first == 0x2E {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty, let value = Double("0." + String(decoding: digits, as: UTF8.self)) else {
                return nil
            }
            fraction = value
            rest = rest.dropFirst(digits.count + 1)
        }
        guard let offset = offset(rest) else { return nil }
        let whole = HTTPDate.days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return Double(whole) + fraction
    }

    /// Seconds east of Greenwich.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(zone)
        if bytes == [UInt8(ascii: "Z")] || bytes == [UInt8(ascii: "z")] { return 0 }
        guard bytes.count == 6, bytes[3] == 0x3A, bytes[0] == 0x2B || bytes[0] == 0x2D,
            let hours = number(bytes[1..<3]), let minutes = number(bytes[4..<6]), hours < 24, minutes < 60
        else { return nil }
        return (hours * 3_600 + minutes * 60) * (bytes[0] == 0x2B ? 1 : -1)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}
