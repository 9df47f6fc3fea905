import HTTP
import JSON
import Loop
import Providers
import SQLite

/// `/api/policy` and `/api/admin/policy`: what users may do, as they see it and as the admin sets it.
@NetLoop
final class PolicyHandler {
    private nonisolated static let subject = AuditTrail.Subject(type: "policy", id: "policy", name: "policy")

    private let connectors: ConnectorRegister
    private let adapters: [any Adapter]
    private let commit: GroupCommit
    private let audit: AuditTrail

    /// - Parameter adapters: the types that there are.
    init(connectors: ConnectorRegister, adapters: [any Adapter], commit: GroupCommit, audit: AuditTrail) {
        self.connectors = connectors
        self.adapters = adapters
        self.commit = commit
        self.audit = audit
    }

    /// `GET /api/policy`: what concerns the caller.
    func show(_ call: Call) async throws {
        let policy = try await commit.read { try PolicyStore.policy(in: $0) }
        let allowed = adapters.filter(policy.allows).map { JSONValue.string($0.type) }
        call.answer { writer in writer.field("allowed_connector_types", .array(allowed)) }
    }

    /// `GET /api/admin/policy`
    func showAll(_ call: Call) async throws {
        answer(call, try await commit.read { try PolicyStore.policy(in: $0) })
    }

    /// `PATCH /api/admin/policy`: one event with what changed, which the audit service follows; none when nothing did.
    func change(_ call: Call) async throws {
        let patch = try PolicyPatch(await call.object(limit: 64 << 10))
        let actor = call.actor
        let policy = try await commit.write(by: actor) { [audit] db in
            let before = try PolicyStore.policy(in: db)
            if let id = patch.defaultConnector, try !PolicyStore.mayBeDefault(id, in: db) { throw Self.noDefault }
            let after = patch.applied(to: before)
            guard after != before else { return before }
            try PolicyStore.set(after, in: db)
            let changed = zip(before.members, after.members).filter { $0.value != $1.value }
            try audit.record(
                "policy.changed",
                by: actor,
                on: Self.subject,
                notes: changed.map { "\($0.name): \($0.value.word) to \($1.value.word)" }.joined(separator: "; "),
                data: .object(changed.map(\.1)),
                in: db
            )
            return after
        }
        for connector in connectors.all.values where connector.owner == .organisation {
            connectors.update(connector.id) { $0.isDefault = $0.id == policy.defaultConnector }
        }
        answer(call, policy)
    }

    private func answer(_ call: Call, _ policy: Policy) {
        call.answer { writer in
            for member in policy.members { writer.field(member.name, member.value) }
        }
    }

    private nonisolated static let noDefault = GatewayError(
        .unprocessable,
        "`\(Policy.Name.defaultConnector)` is the id of a connector of the organisation's.",
        param: Policy.Name.defaultConnector
    )
}

extension JSONValue {
    /// As the notes of an event say it.
    fileprivate var word: String {
        switch self {
        case .bool(let isOn): isOn ? "on" : "off"
        case .null: "none"
        default: string ?? int.map { "\($0)" } ?? ""
        }
    }
}
