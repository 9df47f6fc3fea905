import JSON
import Providers

/// What a caller's body says of a connector, read and checked; nothing of it is stored yet.
struct ConnectorDraft {
    let body: JSONValue
    let adapter: any Adapter

    /// What `PATCH` may change.
    private static let options = ["display_name", "model_hint", "image_concurrency"]

    /// The names of the type's credentials; an address is one of them.
    private var credentialNames: [String] { adapter.fields.map(\.name) }

    // MARK: A new one

    func make(_ id: String, owner: Connector.Owner, at now: Int64) throws(GatewayError) -> Connector {
        var connector = Connector(
            id: id,
            owner: owner,
            displayName: try name(),
            modelHint: try text("model_hint"),
            config: ConnectorConfig(type: adapter.type, baseURL: try text("base_url")),
            createdAt: now
        )
        for name in credentialNames where name != "base_url" { connector.config.credentials[name] = try text(name) }
        connector.imageConcurrency = try concurrency() ?? 1
        connector.configuredAt = now
        try validate(connector)
        return connector
    }

    // MARK: Changes

    /// The connector with other options, and the names of those that were given. A credential here is refused: it has
    /// a route of its own, with limits of its own.
    func changed(_ connector: Connector) throws(GatewayError) -> (connector: Connector, names: [String]) {
        let names = try given()
        for name in names where !Self.options.contains(name) {
            let isCredential = credentialNames.contains(name)
            throw GatewayError(
                .unprocessable,
                isCredential
                    ? "Credentials are replaced with PUT /api/connectors/{id}/credentials."
                    : "A change may name \(Self.options.joined(separator: ", ")).",
                param: isCredential ? name : nil
            )
        }
        var connector = connector
        if names.contains("display_name") { connector.displayName = try name() }
        if names.contains("model_hint") { connector.modelHint = try text("model_hint") }
        if names.contains("image_concurrency") { connector.imageConcurrency = try concurrency() ?? 1 }
        return (connector, names)
    }

    /// The connector with the given credentials in the place of its own, and their names; null removes one. The whole
    /// is checked as a new one is. The key that is stored is never sent to another address than it was given for.
    func rotated(_ connector: Connector) throws(GatewayError) -> (connector: Connector, names: [String]) {
        let names = try given()
        for name in names where !credentialNames.contains(name) {
            let known = credentialNames.joined(separator: ", ")
            throw GatewayError(.unprocessable, "Connectors of this type have only the fields \(known).")
        }
        var rotated = connector
        for name in names {
            if name == "base_url" {
                rotated.config.baseURL = try text(name)
            } else {
                rotated.config.credentials[name] = try text(name)
            }
        }
        if rotated.config.baseURL != connector.config.baseURL {
            let kept = adapter.fields.first { field in
                field.isSecret && connector.config.credentials[field.name] != nil && !names.contains(field.name)
            }
            if let kept {
                throw GatewayError(
                    .unprocessable,
                    "Another base_url needs \(kept.name) again.",
                    param: kept.name
                )
            }
        }
        try validate(rotated)
        return (rotated, names)
    }

    private func given() throws(GatewayError) -> [String] {
        let names = (body.object ?? []).map(\.name)
        guard !names.isEmpty else { throw GatewayError(.unprocessable, "The body names nothing to change.") }
        return names
    }

    // MARK: Members

    private func text(_ name: String) throws(GatewayError) -> String? {
        try reading { () throws(JSONError) in try body.optionalString(name) }
    }

    private func name() throws(GatewayError) -> String {
        let name = try reading { () throws(JSONError) in try body.string("display_name") }
        guard !name.isEmpty, name.utf8.count <= 100, !name.contains("/") else {
            throw GatewayError(.unprocessable, "`display_name` has 1 to 100 bytes and no slash.", param: "display_name")
        }
        return name
    }

    private func concurrency() throws(GatewayError) -> Int? {
        guard let number = try reading({ () throws(JSONError) in try body.optionalInt("image_concurrency") }) else {
            return nil
        }
        guard (1...16).contains(number) else {
            throw GatewayError(.unprocessable, "`image_concurrency` is 1 to 16.", param: "image_concurrency")
        }
        return Int(number)
    }

    private func validate(_ connector: Connector) throws(GatewayError) {
        do throws(ProviderError) {
            try adapter.validate(connector.config)
        } catch {
            var failure = GatewayError(error)
            failure.code = .unprocessable
            throw failure
        }
    }
}
