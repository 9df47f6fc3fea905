/// What rules and statistics know of a call.
struct Call: Sendable {
    /// Without a trailing slash and always with `/v1` where the provider has it.
    var path: String
    var model = ""
    var prompt = ""
    /// A model may have any name, as Azure's deployments do.
    var hasFreeNames = false
    /// Looks up a header by any case of its name.
    var header: @Sendable (String) -> String? = { _ in nil }

    /// The provider's own idempotency header.
    var idempotencyKey: String? { header("idempotency-key") }

    /// Which of our jobs it belongs to.
    var job: String? { header("x-martlet-job") }
}
