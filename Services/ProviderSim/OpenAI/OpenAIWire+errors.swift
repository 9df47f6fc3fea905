import JSON
import Loop

extension OpenAIWire {
    /// A failure in OpenAI's shape: all four members, and the headers that belong to it.
    static func reply(to failure: Failure, retryAfter: Duration = .seconds(1)) -> Reply {
        switch failure {
        case .invalidKey(nil):
            let text = "You didn't provide an API key. Send it in an Authorization header, as Bearer YOUR_KEY."
            return error(401, text, "invalid_request_error", code: "invalid_api_key")
        case .invalidKey(let key?):
            return error(
                401,
                "Incorrect API key provided: \(masked(key)).",
                "invalid_request_error",
                code: "invalid_api_key"
            )
        case .forbidden:
            let text = "Country, region, or territory not supported"
            return error(403, text, "request_forbidden", code: "unsupported_country_region_territory")
        case .modelNotFound:
            let text = "The model does not exist or you do not have access to it."
            return error(404, text, "invalid_request_error", code: "model_not_found")
        case .rateLimited:
            var reply = error(
                429,
                "Rate limit reached for requests per min (RPM).",
                "requests",
                code: "rate_limit_exceeded"
            )
            let seconds = max(1, (retryAfter.milliseconds + 999) / 1_000)
            reply.headers += [("retry-after", "\(seconds)"), ("retry-after-ms", "\(retryAfter.milliseconds)")]
            return reply
        case .quota:
            let text = "You exceeded your current quota, please check your plan and billing details."
            return error(429, text, "insufficient_quota", code: "insufficient_quota")
        case .moderated:
            return moderated
        case .server:
            return error(500, "The server had an error while processing your request.", "server_error", code: nil)
        case .overloaded:
            let text = "The engine is currently overloaded, please try again later."
            return error(503, text, "service_unavailable_error", code: "server_is_overloaded")
        case .timeout:
            return error(504, "The request timed out.", "server_error", code: "timeout")
        case .invalid(let message, let parameter, let code):
            return error(400, message, "invalid_request_error", parameter: parameter, code: code)
        }
    }

    static func error(_ status: Int, _ message: String, _ type: String, parameter: String? = nil, code: String?)
        -> Reply
    {
        Reply(
            status,
            json: JSONWriter.object { writer in
                writer.field(
                    "error",
                    object: { writer in
                        writer.field("message", message)
                        writer.field("type", type)
                        writer.field("param", parameter)
                        writer.field("code", code)
                    }
                )
            }
        )
    }

    private static var moderated: Reply {
        Reply(
            400,
            json: JSONWriter.object { writer in
                writer.field(
                    "error",
                    object: { writer in
                        writer.field("message", "Your request was rejected by the safety system.")
                        writer.field("type", "image_generation_user_error")
                        writer.field("param", JSONValue?.none)
                        writer.field("code", "moderation_blocked")
                        writer.field(
                            "moderation_details",
                            object: { writer in
                                writer.field("moderation_stage", "input")
                                writer.field("categories", array: { $0.value("violence") })
                            }
                        )
                    }
                )
            }
        )
    }

    /// `sk-fx****0000`: enough to recognise one's own.
    private static func masked(_ key: String) -> String {
        key.count > 10 ? "\(key.prefix(5))****\(key.suffix(4))" : "****"
    }
}
