import SQLite

/// The policy in `gateway.db`. Every function runs inside a transaction of the caller's.
///
/// The organisation's default is a mark on its connector and nowhere else, so that it goes with the connector.
enum PolicyStore {
    static let schema = Migrations.Step.sql(
        "policy",
        """
        CREATE TABLE policy (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            allows_keys INTEGER NOT NULL,
            allows_addresses INTEGER NOT NULL,
            retention_days INTEGER NOT NULL
        ) STRICT;
        INSERT INTO policy VALUES (1, 1, 1, 90);
        """
    )

    static func policy(in db: Connection) throws -> Policy {
        let sql = "SELECT allows_keys, allows_addresses, retention_days FROM policy WHERE id = 1"
        var policy =
            try db.first(sql) { row in
                Policy(allowsKeys: row.bool(0), allowsAddresses: row.bool(1), retentionDays: row.int(2))
            } ?? Policy()
        policy.defaultConnector = try db.text(
            "SELECT id FROM connectors WHERE owner IS NULL AND is_default = 1 AND status <> 'revoked'"
        )
        return policy
    }

    static func set(_ policy: Policy, in db: Connection) throws {
        try db.run(
            "UPDATE policy SET allows_keys = ?, allows_addresses = ?, retention_days = ? WHERE id = 1",
            policy.allowsKeys,
            policy.allowsAddresses,
            policy.retentionDays
        )
        try db.run(
            "UPDATE connectors SET is_default = (id IS ?) WHERE owner IS NULL",
            policy.defaultConnector
        )
    }

    /// Whether it is one of the organisation's connectors that can be used.
    static func mayBeDefault(_ connector: String, in db: Connection) throws -> Bool {
        let sql = "SELECT count(*) FROM connectors WHERE id = ? AND owner IS NULL AND status <> 'revoked'"
        return try db.int(sql, connector) == 1
    }
}
