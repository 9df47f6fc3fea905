import HTTP
import JSON
import Loop
import SQLite

/// `/api/admin/connectors`: everybody's connectors, never their secrets; caps, and taking a connector out of use.
@NetLoop
final class AdminConnectorHandler {
    private let connectors: ConnectorRegister
    private let caps: Caps
    private let commit: GroupCommit
    private let audit: AuditTrail
    /// Told of each change, so that the health monitor hears of it.
    var onChange: @NetLoop () -> Void = {}

    init(connectors: ConnectorRegister, caps: Caps, commit: GroupCommit, audit: AuditTrail) {
        self.connectors = connectors
        self.caps = caps
        self.commit = commit
        self.audit = audit
    }

    /// `GET /api/admin/connectors`, in the order of creation; `limit` and `cursor` as everywhere.
    func list(_ call: Call) async throws {
        let after = try call.request.cursor.flatMap { Int64($0) } ?? 0
        let limit = try call.request.number("limit", in: 1...500) ?? 100
        let all = connectors.all.values
            .filter { $0.createdAt > after }
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        let page = all.prefix(limit)
        call.answer(
            items: page.map { connector in
                { [caps] writer in
                    connector.write(&writer, caps.standing(of: connector.id))
                    if case .user(let owner) = connector.owner { writer.field("owner_id", owner) }
                }
            },
            nextCursor: page.count < all.count ? page.last.map { String($0.createdAt) } : nil
        )
    }

    /// `PATCH /api/admin/connectors/{id}/cap`: calls in flight keep what they have reserved.
    func setCap(_ call: Call) async throws {
        let connector = try connectors.find(call.parameters[0], for: call.caller)
        let cap = try Self.cap(try await call.object())
        let actor = call.actor
        let before = caps.standing(of: connector.id).cap
        try await commit.write(by: actor) { [audit] db in
            try CapStore.setCap(cap, of: connector.id, in: db)
            try audit.record(
                "connector.cap_changed",
                by: actor,
                on: connector.subject,
                notes: "from \(before.map(String.init) ?? "none") to \(cap.map(String.init) ?? "none")",
                in: db
            )
        }
        caps.setCap(cap, of: connector.id)
        answer(call, with: connector)
    }

    private func answer(_ call: Call, with connector: Connector) {
        call.answer { [caps] writer in connector.write(&writer, caps.standing(of: connector.id)) }
    }

    private static func cap(_ body: JSONValue) throws(GatewayError) -> Int64? {
        let name = "monthly_token_cap"
        guard let value = body[name] else {
            throw GatewayError(.unprocessable, "`\(name)` is a number of tokens, or null for none.", param: name)
        }
        if value == .null { return nil }
        guard let cap = value.int, (0...CapLedger.mostCap).contains(cap) else {
            let range = "an integer from 0 to \(CapLedger.mostCap)"
            throw GatewayError(.unprocessable, "`\(name)` is \(range), or null.", param: name)
        }
        return cap
    }

    /// `POST /api/admin/connectors/{id}/revoke`: nobody can use it from now on; calls in flight end by themselves.
    func revoke(_ call: Call) async throws {
        let connector = try connectors.find(call.parameters[0], for: call.caller)
        guard connector.status != .revoked else { return answer(call, with: connector) }
        let actor = call.actor
        try await commit.write(by: actor) { [audit] db in
            try db.run("UPDATE connectors SET status = 'revoked' WHERE id = ?", connector.id)
            try audit.record("connector.revoked", by: actor, on: connector.subject, in: db)
        }
        connectors.update(connector.id) { $0.status = .revoked }
        onChange()
        var revoked = connector
        revoked.status = .revoked
        answer(call, with: revoked)
    }
}
