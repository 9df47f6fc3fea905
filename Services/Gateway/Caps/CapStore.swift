import SQLite

/// Tokens used by connector and month, in `gateway.db`. Every function runs inside a caller's transaction.
enum CapStore {
    static let schema = Migrations.Step.sql(
        "caps",
        """
        ALTER TABLE connectors ADD COLUMN monthly_token_cap INTEGER;
        CREATE TABLE token_usage (
            connector TEXT NOT NULL REFERENCES connectors(id) ON DELETE CASCADE,
            month INTEGER NOT NULL,
            tokens INTEGER NOT NULL DEFAULT 0,
            covered INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (connector, month)
        ) STRICT, WITHOUT ROWID;
        """
    )

    /// Tokens of one connector's month.
    struct Tally: Hashable, Sendable {
        let connector: String
        let month: Int
    }

    /// Every connector's account of that month. What was covered when the gateway was killed counts as used from now on.
    static func accounts(month: Int, in db: Connection) throws -> [String: CapLedger.Account] {
        try db.run("UPDATE token_usage SET tokens = tokens + covered, covered = 0 WHERE covered > 0")
        let rows = try db.query(
            """
            SELECT c.id, c.monthly_token_cap, coalesce(u.tokens, 0)
            FROM connectors c LEFT JOIN token_usage u ON u.connector = c.id AND u.month = ?
            """,
            month
        ) { (id: $0.text(0), cap: $0.optionalInt64(1), tokens: $0.int64(2)) }
        return Dictionary(
            rows.map { ($0.id, CapLedger.Account(cap: $0.cap, month: month, used: $0.tokens)) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Adds what calls used; a connector that is gone by now is passed over.
    static func add(_ tallies: [Tally: Int64], in db: Connection) throws {
        for (tally, tokens) in tallies {
            try db.run(
                """
                INSERT INTO token_usage (connector, month, tokens) SELECT id, ?, ? FROM connectors WHERE id = ?
                ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens
                """,
                tally.month,
                tokens,
                tally.connector
            )
        }
    }

    /// What a crash would count as used.
    static func cover(_ tally: Tally, _ tokens: Int64, in db: Connection) throws {
        try db.run(
            """
            INSERT INTO token_usage (connector, month, covered) SELECT id, ?, ? FROM connectors WHERE id = ?
            ON CONFLICT DO UPDATE SET covered = excluded.covered
            """,
            tally.month,
            tokens,
            tally.connector
        )
    }

    static func setCap(_ cap: Int64?, of connector: String, in db: Connection) throws {
        try db.run("UPDATE connectors SET monthly_token_cap = ? WHERE id = ?", cap, connector)
    }
}
