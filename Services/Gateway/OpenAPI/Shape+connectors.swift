import JSON
import Providers

/// Connectors and what goes into them.
extension Shape {
    static let connectors: [(name: String, shape: Shape)] = [
        ("NewConnector", newConnector),
        (
            "Connector",
            .object(
                .must("id", .text),
                .must("display_name", .text),
                .must("connector_type", types),
                .must("model_hint", .text.orNull),
                .must("status", .words("active", "auth_invalid", "revoked")),
                .must("is_default", .flag),
                .must("owner", .words("user", "organisation")),
                .may("owner_id", .text.about("The user's id; for admins.")),
                .may("base_url", .text),
                .must("image_concurrency", .integer.from(1, to: 16)),
                .must("last_used_at", .time.orNull),
                .must("last_health_check_at", .time.orNull),
                .must(
                    "last_health_check_status",
                    .text.orNull.about("`ok`, an error's code, `unknown` when it is too old, null before the first.")
                ),
                .must("monthly_token_cap", .count.orNull.about("null: as many as it takes.")),
                .must("current_month_tokens", .count.about("Of the calendar month in UTC.")),
                .must("created_at", .time)
            )
        ),
        (
            "TestResult",
            .object(
                .must("success", .flag),
                .must("status", .text.about("`ok` or an error's code.")),
                .must("latency_ms", .count.orNull),
                .must("message", .text)
            )
        ),
        (
            "CatalogueModel",
            .object(
                .must("id", .text),
                .must("owned_by", .text.orNull),
                .must("created", .integer.orNull),
                .must("shutdown_date", .text.orNull)
            )
        ),
    ]

    private static let types = Shape.text.about(
        Registry.standard.types.map { "`\($0)`" }.joined(separator: ", ")
    )

    /// The credentials of every type, from what the adapters themselves ask for.
    private static let newConnector: Shape = {
        var fields: [String] = []
        for field in Registry.standard.all.flatMap(\.fields) where !fields.contains(field.name) {
            fields.append(field.name)
        }
        let credentials = fields.map { name in
            let takers = Registry.standard.all.filter { $0.fields.contains { $0.name == name } }.map(\.type)
            return Member.may(name, .text.orNull.about("For \(takers.joined(separator: ", "))."))
        }
        return composed(
            of: [
                .must("display_name", .text.length(1...100).about("No slash.")),
                .must("connector_type", types),
                .may("model_hint", .text.orNull),
                .may("image_concurrency", .integer.from(1, to: 16).or(1).about("Images of one job made at once.")),
                .may(
                    "owner",
                    .words("user", "organisation").or("user").about("The organisation's are an admin's to make.")
                ),
            ] + credentials
        )
    }()
}
