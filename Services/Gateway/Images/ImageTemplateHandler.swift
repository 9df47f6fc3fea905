import HTTP
import JSON
import SQLite
import Telemetry

/// `/api/images/templates`: texts that prompts are made from, a user's own and the organisation's.
///
/// `?scope=organisation` is the organisation's, which an admin may change. A user's own goes before the organisation's
/// of the same name, and the one called `default` is for jobs that name none.
@NetLoop
final class ImageTemplateHandler {
    private let commit: GroupCommit
    private let audit: AuditTrail

    init(commit: GroupCommit, audit: AuditTrail) {
        self.commit = commit
        self.audit = audit
    }

    /// `GET /api/images/templates`: one's own, then the organisation's; with a scope its alone.
    func list(_ call: Call) async throws {
        let owners = owners(call, try ImageScope(call))
        let lines = try await commit.read { db in
            try owners.flatMap { try ImageSettingsStore.templates(of: $0, in: db) }
        }
        call.answer(items: lines.map { line in { writer in line.write(&writer) } })
    }

    /// `GET /api/images/templates/{name}`: the one that a job of the caller's would get.
    func show(_ call: Call) async throws {
        let owners = owners(call, try ImageScope(call))
        let name = call.parameters[0]
        let found = try await commit.read { db -> ImageSettingsStore.Line? in
            for owner in owners {
                if let line = try ImageSettingsStore.template(name, of: owner, in: db) { return line }
            }
            return nil
        }
        if let found { return call.answer { found.write(&$0) } }
        guard name == PromptTemplate.defaultName, owners.count > 1 else { throw Self.nothing }
        call.answer { writer in
            writer.field("name", name)
            writer.field("scope", "built_in")
            PromptTemplate.builtIn(hasType: true).write(&writer)
        }
    }

    /// `PUT /api/images/templates/{name}`
    func put(_ call: Call) async throws {
        let scope = try ImageScope(call)
        let owner = try scope.owner(forChangeBy: call.caller)
        let name = call.parameters[0]
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(Identifier.isPlain) else {
            let sentence = "A template's name has 1 to 64 letters, digits, `_`, `-` and `.`."
            throw GatewayError(.unprocessable, sentence, param: "name")
        }
        let template = try PromptTemplate(try await call.object(limit: 64 << 10))
        let (actor, notes) = (call.actor, "of \(scope.id(of: call))")
        let line = try await commit.write(by: actor) { [audit] db in
            try ImageSettingsStore.put(template, name, of: owner, in: db)
            try audit.record("image_template.changed", by: actor, on: .template(name), notes: notes, in: db)
            return try ImageSettingsStore.template(name, of: owner, in: db)
        }
        call.answer { writer in line?.write(&writer) }
    }

    /// `DELETE /api/images/templates/{name}`
    func delete(_ call: Call) async throws {
        let scope = try ImageScope(call)
        let owner = try scope.owner(forChangeBy: call.caller)
        let name = call.parameters[0]
        let (actor, notes) = (call.actor, "of \(scope.id(of: call))")
        let found = try await commit.write(by: actor) { [audit] db in
            guard try ImageSettingsStore.delete(name, of: owner, in: db) else { return false }
            try audit.record("image_template.deleted", by: actor, on: .template(name), notes: notes, in: db)
            return true
        }
        guard found else { throw Self.nothing }
        call.exchange.respond(204)
    }

    /// Whose are looked at, the first first.
    private func owners(_ call: Call, _ scope: ImageScope) -> [Connector.Owner] {
        scope == .effective ? [.user(call.caller.userID), .organisation] : [scope.owner(of: call.caller)]
    }

    private static let nothing = GatewayError(.notFound, "There is no template of that name.")
}

extension AuditTrail.Subject {
    fileprivate static func template(_ name: String) -> AuditTrail.Subject {
        .init(type: "image_template", id: name, name: name)
    }
}

extension ImageSettingsStore.Line {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("name", name)
        writer.field("scope", owner == .organisation ? "organisation" : "user")
        template.write(&writer)
        writer.field("changed_at", Timestamp.text(microseconds: changedAt))
    }
}
