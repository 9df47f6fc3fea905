import JSON

/// The routes of OpenAI's and Anthropic's SDKs.
extension Endpoint {
    static let diagnostics = [
        "x-martlet-connector", "x-martlet-model", "x-martlet-attempts", "x-martlet-overhead-ms", "x-martlet-cost-usd",
    ]

    static let inference: [Endpoint] = [
        Endpoint("POST /v1/chat/completions", .inference, "A chat turn in OpenAI's dialect")
            .details(
                """
                `model` is a model's name or `connector-name/model`. With `stream` the answer is server-sent events that \
                end with `data: [DONE]`. Whatever else OpenAI's API takes is passed to providers that know it.
                """
            )
            .header("x-martlet-connector", .text, "A connector's name or id to use.")
            .goesByFeature().fallsBack().repeatsUnderKey()
            .takes(.ref("ChatRequest"))
            .answers(
                200,
                "The completion; a stream of chunks when `stream` is true.",
                .json(.ref("ChatCompletion")),
                .events(.ref("ChatChunk")),
                headers: diagnostics + ["idempotent-replayed"]
            )
            .failsAsProvidersDo(),
        Endpoint("POST /v1/messages", .inference, "A chat turn in Anthropic's dialect")
            .details("As `/v1/chat/completions`, with whichever provider serves the model.")
            .header("x-martlet-connector", .text, "A connector's name or id to use.")
            .goesByFeature().fallsBack().repeatsUnderKey()
            .header("anthropic-version", .text, "As the SDK sends it; passed on where the provider is Anthropic.")
            .takes(.ref("MessagesRequest"))
            .answers(
                200,
                "The message; a stream of events when `stream` is true.",
                .json(.ref("Message")),
                .events(.anyObject),
                headers: diagnostics + ["idempotent-replayed"]
            )
            .failsAsProvidersDo(),
        Endpoint("POST /v1/embeddings", .inference, "Embeddings, from a connector that has them")
            .header("x-martlet-connector", .text, "A connector's name or id to use.")
            .goesByFeature().fallsBack()
            .takes(.ref("EmbeddingsRequest"))
            .answers(200, "The provider's answer.", .json(.ref("Embeddings")), headers: diagnostics)
            .failsAsProvidersDo(),
        Endpoint("POST /v1/images/generations", .inference, "Pictures in OpenAI's dialect")
            .details(
                """
                Stands in front of a durable image job and waits for its end. A caller that leaves has the job \
                cancelled, unless it gave an idempotency key.
                """
            )
            .header("idempotency-key", .text.length(1...255), "The same key and body give the same job.")
            .goesByFeature()
            .header("prefer", .text.like("respond-async"), "`respond-async` answers 202 with the job at once.")
            .takes(.ref("ImagesRequest"))
            .answers(200, "The pictures.", .json(.ref("Images")), headers: diagnostics)
            .answers(202, "The job, when `respond-async` was preferred.", .json(.ref("JobAccepted")))
            .refuses(409, "The idempotency key came before with another body.")
            .failsAsProvidersDo(),
        Endpoint("GET /v1/models", .inference, "The models that the caller's connectors offer")
            .answers(200, "Each model once.", .json(.ref("Models")))
            .refuses(502, "No connector told its models."),
        Endpoint("GET /v1/models/{model}", .inference, "One model")
            .part("model", "The model's id.")
            .answers(200, "The model.", .json(.ref("Model")))
            .refuses(502, "No connector told its models."),
        Endpoint("GET /v1/models/{vendor}/{model}", .inference, "One model whose id has a slash")
            .part("vendor", "What stands before the slash.")
            .part("model", "What stands behind it.")
            .answers(200, "The model.", .json(.ref("Model")))
            .refuses(502, "No connector told its models."),
    ]

    /// What a call to a provider can come to.
    func failsAsProvidersDo() -> Endpoint {
        refuses(400, "The request isn't as it must be, or the provider rejected its content (`provider_rejected`).")
            .refuses(
                401,
                "No key or one that isn't known here; or the provider refused the connector's (`auth_invalid`)."
            )
            .refuses(404, "No connector knows the model.")
            .refuses(422, "Well-formed, with values that don't go.")
            .refuses(
                429,
                "`rate_limited`, `quota_exceeded` or `quota_cap_reached`, with `retry-after` where that is known."
            )
            .refuses(502, "The provider failed, or its answer was none.")
            .refuses(503, "There is no connector that can serve, or no room.")
            .refuses(504, "The provider took too long.")
    }
}
