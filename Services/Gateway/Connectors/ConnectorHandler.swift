import Bus
import HTTP
import JSON
import Loop
import Providers
import SQLite

/// `/api/connectors`: a caller's own ways to the providers. Credentials go in and never come out.
@NetLoop
final class ConnectorHandler {
    let connectors: ConnectorRegister
    let upstream: Upstream
    private let tester: ConnectorTest
    let caps: Caps
    let commit: GroupCommit
    let store: ConnectorStore
    let audit: AuditTrail
    var limits = SensitiveCalls()
    /// Told of each change, so that the health monitor hears of it.
    var onChange: @NetLoop () -> Void = {}

    init(
        connectors: ConnectorRegister,
        upstream: Upstream,
        tester: ConnectorTest,
        caps: Caps,
        commit: GroupCommit,
        store: ConnectorStore,
        audit: AuditTrail
    ) {
        self.connectors = connectors
        self.upstream = upstream
        self.tester = tester
        self.caps = caps
        self.commit = commit
        self.store = store
        self.audit = audit
    }

    /// `GET /api/connectors`
    func list(_ call: Call) async throws {
        call.answer(
            items: connectors.usable(by: call.caller).map { [caps] connector in
                { writer in connector.write(&writer, caps.standing(of: connector.id)) }
            }
        )
    }

    /// `GET /api/connectors/{id}`
    func show(_ call: Call) async throws {
        let connector = try connectors.find(call.parameters[0], for: call.caller)
        call.answer { [caps] writer in connector.write(&writer, caps.standing(of: connector.id)) }
    }

    /// `POST /api/connectors`: checked by its adapter, sealed, committed together with its audit event.
    func create(_ call: Call) async throws {
        let body = try await call.object()
        let type = try reading { () throws(JSONError) in try body.string("connector_type") }
        let (adapter, owner) = (try upstream.adapter(type: type), try owner(of: body, call.caller))
        try await refuseForbidden(adapter, owner)
        let connector = try ConnectorDraft(body: body, adapter: adapter)
            .make(Identifier.make("con"), owner: owner, at: wallClockMicroseconds())
        try refuseTaken(connector.displayName, for: call.caller, owner: connector.owner)
        try limits.take(.create, by: call.caller)
        try await add(connector, by: call.actor)
        call.answer(201) { [caps] writer in connector.write(&writer, caps.standing(of: connector.id)) }
    }

    /// Commits a new connector; from then on it may be called.
    func add(_ connector: Connector, by actor: AuditTrail.Actor) async throws {
        try await unlessTaken {
            try await self.commit.write(by: actor) { [store = self.store, audit = self.audit] db in
                try store.insert(connector, in: db)
                try audit.record(
                    "connector.created",
                    by: actor,
                    on: connector.subject,
                    notes: connector.type,
                    in: db
                )
            }
        }
        connectors.put(connector)
        onChange()
    }

    /// `DELETE /api/connectors/{id}`
    func delete(_ call: Call) async throws {
        let connector = try connectors.find(call.parameters[0], for: call.caller)
        try mayChange(connector, call.caller)
        let actor = call.actor
        try await commit.write(by: actor) { [store, audit] db in
            try store.delete(connector.id, in: db)
            try audit.record("connector.deleted", by: actor, on: connector.subject, in: db)
        }
        connectors.remove(connector.id)
        caps.forget(connector.id)
        upstream.catalogues.forget(connector.id)
        onChange()
        call.exchange.respond(204)
    }

    /// `POST /api/connectors/{id}/test`: one free call to the provider.
    func test(_ call: Call) async throws {
        let connector = try connectors.find(call.parameters[0], for: call.caller)
        try limits.take(.test, by: call.caller)
        let result = try await tester.run(connector, of: call.exchange.traceContext)
        call.answer { writer in
            writer.field("success", result.status == "ok")
            writer.field("status", result.status)
            writer.field("latency_ms", result.latencyMs)
            writer.field("message", result.message)
        }
    }

    // MARK: A new one

    private func owner(of body: JSONValue, _ caller: Caller) throws(GatewayError) -> Connector.Owner {
        guard body["owner"]?.string == "organisation" else { return .user(caller.userID) }
        guard caller.role == .admin else {
            throw GatewayError(.forbidden, "Only an admin makes connectors for the organisation.", param: "owner")
        }
        return .organisation
    }

    /// The policy's word on types. The organisation's connectors are the admin's, whose policy it is.
    private func refuseForbidden(_ adapter: any Adapter, _ owner: Connector.Owner) async throws {
        guard owner != .organisation else { return }
        guard try await commit.read({ try PolicyStore.policy(in: $0) }).allows(adapter) else {
            throw GatewayError(
                .typeNotAllowed,
                "The policy allows no connectors of this type; GET /api/policy lists those that it allows.",
                param: "connector_type"
            )
        }
    }

    private func mayChange(_ connector: Connector, _ caller: Caller) throws(GatewayError) {
        if connector.owner == .organisation, caller.role != .admin {
            throw GatewayError(.forbidden, "Only an admin changes the organisation's connectors.")
        }
    }

    /// Two connectors of one owner have different names.
    func refuseTaken(
        _ name: String,
        for caller: Caller,
        owner: Connector.Owner,
        except id: String = ""
    ) throws(GatewayError) {
        let isTaken = connectors.all.values.contains { $0.displayName == name && $0.owner == owner && $0.id != id }
        if isTaken { throw Self.taken }
    }

    /// The store's word on names is the last.
    func unlessTaken(_ write: () async throws -> Void) async throws {
        do {
            try await write()
        } catch let error as SQLiteError {
            throw error.isConstraint ? Self.taken : GatewayError(store: error)
        }
    }

    private static let taken = GatewayError(.conflict, "You have a connector of that name.", param: "display_name")
}
