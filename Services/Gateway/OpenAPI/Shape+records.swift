import JSON

/// What the audit service keeps; and users with their keys.
extension Shape {
    static let records: [(name: String, shape: Shape)] = [
        (
            "Usage",
            .object(
                .must("month", .text.like("2026-11")),
                .must("actor", .text),
                .must("connector_id", .text),
                .must("model", .text),
                .must("calls", .count),
                .must("tokens_in", .count),
                .must("tokens_out", .count),
                .must("cost_usd", .number.about("Of the calls whose price is known.")),
                .must("unpriced_calls", .count)
            )
        ),
        (
            "AuditEvent",
            .object(
                .must("seq", .count),
                .must("at", .time),
                .must("event_type", .text),
                .must("actor", .text),
                .must("target_type", .text),
                .must("target_id", .text),
                .must("target_name", .text),
                .must("notes", .text),
                .may("data", .any),
                .must("hash", .text.about("Of this event and all before it."))
            )
        ),
        (
            "LoggedCall",
            .object(
                .must("at", .time),
                .must("actor", .text),
                .must("connector_id", .text),
                .must("purpose", .text),
                .must("model", .text),
                .must("tokens_in", .count.orNull),
                .must("tokens_out", .count.orNull),
                .must("latency_ms", .number),
                .must("outcome", .text),
                .must("cost_usd", .number.orNull),
                .must("stream", .flag)
            )
        ),
        (
            "AuditConflict",
            .object(
                .must(
                    "conflict",
                    .object(
                        .must("verdict", .text),
                        .must("message", .text),
                        .must("found", .ref("ChainHead")),
                        .may("kept", .ref("ChainHead"))
                    ).orNull
                )
            )
        ),
        ("ChainHead", .object(.must("events", .count), .must("head", .text))),
    ]

    static let routing: [(name: String, shape: Shape)] = [
        (
            "Preference",
            .object(
                .must("feature", .text),
                .must("connector_id", .text),
                .must("connector_name", .text.orNull),
                .must("connector_status", .text.orNull),
                .must("set_at", .time)
            )
        ),
        (
            "Policy",
            .object(
                .must(Policy.Name.keys, .flag),
                .must(Policy.Name.addresses, .flag),
                .must(Policy.Name.defaultConnector, .text.orNull),
                .must(Policy.Name.retention, .integer)
            )
        ),
    ]

    static let people: [(name: String, shape: Shape)] = [
        (
            "User",
            .object(
                .must("id", .text),
                .must("name", .text),
                .must("role", .words("admin", "user")),
                .must("email", .text.orNull),
                .must("created_at", .time)
            )
        ),
        (
            "Session",
            .object(
                .must(
                    "user",
                    .object(.must("id", .text), .must("name", .text), .must("role", .words("admin", "user")))
                ),
                .must("csrf", .text.orNull.about("Goes with each call that changes something; null for a key.")),
                .must("expires_at", .time.orNull)
            )
        ),
        (
            "Key",
            .object(
                .must("id", .text),
                .must("name", .text),
                .must("key", .text.about("Its last four characters.")),
                .must("created_at", .time)
            )
        ),
        (
            "NewKey",
            .object(
                .must("id", .text),
                .must("name", .text),
                .must("key", .text.about("The key itself: shown this once."))
            )
        ),
    ]
}
