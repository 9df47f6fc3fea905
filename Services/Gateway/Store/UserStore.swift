import Crypto
import Loop
import SQLite

/// Users and their keys in `gateway.db`. Each function runs inside a transaction of the caller's.
enum UserStore {
    struct User: Sendable {
        let id: String
        let name: String
        let role: Caller.Role
        let email: String?
        let createdAt: Int64
    }

    /// A key that was just made: shown once, stored as a hash.
    struct FreshKey: Sendable {
        let id: String
        let name: String
        let secret: String
        let hash: [UInt8]
    }

    struct KeyLine: Sendable {
        let id: String
        let name: String
        let tail: String
        let createdAt: Int64

        var subject: AuditTrail.Subject { .init(type: "key", id: id, name: name) }
    }

    static func freshKey(named name: String, secret: String? = nil) -> FreshKey {
        let secret = secret ?? "sk-mt-" + Random.token(byteCount: 24)
        return FreshKey(
            id: Identifier.make("key"),
            name: name,
            secret: secret,
            hash: Digest.sha256(Array(secret.utf8))
        )
    }

    static func insert(_ user: User, in db: Connection) throws {
        _ = try db.run(
            "INSERT INTO users (id, name, role, email, created_at) VALUES (?, ?, ?, ?, ?)",
            user.id,
            user.name,
            user.role.rawValue,
            user.email,
            user.createdAt
        )
    }

    static func insert(_ key: FreshKey, of userID: String, in db: Connection) throws {
        _ = try db.run(
            "INSERT INTO keys (id, user, name, hash, tail, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            key.id,
            userID,
            key.name,
            key.hash,
            String(key.secret.suffix(4)),
            wallClockMicroseconds()
        )
    }

    static func users(in db: Connection) throws -> [User] {
        try db.query("SELECT id, name, role, email, created_at FROM users ORDER BY created_at, id") { row in
            User(
                id: row.text(0),
                name: row.text(1),
                role: Caller.Role(rawValue: row.text(2)) ?? .user,
                email: row.optionalText(3),
                createdAt: row.int64(4)
            )
        }
    }

    /// Who is told about an owner's connectors: the user, or every admin for the organisation's; those with an address.
    static func addresses(of owner: Connector.Owner, in db: Connection) throws -> [String] {
        try users(in: db).filter { user in
            switch owner {
            case .user(let id): user.id == id
            case .organisation: user.role == .admin
            }
        }.compactMap(\.email)
    }

    static func keys(of userID: String, in db: Connection) throws -> [KeyLine] {
        try db.query("SELECT id, name, tail, created_at FROM keys WHERE user = ? ORDER BY created_at, id", userID) {
            row in
            KeyLine(id: row.text(0), name: row.text(1), tail: row.text(2), createdAt: row.int64(3))
        }
    }

    /// Every key's hash and whom it stands for.
    static func callers(in db: Connection) throws -> [(hash: [UInt8], caller: Caller)] {
        try db.query("SELECT k.hash, k.id, u.id, u.name, u.role FROM keys k JOIN users u ON u.id = k.user") { row in
            (
                row.blob(0),
                Caller(
                    userID: row.text(2),
                    userName: row.text(3),
                    role: Caller.Role(rawValue: row.text(4)) ?? .user,
                    keyID: row.text(1)
                )
            )
        }
    }

    static func deleteKey(_ id: String, of userID: String, in db: Connection) throws -> Bool {
        try db.run("DELETE FROM keys WHERE id = ? AND user = ?", id, userID) == 1
    }

    static func deleteUser(_ id: String, in db: Connection) throws -> Bool {
        try db.run("DELETE FROM users WHERE id = ?", id) == 1
    }
}
