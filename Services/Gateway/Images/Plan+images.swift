extension Plan {
    /// Whether the caller has pinned a connector for this call that can serve it.
    func hasPin(for need: Need) -> Bool {
        candidates.contains { $0.id == pinned && $0.status == .active && supports($0, need) && !isDown($0) }
    }

    /// Where pictures of these settings are made.
    ///
    /// - Parameter params: the names of both members in the request.
    /// - Throws: `validation_failed` for a provider that the caller doesn't have or that makes no pictures, and for a
    ///   model that is known as another provider's.
    func imageTarget(_ settings: ImageSettings, params: (provider: String, model: String)) throws(GatewayError)
        -> Target
    {
        let target: Target
        do throws(GatewayError) {
            target = try resolve(model: settings.model, named: settings.provider, need: .images)
        } catch {
            guard error.code == .notFound || error.code == .unprocessable else { throw error }
            throw GatewayError(.unprocessable, error.message, param: params.provider)
        }
        guard offers(target.connector, target.model) != false else {
            let sentence = "The model is another provider's; \(target.connector.displayName) doesn't have it."
            throw GatewayError(.unprocessable, sentence, param: params.model)
        }
        return target
    }
}

extension String {
    /// Whether this model has one of those connectors' id, name or type in front.
    func namesConnector(of connectors: [Connector]) -> Bool {
        guard let slash = firstIndex(of: "/") else { return false }
        let name = String(self[..<slash])
        return connectors.contains { [$0.id, $0.displayName, $0.type].contains(name) }
    }
}
