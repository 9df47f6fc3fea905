/// Which connector a call goes to, and which model it asks for there.
///
/// The order is product.md A5: the connector that the request names, then the one that the caller has pinned for the
/// feature, then the caller's default, then the caller's most recently used one (never used comes last), then the
/// organisation's default, then the organisation's others. What is broken or revoked is skipped, except where the
/// request names it; whose provider is down is passed over where another can serve; and what is known not to have the
/// model is passed over for the first in that order that has it, or may. A pin holds unless its connector is known not
/// to have the model.
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
        /// As the caller named it; nil when they named none, and it is the connector's own.
        var asked: String?
    }

    /// The connectors that the caller may use.
    let candidates: [Connector]
    /// What each connector can do.
    let supports: (Connector, Need) -> Bool
    /// The model for a caller who names none: the connector's own, or by its type the usual one.
    var usualModel: (Connector, Need) -> String? = { _, _ in nil }

    /// Whether a connector has a model; nil when nobody knows.
    var offers: (Connector, String) -> Bool? = { _, _ in nil }
    /// Whether its provider is known not to answer now.
    var isDown: (Connector) -> Bool = { _ in false }
    /// The id of the connector that the caller wants for this feature; it may be one that can't serve any more.
    var pinned: String?

    /// - Parameters:
    ///   - model: `gpt-5-mini`, or `connector/model` with a connector's name, id or type in front.
    ///   - named: a connector's id, name or type that came apart from the model.
    func resolve(model: String?, named: String? = nil, need: Need) throws(GatewayError) -> Target {
        if let named {
            let connector = try explicit(named, need: need)
            return try target(connector, model, need)
        }
        if let model, let slash = model.firstIndex(of: "/") {
            let prefix = String(model[..<slash])
            if candidates.contains(where: { [$0.id, $0.displayName, $0.type].contains(prefix) }) {
                let connector = try explicit(prefix, need: need)
                let rest = String(model[model.index(after: slash)...])
                return try target(connector, rest, need)
            }
        }
        guard let connector = preferred(need, model) else { throw nothingToUse(need) }
        return try target(connector, model, need)
    }

    /// Where a call goes on whose connector failed: the organisation's default, when it is another one that can serve.
    ///
    /// The model stays where it is known to be there; else the connector's own serves. Embeddings keep theirs, since
    /// another model's can't be compared with them.
    func fallback(from failed: Target, _ need: Need) -> Target? {
        guard let connector = candidates.first(where: { $0.owner == .organisation && $0.isDefault }),
            connector.id != failed.connector.id, connector.status == .active, supports(connector, need)
        else { return nil }
        if need == .embeddings {
            return offers(connector, failed.model) == false ? nil : Target(connector: connector, model: failed.model)
        }
        let offered = failed.asked.map { offers(connector, $0) } ?? false
        if offered == true { return Target(connector: connector, model: failed.model) }
        let own = connector.modelHint ?? usualModel(connector, need)
        return (own ?? (offered == nil ? failed.asked : nil)).map { Target(connector: connector, model: $0) }
    }

    private func target(_ connector: Connector, _ asked: String?, _ need: Need) throws(GatewayError) -> Target {
        let asked = asked.flatMap { $0.isEmpty ? nil : $0 }
        return Target(connector: connector, model: try model(asked, of: connector, need), asked: asked)
    }

    private func explicit(_ name: String, need: Need) throws(GatewayError) -> Connector {
        let found =
            candidates.first { $0.id == name } ?? candidates.first { $0.displayName == name }
            ?? candidates.first { $0.type == name && $0.status == .active && !isDown($0) }
            ?? candidates.first { $0.type == name && $0.status == .active }
        guard let found else {
            throw GatewayError(.notFound, "You have no connector of that name, id or type.", param: "connector")
        }
        guard supports(found, need) else {
            throw GatewayError(.unprocessable, "A connector of type \(found.type) can't do this.", param: "model")
        }
        return found
    }

    private func preferred(_ need: Need, _ model: String?) -> Connector? {
        let able = candidates.filter { $0.status == .active && supports($0, need) }
        guard able.count > 1 else { return able.first }
        if let connector = pin(among: able, model) { return connector }
        let inOrder = ordered(able)
        let up = inOrder.filter { !isDown($0) }
        guard let model else { return up.first ?? inOrder.first }
        return first(of: up, offering: model) ?? first(of: inOrder, offering: model) ?? up.first ?? inOrder.first
    }

    private func pin(among able: [Connector], _ model: String?) -> Connector? {
        guard let pinned, let connector = able.first(where: { $0.id == pinned }), !isDown(connector) else { return nil }
        if let model, offers(connector, model) == false { return nil }
        return connector
    }

    /// Who has the model, else who may have it.
    private func first(of inOrder: [Connector], offering model: String) -> Connector? {
        var unsure: Connector?
        for connector in inOrder {
            switch offers(connector, model) {
            case true: return connector
            case nil: unsure = unsure ?? connector
            default: break
            }
        }
        return unsure
    }

    /// In A5's order.
    private func ordered(_ able: [Connector]) -> [Connector] {
        func rank(_ connector: Connector) -> (Int, Int64) {
            if connector.id == pinned { return (-1, 0) }
            return switch (connector.owner == .organisation, connector.isDefault) {
            case (false, true): (0, 0)
            case (false, false): (1, connector.lastUsedAt.map { -$0 } ?? .max)
            case (true, true): (2, 0)
            case (true, false): (3, 0)
            }
        }
        // The sort keeps the order of creation among equals: the index decides.
        return able.enumerated()
            .map { (rank: rank($0.element), index: $0.offset, connector: $0.element) }
            .sorted { ($0.rank.0, $0.rank.1, $0.index) < ($1.rank.0, $1.rank.1, $1.index) }
            .map(\.connector)
    }

    private func model(_ asked: String?, of connector: Connector, _ need: Need) throws(GatewayError) -> String {
        if let asked { return asked }
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
