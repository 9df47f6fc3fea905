import JSON
import Loop

extension AnthropicWire {
    /// A failure in Anthropic's shape, with the headers that belong to it. A refusal of content is no failure there: it
    /// is an answer (`stop_reason: refusal`).
    static func reply(to failure: Failure, retryAfter: Duration, requestID: String) -> Reply {
        switch failure {
        case .invalidKey(nil): error(401, "authentication_error", "x-api-key header is required", requestID)
        case .invalidKey: error(401, "authentication_error", "invalid x-api-key", requestID)
        case .forbidden:
            error(
                403,
                "permission_error",
                "Your API key does not have permission to use the specified resource.",
                requestID
            )
        case .modelNotFound: error(404, "not_found_error", "model: no such model", requestID)
        case .rateLimited: rateLimited(retryAfter, requestID)
        case .quota:
            error(402, "billing_error", "Your credit balance is too low to access the API.", requestID)
        case .moderated: error(400, "invalid_request_error", "Output blocked by content filtering policy", requestID)
        case .server: error(500, "api_error", "Internal server error", requestID)
        case .overloaded: error(529, "overloaded_error", "Overloaded", requestID)
        case .timeout: error(504, "timeout_error", "Request timed out", requestID)
        case .invalid(let message, _, _): error(400, "invalid_request_error", message, requestID)
        }
    }

    static func error(_ status: Int, _ type: String, _ message: String, _ requestID: String) -> Reply {
        var reply = Reply(status, json: errorBody(type, message, requestID))
        reply.headers.append(("x-should-retry", status == 429 || status >= 500 ? "true" : "false"))
        return reply
    }

    static func errorBody(_ type: String, _ message: String, _ requestID: String?) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("type", "error")
            writer.field(
                "error",
                object: { inner in
                    inner.field("type", type)
                    inner.field("message", message)
                }
            )
            writer.optional("request_id", requestID)
        }
    }

    private static func rateLimited(_ wait: Duration, _ requestID: String) -> Reply {
        let text = "This request would exceed your organization's rate limit."
        var reply = error(429, "rate_limit_error", text, requestID)
        reply.headers += [
            ("retry-after", "\(max(1, (wait.milliseconds + 999) / 1_000))"),
            ("anthropic-ratelimit-requests-limit", "4000"), ("anthropic-ratelimit-requests-remaining", "0"),
        ]
        return reply
    }
}
