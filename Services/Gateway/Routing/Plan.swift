/// Which connector a call goes to, and which model it asks for there.
///
/// The order is product.md A5: the connector that the request names, then the caller's default, then the caller's
/// most recently used one (never used comes last), then the organisation's default, then the organisation's others.
/// What is broken or revoked is skipped, except where the request names it.
struct Plan {
    /// What the call needs of a connector.
    enum Need: Sendable {
        case chat
        case images
        case embeddings
    }

    struct Target {
        let connector: Connector
        /// The provider's name of the model.
        let model: String
    }

    /// The connectors that the caller may use.
    let candidates: [Connector]
    /// What each connector can do.
    let supports: (Connector, Need) -> Bool
    /// The model for a caller who names none: the connector's own, or by its type the usual one.
    var usualModel: (Connector, Need) -> String? = { _, _ in nil }

    /// - Parameters:
    ///   - model: `gpt-5-mini`, or `connector/model` with a connector's name or id in front.
    ///   - named: a connector's id, name or type that came apart from the model.
    func resolve(model: String?, named: String? = nil, need: Need) throws(GatewayError) -> Target {
        if let named {
            let connector = try explicit(named, need: need)
            return Target(connector: connector, model: try self.model(model, of: connector, need))
        }
        if let model, let slash = model.firstIndex(of: "/") {
            let prefix = String(model[..<slash])
            if candidates.contains(where: { $0.id == prefix || $0.displayName == prefix }) {
                let connector = try explicit(prefix, need: need)
                let rest = String(model[model.index(after: slash)...])
                return Target(connector: connector, model: try self.model(rest, of: connector, need))
            }
        }
        guard let connector = preferred(need) else { throw nothingToUse(need) }
        return Target(connector: connector, model: try self.model(model, of: connector, need))
    }

    private func explicit(_ name: String, need: Need) throws(GatewayError) -> Connector {
        let found =
            candidates.first { $0.id == name } ?? candidates.first { $0.displayName == name }
            ?? candidates.first { $0.type == name && $0.status == .active }
        guard let found else {
            throw GatewayError(.notFound, "You have no connector of that name, id or type.", param: "connector")
        }
        guard supports(found, need) else {
            throw GatewayError(.unprocessable, "A connector of type \(found.type) can't do this.", param: "model")
        }
        return found
    }

    private func preferred(_ need: Need) -> Connector? {
        let able = candidates.filter { $0.status == .active && supports($0, need) }
        let own = able.filter { $0.owner != .organisation }
        if let chosen = own.first(where: \.isDefault) { return chosen }
        if let recent = own.max(by: { ($0.lastUsedAt ?? .min) < ($1.lastUsedAt ?? .min) }) { return recent }
        let shared = able.filter { $0.owner == .organisation }
        return shared.first(where: \.isDefault) ?? shared.first
    }

    private func model(_ asked: String?, of connector: Connector, _ need: Need) throws(GatewayError) -> String {
        if let asked, !asked.isEmpty { return asked }
        if need == .images, let usual = usualModel(connector, need) { return usual }
        if let hint = connector.modelHint ?? usualModel(connector, need) { return hint }
        throw GatewayError(.invalidRequest, "`model` is missing, and the connector has no default.", param: "model")
    }

    private func nothingToUse(_ need: Need) -> GatewayError {
        if candidates.contains(where: { supports($0, need) }) {
            return GatewayError(.noConnector, "Your connectors for this are not active; check their credentials.")
        }
        return GatewayError(
            .noConnector,
            "You have no connector for this. Create one with POST /api/connectors."
        )
    }
}
