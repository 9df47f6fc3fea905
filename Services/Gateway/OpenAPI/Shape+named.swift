import JSON

/// The shapes that routes share, by the names that the document gives them, and the headers of answers.
extension Shape {
    static let named: [(name: String, shape: Shape)] =
        errors + chat + pictures + imageSettings + connectors + routing + records + people + cluster

    private static let errors: [(name: String, shape: Shape)] = [
        (
            "Error",
            .object(
                .must("success", .only(false)),
                .must("error", .text.about("A sentence for people.")),
                .must("code", .ref("ErrorCode")),
                .must("details", .anyObject),
                .must("request_id", .text)
            ).about("How everything under `/api/` tells an error.")
        ),
        (
            "OpenAIError",
            .object(
                .must(
                    "error",
                    .object(
                        .must("message", .text),
                        .must("type", .text),
                        .must("param", .text.orNull),
                        .must("code", .ref("ErrorCode")),
                        .may("provider_code", .text.about("The provider's own code.")),
                        .may("provider_request_id", .text),
                        .may("provider_status", .integer)
                    )
                )
            ).about("How OpenAI's API tells an error.")
        ),
        (
            "AnthropicError",
            .object(
                .must("type", .only("error")),
                .must(
                    "error",
                    .object(
                        .must("type", .text),
                        .must("message", .text),
                        .must("details", .object(.must("error_code", .ref("ErrorCode"))))
                    )
                ),
                .must("request_id", .text)
            ).about("How Anthropic's API tells an error.")
        ),
        (
            "ErrorCode",
            Shape.text.about(
                "Stable: \(GatewayError.Code.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")); and of requests "
                    + "that couldn't be read `malformed_request`, `headers_too_large`, `target_too_long`, "
                    + "`body_too_large`, `request_timeout`."
            )
        ),
    ]

    private static let cluster: [(name: String, shape: Shape)] = [
        (
            "Readiness",
            .object(
                .must("status", .words("ok", "unavailable")),
                .must("image_workers", .count),
                .must("outbox", .count.about("Audit events that wait for the audit service.")),
                .must("images", .map(to: .count).about("Images that have not ended, by state.")),
                .must("degraded", .list(of: .text).about("A sentence each."))
            )
        ),
        (
            "Status",
            .object(
                .must("status", .words("ok", "degraded", "unavailable")),
                .must("at", .time),
                .must("version", .text),
                .must("versions", .list(of: .text).about("Of the services that are there, each once.")),
                .must("services", .list(of: .ref("ServiceStatus"))),
                .must("queue", .map(to: .number).about("Images by state, and `oldest_seconds`.")),
                .must("outbox", .object(.must("events", .count), .must("lag_seconds", .number))),
                .must("storage", .object(.must("database_bytes", .count), .must("free_bytes", .count))),
                .must(
                    "audit",
                    .object(
                        .must("connected", .flag),
                        .must("head", .text.orNull),
                        .must("checkpoint_count", .count.orNull),
                        .must("checkpoint_at", .time.orNull),
                        .must("complaint", .text.orNull)
                    )
                ),
                .must(
                    "connectors",
                    .composed(
                        of: ["total", "active", "ok", "down", "unknown", "auth_invalid", "revoked"].map {
                            .must($0, .count)
                        }
                    )
                ),
                .must(
                    "degraded",
                    .list(
                        of: .object(
                            .must("service", .text),
                            .must("what", .text.about("A sentence.")),
                            .must("since", .time.orNull),
                            .must("seconds", .count.orNull),
                            .must("hint", .text.about("What one can do."))
                        )
                    )
                )
            )
        ),
        (
            "ServiceStatus",
            .object(
                .must("service", .text),
                .must("instance", .text.orNull),
                .must("version", .text.orNull),
                .must("minor", .integer.orNull.about("The minor version of the protocol that it speaks.")),
                .must("boot", .text.orNull),
                .must("state", .text.about("`up` when it is there as it should be.")),
                .must("since", .time),
                .must("seconds", .count),
                .must("last_seen", .time.orNull),
                .may("queue", .count),
                .may("load", .number),
                .may("resident_bytes", .count),
                .may("tap_dropped", .count),
                .may("tick_gap_ms", .count),
                .may("lag_seconds", .number.orNull),
                .may("details", .anyObject)
            )
        ),
    ]

    static let answerHeaders: [(name: String, shape: Shape, about: String)] = [
        ("x-request-id", .text, "The request, as logs and the audit trail name it."),
        ("x-martlet-receipt", .text, "Where the audit trail holds what was done; `martlet audit prove` finds it."),
        ("x-martlet-connector", .text, "The connector that served."),
        ("x-martlet-model", .text, "The model as the provider was asked for it."),
        ("x-martlet-attempts", .integer, "Calls to providers."),
        ("x-martlet-overhead-ms", .number, "The gateway's own share of the time."),
        ("x-martlet-cost-usd", .number, "What the call cost; absent when that is unknown."),
        ("idempotent-replayed", .text, "`true` on an answer that was another call's under the same key."),
        ("x-martlet-row-cap", .integer, "Rows that the file has at most."),
        ("set-cookie", .text, "The session's cookie."),
        ("location", .text, "The job's address."),
        ("etag", .text, "The picture's hash."),
    ]
}
