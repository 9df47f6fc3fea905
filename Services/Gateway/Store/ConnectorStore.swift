import Crypto
import JSON
import Providers
import SQLite

/// Connectors in `gateway.db`, their credentials sealed by the vault.
///
/// The seal is bound to the connector's id, so that a sealed credential copied to another row doesn't open there.
struct ConnectorStore: Sendable {
    let vault: Vault

    private func context(_ id: String) -> String { "connector:\(id)" }

    func insert(_ connector: Connector, in db: Connection) throws {
        let owner: String? = if case .user(let id) = connector.owner { id } else { nil }
        _ = try db.run(
            """
            INSERT INTO connectors (id, owner, display_name, type, model_hint, base_url, credentials, status, is_default,
                image_concurrency, created_at, revision, configured_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            connector.id,
            owner,
            connector.displayName,
            connector.type,
            connector.modelHint,
            connector.config.baseURL,
            vault.seal(Self.bytes(of: connector.config.credentials), context: context(connector.id)),
            connector.status.rawValue,
            connector.isDefault,
            connector.imageConcurrency,
            connector.createdAt,
            Int64(clamping: connector.revision),
            connector.configuredAt
        )
    }

    /// All of them, opened. One whose seal doesn't open any more is given without credentials and as auth-invalid.
    func all(in db: Connection) throws -> [Connector] {
        var connectors = try db.query(
            """
            SELECT id, owner, display_name, type, model_hint, base_url, credentials, status, is_default,
                image_concurrency, created_at, last_used_at, last_health_check_at, last_health_check_status,
                revision, configured_at
            FROM connectors ORDER BY created_at, id
            """
        ) { row in
            let id = row.text(0)
            let credentials = try? Self.credentials(from: vault.open(row.blob(6), context: context(id)))
            var connector = Connector(
                id: id,
                owner: row.optionalText(1).map { .user($0) } ?? .organisation,
                displayName: row.text(2),
                modelHint: row.optionalText(4),
                config: ConnectorConfig(
                    type: row.text(3),
                    baseURL: row.optionalText(5),
                    credentials: credentials ?? [:]
                ),
                createdAt: row.int64(10)
            )
            connector.status =
                credentials == nil ? .authInvalid : Connector.Status(rawValue: row.text(7)) ?? .authInvalid
            connector.isDefault = row.bool(8)
            connector.imageConcurrency = row.int(9)
            connector.lastUsedAt = row.optionalInt64(11)
            connector.lastHealthCheckAt = row.optionalInt64(12)
            connector.lastHealthCheckStatus = row.optionalText(13)
            connector.revision = UInt64(clamping: row.int64(14))
            connector.configuredAt = row.int64(15)
            return connector
        }
        for index in connectors.indices {
            connectors[index].paidChecks = try PaidChecks.times(of: connectors[index].id, since: 0, in: db)
        }
        return connectors
    }

    func delete(_ id: String, in db: Connection) throws {
        _ = try db.run("DELETE FROM connectors WHERE id = ?", id)
    }

    /// Whether it was there.
    func setOptions(_ connector: Connector, in db: Connection) throws -> Bool {
        try db.run(
            "UPDATE connectors SET display_name = ?, model_hint = ?, image_concurrency = ? WHERE id = ?",
            connector.displayName,
            connector.modelHint,
            connector.imageConcurrency,
            connector.id
        ) > 0
    }

    /// Whether it was there with that revision: of two that replace parts of the same credentials, one is told.
    func setCredentials(_ connector: Connector, from revision: UInt64, in db: Connection) throws -> Bool {
        try db.run(
            """
            UPDATE connectors SET credentials = ?, base_url = ?, revision = ?, configured_at = ?, status = ?,
                last_health_check_at = NULL, last_health_check_status = NULL
            WHERE id = ? AND revision = ? AND status <> 'revoked'
            """,
            vault.seal(Self.bytes(of: connector.config.credentials), context: context(connector.id)),
            connector.config.baseURL,
            Int64(clamping: connector.revision),
            connector.configuredAt,
            connector.status.rawValue,
            connector.id,
            Int64(clamping: revision)
        ) > 0
    }

    /// Whether it was there. An owner has one default at most.
    func setDefault(_ connector: Connector, _ isDefault: Bool, in db: Connection) throws -> Bool {
        let owner: String? = if case .user(let id) = connector.owner { id } else { nil }
        if isDefault { _ = try db.run("UPDATE connectors SET is_default = 0 WHERE owner IS ?", owner) }
        return try db.run("UPDATE connectors SET is_default = ? WHERE id = ?", isDefault, connector.id) > 0
    }

    func setUsed(_ times: [String: Int64], in db: Connection) throws {
        for (id, time) in times {
            _ = try db.run("UPDATE connectors SET last_used_at = ? WHERE id = ?", time, id)
        }
    }

    /// Whether it was written: not for a connector that is gone, or has another status or revision than the check knew.
    func setHealth(_ mark: ConnectorRegister.HealthMark, in db: Connection) throws -> Bool {
        try db.run(
            """
            UPDATE connectors SET last_health_check_at = ?, last_health_check_status = ?, status = ?
            WHERE id = ? AND status = ? AND revision = ?
            """,
            mark.at,
            mark.outcome,
            mark.after.rawValue,
            mark.id,
            mark.before.rawValue,
            Int64(clamping: mark.revision)
        ) > 0
    }

    static func bytes(of credentials: [String: String]) -> [UInt8] {
        JSONWriter.object { writer in
            for (name, value) in credentials.sorted(by: { $0.key < $1.key }) { writer.field(name, value) }
        }
    }

    private static func credentials(from bytes: [UInt8]) throws -> [String: String] {
        var credentials: [String: String] = [:]
        for field in try JSONValue(parsing: bytes).object ?? [] { credentials[field.name] = field.value.string }
        return credentials
    }
}
