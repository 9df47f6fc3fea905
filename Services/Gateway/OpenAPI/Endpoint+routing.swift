import Audit
import JSON

/// Where calls go: pins and the admin's policy.
extension Endpoint {
    static let routing: [Endpoint] = [
        Endpoint("GET /api/feature-preferences", .routing, "The caller's pins")
            .answers(200, "All of them.", .json(.page(of: .ref("Preference")))),
        Endpoint("POST /api/feature-preferences", .routing, "Pin a connector to a feature")
            .details("In the place of the feature's other pin. A pin whose connector can't serve is passed over.")
            .takes(
                .object(
                    .must("feature", .text.length(1...64).about("a to z, 0 to 9, `_`, `.` and `-`.")),
                    .must("connector_id", .text)
                )
            )
            .answers(200, "The feature had a pin before.", .json(.ref("Preference")))
            .answers(201, "It is the feature's first.", .json(.ref("Preference")))
            .refuses(404, "The caller has no connector of that id.")
            .refuses(409, "The caller has \(PinStore.limit) pins, which is the most.")
            .refuses(422, "No such name of a feature."),
        Endpoint("DELETE /api/feature-preferences/{feature}", .routing, "Unpin a feature")
            .part("feature", "The feature's name.")
            .answers(204, "It has no pin.", .nothing),
        Endpoint("GET /api/policy", .routing, "What the caller may do")
            .answers(
                200,
                "The types of which users may make connectors.",
                .json(.object(.must("allowed_connector_types", .list(of: .text))))
            ),
        Endpoint("GET /api/admin/policy", .routing, "What the admin allows and sets for everybody")
            .answers(200, "The policy.", .json(.ref("Policy"))),
        Endpoint("PATCH /api/admin/policy", .routing, "Change the policy")
            .details("What isn't named stays, and so does what is null.")
            .takes(
                .object(
                    .may(Policy.Name.keys, .flag.orNull.about("Users' connectors of all types with fixed addresses.")),
                    .may(Policy.Name.addresses, .flag.orNull.about("Users' connectors to addresses of their own.")),
                    .may(Policy.Name.defaultConnector, .text.orNull.about("The organisation's default.")),
                    .may(Policy.Name.retention, retention.orNull.about("Days for which the call log is kept.")),
                    .may("clear_default", .flag.about("Have no default; not together with one."))
                )
            )
            .answers(200, "The policy.", .json(.ref("Policy")))
            .refuses(422, "No such member or value."),
    ]

    private static let retention = Shape.integer.from(Retention.days.lowerBound, to: Retention.days.upperBound)

    /// What says where a call goes when it names no connector.
    func goesByFeature() -> Endpoint {
        header(Signpost.featureHeader, .text, "The feature that calls: its pin goes before the caller's default.")
    }

    /// A blocking call that isn't made twice.
    func repeatsUnderKey() -> Endpoint {
        header(
            "idempotency-key",
            .text.length(1...255),
            "The same key and body give the same answer, or join the call in flight. Not for streams."
        )
        .refuses(409, "The idempotency key came before with another body.")
    }

    /// What may be tried when the connector fails.
    func fallsBack() -> Endpoint {
        header(
            FallbackPolicy.header,
            .words("none", "org_default", "retry_then_org_default").or("none"),
            "What is tried when the connector answers with a rate limit, refused credentials, an outage or a spent quota."
        )
    }
}
