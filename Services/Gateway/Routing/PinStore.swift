import SQLite

/// Pins in `gateway.db`. Every function runs inside a transaction of the caller's.
enum PinStore {
    /// Pins that one user has at most.
    static let limit = 64

    static let schema = Migrations.Step.sql(
        "pins",
        """
        CREATE TABLE pins (
            user TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            feature TEXT NOT NULL,
            connector TEXT NOT NULL REFERENCES connectors(id) ON DELETE CASCADE,
            set_at INTEGER NOT NULL,
            PRIMARY KEY (user, feature)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX pins_by_connector ON pins (connector);
        """
    )

    /// A user's choice of a connector for a feature.
    struct Pin: Sendable, Equatable {
        let user: String
        let feature: String
        let connector: String
        /// Microseconds since 1970.
        let setAt: Int64

        /// As the audit trail names it.
        var subject: AuditTrail.Subject { .init(type: "preference", id: feature, name: feature) }
    }

    /// Everybody's.
    static func all(in db: Connection) throws -> [Pin] {
        try db.query("SELECT user, feature, connector, set_at FROM pins ORDER BY user, feature", row: pin)
    }

    /// One user's, by the features' names.
    static func pins(of user: String, in db: Connection) throws -> [Pin] {
        try db.query(
            "SELECT user, feature, connector, set_at FROM pins WHERE user = ? ORDER BY feature",
            user,
            row: pin
        )
    }

    static func pin(of user: String, for feature: String, in db: Connection) throws -> Pin? {
        try pins(of: user, in: db).first { $0.feature == feature }
    }

    /// In the place of the feature's other one. A connector that is gone by now is a broken constraint.
    static func set(_ pin: Pin, in db: Connection) throws {
        try db.run(
            """
            INSERT INTO pins (user, feature, connector, set_at) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET connector = excluded.connector, set_at = excluded.set_at
            """,
            pin.user,
            pin.feature,
            pin.connector,
            pin.setAt
        )
    }

    static func remove(_ feature: String, of user: String, in db: Connection) throws {
        try db.run("DELETE FROM pins WHERE user = ? AND feature = ?", user, feature)
    }

    private static func pin(_ row: borrowing Row) -> Pin {
        Pin(user: row.text(0), feature: row.text(1), connector: row.text(2), setAt: row.int64(3))
    }
}
