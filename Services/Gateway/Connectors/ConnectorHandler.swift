import Bus
import HTTP
import JSON
import Loop
import Providers
import SQLite

/// `/api/connectors`: a caller's own ways to the providers. Credentials go in and never come out.
@NetLoop
final class ConnectorHandler {
    private let connectors: ConnectorRegister
    private let upstream: Upstream
    private let tester: ConnectorTest
    private let commit: GroupCommit
    private let store: ConnectorStore
    private let audit: AuditTrail
    /// Told of each change, so that the health monitor hears of it.
    var onChange: @NetLoop () -> Void = {}

    init(
        connectors: ConnectorRegister,
        upstream: Upstream,
        tester: ConnectorTest,
        commit: GroupCommit,
        store: ConnectorStore,
        audit: AuditTrail
    ) {
        self.connectors = connectors
        self.upstream = upstream
        self.tester = tester
        self.commit = commit
        self.store = store
        self.audit = audit
    }

    /// `GET /api/connectors`
    func list(_ call: Call) async throws {
        call.answer(
            items: connectors.usable(by: call.caller).map { connector in { writer in connector.write(&writer) } }
        )
    }

    /// `GET /api/connectors/{id}`
    func show(_ call: Call) async throws {
        let connector = try connectors.find(call.parameters[0], for: call.caller)
        call.answer { writer in connector.write(&writer) }
    }

    /// `POST /api/connectors`: checked by its adapter, sealed, committed together with its audit event.
    func create(_ call: Call) async throws {
        let body = try await call.object()
        let connector = try newConnector(body, owner: owner(of: body, call.caller))
        let taken = connectors.usable(by: call.caller).contains {
            $0.displayName == connector.displayName && $0.owner == connector.owner
        }
        if taken { throw GatewayError(.conflict, "You have a connector of that name.", param: "display_name") }
        try await add(connector, by: call.actor)
        call.answer(201) { writer in connector.write(&writer) }
    }

    /// Commits a new connector; from then on it may be called.
    func add(_ connector: Connector, by actor: AuditTrail.Actor) async throws {
        do {
            try await commit.write { [store, audit] db in
                try store.insert(connector, in: db)
                try audit.record(
                    "connector.created",
                    by: actor,
                    on: .init(type: "connector", id: connector.id, name: connector.displayName),
                    notes: connector.type,
                    in: db
                )
            }
        } catch let error as SQLiteError {
            if error.isConstraint {
                throw GatewayError(.conflict, "You have a connector of that name.", param: "display_name")
            }
            throw GatewayError(store: error)
        }
        connectors.put(connector)
        onChange()
    }

    /// `DELETE /api/connectors/{id}`
    func delete(_ call: Call) async throws {
        let connector = try connectors.find(call.parameters[0], for: call.caller)
        try mayChange(connector, call.caller)
        let actor = call.actor
        try await commit.write { [store, audit] db in
            try store.delete(connector.id, in: db)
            try audit.record(
                "connector.deleted",
                by: actor,
                on: .init(type: "connector", id: connector.id, name: connector.displayName),
                in: db
            )
        }
        connectors.remove(connector.id)
        upstream.catalogues.forget(connector.id)
        onChange()
        call.exchange.respond(204)
    }

    /// `POST /api/connectors/{id}/test`: one free call to the provider.
    func test(_ call: Call) async throws {
        let connector = try connectors.find(call.parameters[0], for: call.caller)
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

    private func mayChange(_ connector: Connector, _ caller: Caller) throws(GatewayError) {
        if connector.owner == .organisation, caller.role != .admin {
            throw GatewayError(.forbidden, "Only an admin changes the organisation's connectors.")
        }
    }

    private func newConnector(_ body: JSONValue, owner: Connector.Owner) throws(GatewayError) -> Connector {
        let type = try reading { () throws(JSONError) in try body.string("connector_type") }
        let adapter = try upstream.adapter(type: type)
        let name = try reading { () throws(JSONError) in try body.string("display_name") }
        guard !name.isEmpty, name.utf8.count <= 100, !name.contains("/") else {
            throw GatewayError(.unprocessable, "`display_name` has 1 to 100 bytes and no slash.", param: "display_name")
        }
        let concurrency = try reading { () throws(JSONError) in try body.optionalInt("image_concurrency") } ?? 1
        guard (1...16).contains(concurrency) else {
            throw GatewayError(.unprocessable, "`image_concurrency` is 1 to 16.", param: "image_concurrency")
        }
        var credentials: [String: String] = [:]
        for field in adapter.fields where field.name != "base_url" {
            credentials[field.name] = try reading { () throws(JSONError) in try body.optionalString(field.name) }
        }
        let hint = try reading { () throws(JSONError) in try body.optionalString("model_hint") }
        let baseURL = try reading { () throws(JSONError) in try body.optionalString("base_url") }
        var connector = Connector(
            id: Identifier.make("con"),
            owner: owner,
            displayName: name,
            modelHint: hint,
            config: ConnectorConfig(type: type, baseURL: baseURL, credentials: credentials),
            createdAt: wallClockMicroseconds()
        )
        connector.imageConcurrency = Int(concurrency)
        try validate(connector, adapter)
        return connector
    }

    private func validate(_ connector: Connector, _ adapter: any Adapter) throws(GatewayError) {
        do throws(ProviderError) {
            try adapter.validate(connector.config)
        } catch {
            var failure = GatewayError(error)
            failure.code = .unprocessable
            throw failure
        }
    }
}
