import JSON

/// Anthropic's shape of errors.
extension ErrorAnswer {
    /// `{"type":"error","error":{"type","message","details":{"error_code",…}},"request_id"}`.
    static func anthropic(_ error: GatewayError, requestID: String) -> [UInt8] {
        var details = [JSONField("error_code", .string(error.code.rawValue))]
        if let param = error.param { details.append(JSONField("param", .string(param))) }
        return anthropic(anthropicType(error), error.message, details: details + error.details, requestID: requestID)
    }

    static func anthropic(
        _ type: String,
        _ message: String,
        details: [JSONField],
        requestID: String
    ) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("type", "error")
            writer.field(
                "error",
                object: { writer in
                    writer.field("type", type)
                    writer.field("message", message)
                    writer.field("details", .object(details))
                }
            )
            writer.field("request_id", requestID)
        }
    }

    /// Anthropic's word for what went wrong; where a code says no more than its status, the status decides.
    static func anthropicType(_ error: GatewayError) -> String {
        switch error.code {
        case .quotaExceeded, .capReached: return "billing_error"
        case .notReady: return "overloaded_error"
        case .providerUnavailable:
            let isOverloaded = error.details.contains {
                $0.name == "provider_code" && $0.value.string?.contains("overloaded") == true
            }
            return isOverloaded ? "overloaded_error" : "api_error"
        default: return anthropicType(error.status)
        }
    }

    static func anthropicType(_ status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 408, 504: "timeout_error"
        case 400...498: "invalid_request_error"
        default: "api_error"
        }
    }
}
