import JSON
import Loop

extension GeminiWire {
    /// A failure in Google's shape. A refused prompt is a success without a candidate.
    static func reply(to failure: Failure, retryAfter: Duration = .seconds(1)) -> Reply {
        switch failure {
        case .invalidKey:
            return error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.") { details in
                details.object { info in
                    info.field("@type", "type.googleapis.com/google.rpc.ErrorInfo")
                    info.field("reason", "API_KEY_INVALID")
                    info.field("domain", "googleapis.com")
                }
            }
        case .forbidden:
            return error(403, "PERMISSION_DENIED", "The caller does not have permission.")
        case .modelNotFound:
            let text = "The model is not found for API version v1beta, or is not supported for generateContent."
            return error(404, "NOT_FOUND", text)
        case .rateLimited:
            return exhausted("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", retryAfter)
        case .quota:
            return exhausted("GenerateRequestsPerDayPerProjectPerModel-FreeTier", .seconds(12))
        case .moderated:
            return Reply(200, json: blocked)
        case .server:
            return error(500, "INTERNAL", "An internal error has occurred.")
        case .overloaded:
            return error(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
        case .timeout:
            return error(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.")
        case .invalid(let message, let parameter, _):
            guard let parameter else { return error(400, "INVALID_ARGUMENT", message) }
            return error(400, "INVALID_ARGUMENT", message) { details in
                details.object { bad in
                    bad.field("@type", "type.googleapis.com/google.rpc.BadRequest")
                    bad.field(
                        "fieldViolations",
                        array: { list in
                            list.object { violation in
                                violation.field("field", parameter)
                                violation.field("description", message)
                            }
                        }
                    )
                }
            }
        }
    }

    static func error(
        _ status: Int,
        _ word: String,
        _ message: String,
        _ details: ((inout JSONWriter) -> Void)? = nil
    ) -> Reply {
        let body = JSONWriter.object { writer in
            writer.field(
                "error",
                object: { error in
                    error.field("code", status)
                    error.field("message", message)
                    error.field("status", word)
                    if let details { error.field("details", array: details) }
                }
            )
        }
        return Reply(status, "application/json; charset=UTF-8", body)
    }

    /// The text is the same for every limit; only the details tell which it is, and how long to wait.
    private static func exhausted(_ quota: String, _ wait: Duration) -> Reply {
        let seconds = wait.milliseconds / 1_000
        let rest = wait.milliseconds % 1_000
        let fraction = rest == 0 ? "" : ".\(String(1_000 + rest).dropFirst())"
        return error(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.") { details in
            details.object { failure in
                failure.field("@type", "type.googleapis.com/google.rpc.QuotaFailure")
                failure.field("violations", array: { $0.object { $0.field("quotaId", quota) } })
            }
            details.object { info in
                info.field("@type", "type.googleapis.com/google.rpc.RetryInfo")
                info.field("retryDelay", "\(seconds)\(fraction)s")
            }
        }
    }
}
