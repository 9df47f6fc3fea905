import HTTP
import JSON
import Loop
import SQLite
import Telemetry

/// `/api/admin/users…`: users and their keys. A key is shown once, when it is made.
@NetLoop
final class UserHandler {
    private let commit: GroupCommit
    private let keys: KeyRegister
    private let audit: AuditTrail
    private let connectors: ConnectorRegister
    /// Told when connectors went with their owner.
    var onConnectorsGone: @NetLoop ([String]) -> Void = { _ in }
    /// Told when a user is gone.
    var onUserGone: @NetLoop (String) -> Void = { _ in }

    init(commit: GroupCommit, keys: KeyRegister, audit: AuditTrail, connectors: ConnectorRegister) {
        self.commit = commit
        self.keys = keys
        self.audit = audit
        self.connectors = connectors
    }

    /// `GET /api/admin/users`
    func list(_ call: Call) async throws {
        let users = try await commit.read { try UserStore.users(in: $0) }
        call.answer(items: users.map { user in { writer in Self.write(user, &writer) } })
    }

    /// `POST /api/admin/users`
    func create(_ call: Call) async throws {
        let body = try await call.object()
        let name = try reading { () throws(JSONError) in try body.string("name") }
        let role = try reading { () throws(JSONError) in try body.optionalString("role") } ?? "user"
        guard !name.isEmpty, name.utf8.count <= 100 else {
            throw GatewayError(.unprocessable, "`name` has 1 to 100 bytes.", param: "name")
        }
        guard let role = Caller.Role(rawValue: role) else {
            throw GatewayError(.unprocessable, "`role` is `admin` or `user`.", param: "role")
        }
        let user = UserStore.User(
            id: Identifier.make("usr"),
            name: name,
            role: role,
            email: try reading { () throws(JSONError) in try body.optionalString("email") },
            createdAt: wallClockMicroseconds()
        )
        let actor = call.actor
        try await write(by: actor, conflict: "There is a user of that name.") { [audit] db in
            try UserStore.insert(user, in: db)
            try audit.record("user.created", by: actor, on: .init(type: "user", id: user.id, name: user.name), in: db)
        }
        call.answer(201) { writer in Self.write(user, &writer) }
    }

    /// `DELETE /api/admin/users/{id}`: their keys and connectors go with them, each on record.
    func delete(_ call: Call) async throws {
        let id = call.parameters[0]
        guard id != call.caller.userID else {
            throw GatewayError(.conflict, "An admin can't delete themselves.")
        }
        let actor = call.actor
        let theirs = connectors.all.values.filter { $0.owner == .user(id) }.sorted { $0.id < $1.id }
        let found = try await commit.write(by: actor) { [audit] db in
            guard let user = try UserStore.users(in: db).first(where: { $0.id == id }) else { return false }
            let keys = try UserStore.keys(of: id, in: db)
            guard try UserStore.deleteUser(id, in: db) else { return false }
            try audit.record("user.deleted", by: actor, on: .init(type: "user", id: id, name: user.name), in: db)
            let silent = AuditTrail.Actor(actor.id)
            for key in keys { try audit.record("key.deleted", by: silent, on: key.subject, notes: "of \(id)", in: db) }
            for connector in theirs {
                try audit.record("connector.deleted", by: silent, on: connector.subject, notes: "of \(id)", in: db)
            }
            return true
        }
        guard found else { throw GatewayError(.notFound, "There is no such user.") }
        onUserGone(id)
        for connector in theirs { connectors.remove(connector.id) }
        if !theirs.isEmpty { onConnectorsGone(theirs.map(\.id)) }
        keys.replaceAll(try await commit.read { try UserStore.callers(in: $0) })
        call.exchange.respond(204)
    }

    /// `GET /api/admin/users/{id}/keys`
    func listKeys(_ call: Call) async throws {
        let user = call.parameters[0]
        let lines = try await commit.read { try UserStore.keys(of: user, in: $0) }
        call.answer(
            items: lines.map { line in
                { writer in
                    writer.field("id", line.id)
                    writer.field("name", line.name)
                    writer.field("key", "sk-mt-…\(line.tail)")
                    writer.field("created_at", Timestamp.text(microseconds: line.createdAt))
                }
            }
        )
    }

    /// `POST /api/admin/users/{id}/keys`: `{"id", "key"}`, once.
    func createKey(_ call: Call) async throws {
        let bytes = try await call.exchange.body(limit: 64 << 10)
        let body = bytes.isEmpty ? .object([]) : try parseJSON(bytes)
        let name = try reading { () throws(JSONError) in try body.optionalString("name") } ?? "key"
        guard name.utf8.count <= 100 else {
            throw GatewayError(.unprocessable, "`name` has at most 100 bytes.", param: "name")
        }
        let userID = call.parameters[0]
        let key = UserStore.freshKey(named: name)
        let actor = call.actor
        let user = try await commit.write(by: actor) { [audit] db -> UserStore.User? in
            guard let user = try UserStore.users(in: db).first(where: { $0.id == userID }) else { return nil }
            try UserStore.insert(key, of: userID, in: db)
            let subject = AuditTrail.Subject(type: "key", id: key.id, name: key.name)
            try audit.record("key.created", by: actor, on: subject, notes: "of \(userID)", in: db)
            return user
        }
        guard let user else { throw GatewayError(.notFound, "There is no such user.") }
        keys.add(Caller(userID: user.id, userName: user.name, role: user.role, keyID: key.id), hash: key.hash)
        call.answer(201) { writer in
            writer.field("id", key.id)
            writer.field("name", key.name)
            writer.field("key", key.secret)
        }
    }

    /// `DELETE /api/admin/users/{id}/keys/{key}`
    func deleteKey(_ call: Call) async throws {
        let (userID, keyID) = (call.parameters[0], call.parameters[1])
        let actor = call.actor
        let found = try await commit.write(by: actor) { [audit] db in
            guard let key = try UserStore.keys(of: userID, in: db).first(where: { $0.id == keyID }),
                try UserStore.deleteKey(keyID, of: userID, in: db)
            else { return false }
            try audit.record("key.deleted", by: actor, on: key.subject, notes: "of \(userID)", in: db)
            return true
        }
        guard found else { throw GatewayError(.notFound, "There is no such key.") }
        keys.remove(keyID: keyID)
        call.exchange.respond(204)
    }

    private func write(
        by actor: AuditTrail.Actor,
        conflict: String,
        _ body: @escaping @Sendable (Connection) throws -> Void
    ) async throws {
        do {
            try await commit.write(by: actor, body)
        } catch let error as SQLiteError {
            throw error.isConstraint ? GatewayError(.conflict, conflict) : GatewayError(store: error)
        }
    }

    private static func write(_ user: UserStore.User, _ writer: inout JSONWriter) {
        writer.field("id", user.id)
        writer.field("name", user.name)
        writer.field("role", user.role.rawValue)
        writer.field("email", user.email)
        writer.field("created_at", Timestamp.text(microseconds: user.createdAt))
    }
}
