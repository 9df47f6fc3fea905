import HTTP
import JSON
import Loop
import SQLite

/// Changes of a connector by its owner: options, credentials, the default.
extension ConnectorHandler {
    /// `PATCH /api/connectors/{id}`: name, model hint, image concurrency.
    func change(_ call: Call) async throws {
        let connector = try mine(call)
        let (changed, names) = try ConnectorDraft(body: await call.object(), adapter: upstream.adapter(of: connector))
            .changed(connector)
        try refuseTaken(changed.displayName, for: call.caller, owner: changed.owner, except: changed.id)
        let actor = call.actor
        try await unlessTaken {
            try await self.commit.write(by: actor) { [store = self.store, audit = self.audit] db in
                guard try store.setOptions(changed, in: db) else { throw GatewayError.goneMeanwhile }
                try audit.record(
                    "connector.updated",
                    by: actor,
                    on: changed.subject,
                    notes: "fields: \(names.joined(separator: ", "))",
                    in: db
                )
            }
        }
        connectors.update(changed.id) { stored in
            stored.displayName = changed.displayName
            stored.modelHint = changed.modelHint
            stored.imageConcurrency = changed.imageConcurrency
        }
        onChange()
        answer(call, changed.id)
    }

    /// `PUT /api/connectors/{id}/credentials`: the given ones replace the stored ones. The connector is active from
    /// here on, and nothing that was found with the credentials before counts any more; the monitor looks soon.
    func rotate(_ call: Call) async throws {
        let connector = try mine(call)
        let body = try await call.object(limit: 64 << 10)
        var (rotated, names) = try ConnectorDraft(body: body, adapter: upstream.adapter(of: connector))
            .rotated(connector)
        try limits.take(.rotate, by: call.caller)
        rotated.revision += 1
        rotated.configuredAt = wallClockMicroseconds()
        rotated.status = .active
        let actor = call.actor
        let (before, after, fields) = (connector.revision, rotated, names.joined(separator: ", "))
        try await commit.write(by: actor) { [store, audit] db in
            guard try store.setCredentials(after, from: before, in: db) else { throw GatewayError.goneMeanwhile }
            try audit.record("connector.rotated", by: actor, on: after.subject, notes: "fields: \(fields)", in: db)
        }
        connectors.update(after.id) { stored in
            stored.config = after.config
            stored.revision = after.revision
            stored.configuredAt = after.configuredAt
            stored.status = .active
            stored.lastHealthCheckAt = nil
            stored.lastHealthCheckStatus = nil
        }
        upstream.catalogues.forget(after.id)
        onChange()
        answer(call, after.id)
    }

    // MARK: The default

    /// `POST /api/connectors/{id}/default`: in the place of its owner's other one, if there was one.
    func setDefault(_ call: Call) async throws {
        let connector = try mine(call)
        guard connector.status != .revoked else { throw GatewayError.isRevoked }
        let old = connectors.all.values.first { $0.owner == connector.owner && $0.isDefault }
        if old?.id != connector.id {
            try await write(default: connector, true, by: call.actor, instead: old)
        }
        answer(call, connector.id)
    }

    /// `DELETE /api/connectors/{id}/default`
    func unsetDefault(_ call: Call) async throws {
        let connector = try mine(call)
        if connector.isDefault { try await write(default: connector, false, by: call.actor, instead: nil) }
        call.exchange.respond(204)
    }

    private func write(
        default connector: Connector,
        _ isDefault: Bool,
        by actor: AuditTrail.Actor,
        instead old: Connector?
    ) async throws {
        try await commit.write(by: actor) { [store, audit] db in
            guard try store.setDefault(connector, isDefault, in: db) else { throw GatewayError.goneMeanwhile }
            try audit.record(
                isDefault ? "connector.default_set" : "connector.default_unset",
                by: actor,
                on: connector.subject,
                notes: old.map { "instead of \($0.id)" } ?? "",
                in: db
            )
        }
        for other in connectors.all.values where isDefault && other.owner == connector.owner {
            connectors.update(other.id) { $0.isDefault = false }
        }
        connectors.update(connector.id) { $0.isDefault = isDefault }
    }

    // MARK: Whose it is

    /// The connector of the path, when it is the caller's to change: their own, or for an admin the organisation's. An
    /// admin sees other users' connectors and may remove them, but changes nothing of them.
    private func mine(_ call: Call) throws(GatewayError) -> Connector {
        let connector = try connectors.find(call.parameters[0], for: call.caller)
        switch connector.owner {
        case .organisation where call.caller.role == .admin: break
        case .user(call.caller.userID): break
        default: throw GatewayError(.forbidden, "Only its owner changes a connector.")
        }
        guard connector.status != .revoked || call.request.method == "DELETE" else { throw GatewayError.isRevoked }
        return connector
    }

    private func answer(_ call: Call, _ id: String) {
        guard let connector = connectors.all[id] else { return call.exchange.respond(204) }
        call.answer { [caps] writer in connector.write(&writer, caps.standing(of: connector.id)) }
    }
}

extension GatewayError {
    fileprivate static let goneMeanwhile = GatewayError(
        .conflict,
        "The connector was changed or removed meanwhile; nothing was written. Look at it and try again."
    )
    fileprivate static let isRevoked = GatewayError(.conflict, "The connector was revoked; make another one.")
}
