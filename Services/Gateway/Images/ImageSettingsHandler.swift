import HTTP
import JSON
import Providers
import SQLite

/// `/api/images/settings`: how a user's pictures are made, and the organisation's.
///
/// Without `scope` an answer tells what holds for the caller; `?scope=user` and `?scope=organisation` are what is stored
/// there. Everybody may read the organisation's, and an admin may set them.
@NetLoop
final class ImageSettingsHandler {
    private let connectors: ConnectorRegister
    private let upstream: Upstream
    private let commit: GroupCommit
    private let audit: AuditTrail

    init(connectors: ConnectorRegister, upstream: Upstream, commit: GroupCommit, audit: AuditTrail) {
        self.connectors = connectors
        self.upstream = upstream
        self.commit = commit
        self.audit = audit
    }

    /// `GET /api/images/settings`
    func show(_ call: Call) async throws { try await answer(call, try ImageScope(call)) }

    /// `PUT /api/images/settings`: in the place of what was stored there; what it doesn't name is no longer set.
    func replace(_ call: Call) async throws {
        let scope = try ImageScope(call)
        let owner = try scope.owner(forChangeBy: call.caller)
        let settings = try ImageSettings(try await call.object(limit: 64 << 10))
        try check(settings, owner, call.caller)
        let actor = call.actor
        let subject = AuditTrail.Subject(type: "image_settings", id: scope.id(of: call), name: scope.name(of: call))
        try await commit.write(by: actor) { [audit] db in
            let before = try ImageSettingsStore.settings(of: owner, in: db)
            try ImageSettingsStore.put(settings, of: owner, in: db)
            let changed = ImageSettings.differences(before, settings)
            let notes = changed.isEmpty ? "nothing" : changed.joined(separator: ", ")
            try audit.record("image_settings.changed", by: actor, on: subject, notes: notes, in: db)
        }
        try await answer(call, scope)
    }

    private func answer(_ call: Call, _ scope: ImageScope) async throws {
        let user = call.caller.userID
        let stored = try await commit.read { try StoredImageSettings.read(for: user, nil, in: $0) }
        let models = namesConnector(for: call.caller)
        call.answer { writer in
            switch scope {
            case .effective: stored.effective(namesConnector: models).write(&writer)
            case .user: stored.own.write(&writer)
            case .organisation: stored.organisation.write(&writer)
            }
        }
    }

    private func namesConnector(for caller: Caller) -> (String) -> Bool {
        let usable = connectors.usable(by: caller)
        return { $0.namesConnector(of: usable) }
    }

    /// A provider must be one that pictures can be made with now; for the organisation its type is enough, since each
    /// user may have a connector of their own. A model must not be known as another provider's.
    private func check(_ settings: ImageSettings, _ owner: Connector.Owner, _ caller: Caller) throws(GatewayError) {
        guard let provider = settings.provider else { return }
        let candidates = connectors.usable(by: caller).filter { owner != .organisation || $0.owner == .organisation }
        if owner == .organisation, let adapter = Registry.standard[provider] {
            guard adapter.capabilities.images else { throw .noPictures(provider) }
            return
        }
        let plan = upstream.plan(candidates)
        let target = try plan.imageTarget(settings, params: ("provider", "model"))
        guard target.connector.status == .active else {
            throw GatewayError(.unprocessable, "The connector is not active; check its credentials.", param: "provider")
        }
    }
}

/// Whose settings or templates a request is about.
enum ImageScope: String {
    /// What holds for the caller; a change is the caller's own.
    case effective = ""
    case user
    case organisation

    @NetLoop
    init(_ call: Call) throws(GatewayError) {
        guard let scope = ImageScope(rawValue: call.request.queryValue("scope") ?? "") else {
            throw GatewayError(.unprocessable, "`scope` is `user` or `organisation`.", param: "scope")
        }
        self = scope
    }

    func owner(of caller: Caller) -> Connector.Owner { self == .organisation ? .organisation : .user(caller.userID) }

    func owner(forChangeBy caller: Caller) throws(GatewayError) -> Connector.Owner {
        guard self != .organisation || caller.role == .admin else {
            throw GatewayError(.forbidden, "Only an admin changes what is the organisation's.", param: "scope")
        }
        return owner(of: caller)
    }

    /// The owner as the audit trail names it.
    @NetLoop
    func id(of call: Call) -> String { self == .organisation ? "organisation" : call.caller.userID }

    @NetLoop
    func name(of call: Call) -> String { self == .organisation ? "organisation" : call.caller.userName }
}

extension GatewayError {
    fileprivate static func noPictures(_ type: String) -> GatewayError {
        GatewayError(.unprocessable, "A connector of type \(type) makes no pictures.", param: "provider")
    }
}
