import JSON

/// Connectors, by their owners and by admins.
extension Endpoint {
    private static let id = "The connector's id."

    static let connectors: [Endpoint] = [
        Endpoint("GET /api/connectors", .connectors, "The connectors that the caller may use")
            .details("Their own and the organisation's. Never a secret.")
            .answers(200, "All of them.", .json(.page(of: .ref("Connector")))),
        Endpoint("POST /api/connectors", .connectors, "Make a connector")
            .details("Credentials go in and never come out. Five a minute for each user.")
            .takes(.ref("NewConnector"))
            .answers(201, "The connector.", .json(.ref("Connector")))
            .refuses(403, "The policy forbids the type, or only an admin makes connectors for the organisation.")
            .refuses(409, "The owner has a connector of that name.")
            .refuses(422, "Its type takes no such fields or values.")
            .refuses(429, "Too often."),
        Endpoint("GET /api/connectors/{id}", .connectors, "A connector")
            .part("id", id)
            .answers(200, "The connector.", .json(.ref("Connector"))),
        Endpoint("PATCH /api/connectors/{id}", .connectors, "Change a connector's name and options")
            .part("id", id)
            .takes(
                .object(
                    .may("display_name", .text.length(1...100)),
                    .may("model_hint", .text.orNull),
                    .may("image_concurrency", .integer.from(1, to: 16))
                )
            )
            .answers(200, "The connector.", .json(.ref("Connector")))
            .refuses(403, "Only its owner changes a connector.")
            .refuses(409, "The name is taken, or the connector was revoked or changed meanwhile.")
            .refuses(422, "It has no such option, or the value doesn't go."),
        Endpoint("DELETE /api/connectors/{id}", .connectors, "Delete a connector with its credentials")
            .part("id", id)
            .answers(204, "It is gone.", .nothing)
            .refuses(403, "Only an admin changes the organisation's connectors."),
        Endpoint("PUT /api/connectors/{id}/credentials", .connectors, "Replace credentials, in part or whole")
            .details("What isn't named stays; null removes. Another `base_url` needs the key again. Five a minute.")
            .part("id", id)
            .takes(.map(to: .text.orNull))
            .answers(200, "The connector, active again.", .json(.ref("Connector")))
            .refuses(403, "Only its owner changes a connector.")
            .refuses(409, "The connector was revoked or changed meanwhile.")
            .refuses(422, "Its type takes no such fields or values.")
            .refuses(429, "Too often."),
        Endpoint("POST /api/connectors/{id}/test", .connectors, "Look whether the provider takes the credentials")
            .details("One call, free where the provider has a free one. Ten a minute for each user.")
            .part("id", id)
            .answers(200, "What was found; a failure is an answer too.", .json(.ref("TestResult")))
            .refuses(429, "Too often."),
        Endpoint("POST /api/connectors/{id}/default", .connectors, "Make it its owner's default")
            .part("id", id)
            .answers(200, "The connector.", .json(.ref("Connector")))
            .refuses(403, "Only its owner changes a connector.")
            .refuses(409, "The connector was revoked."),
        Endpoint("DELETE /api/connectors/{id}/default", .connectors, "Have no default")
            .part("id", id)
            .answers(204, "It is none.", .nothing)
            .refuses(403, "Only its owner changes a connector.")
            .refuses(409, "The connector was revoked."),
        Endpoint("GET /api/connectors/{id}/models", .connectors, "The models that it offers")
            .details("Kept for an hour; when the provider doesn't answer, the last good list.")
            .part("id", id)
            .answers(200, "All of them.", .json(.page(of: .ref("CatalogueModel"))))
            .refuses(502, "The provider failed, and there is no list of before."),
        Endpoint("GET /api/admin/connectors", .connectors, "Everybody's connectors, oldest first")
            .pages(1...500, or: 100)
            .answers(200, "A page.", .json(.page(of: .ref("Connector")))),
        Endpoint("PATCH /api/admin/connectors/{id}/cap", .connectors, "Set how many tokens it may use in a month")
            .details("Calls in flight keep what they have reserved.")
            .part("id", id)
            .takes(.object(.must("monthly_token_cap", .count.orNull.about("null: as many as it takes."))))
            .answers(200, "The connector.", .json(.ref("Connector")))
            .refuses(422, "That is no cap."),
        Endpoint("POST /api/admin/connectors/{id}/revoke", .connectors, "Take a connector out of use for good")
            .details("Calls in flight end by themselves.")
            .part("id", id)
            .answers(200, "The connector.", .json(.ref("Connector"))),
    ]
}
