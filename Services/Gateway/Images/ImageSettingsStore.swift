import JSON
import Loop
import SQLite

/// Settings and templates for pictures in `gateway.db`, of users and of the organisation. Each function runs inside a
/// transaction of the caller's.
enum ImageSettingsStore {
    /// Templates of one owner.
    static let templateLimit = 100

    struct Line: Sendable {
        let owner: Connector.Owner
        let name: String
        let template: PromptTemplate
        /// Microseconds of the wall clock.
        let changedAt: Int64
    }

    // MARK: Settings

    static func settings(of owner: Connector.Owner, in db: Connection) throws -> ImageSettings {
        let sql = "SELECT settings FROM image_settings WHERE ifnull(owner, '') = ?"
        guard let bytes = try db.first(sql, owner.key, row: { $0.blob(0) }) else { return ImageSettings() }
        return try ImageSettings(JSONValue(parsing: bytes))
    }

    static func put(_ settings: ImageSettings, of owner: Connector.Owner, in db: Connection) throws {
        _ = try db.run("DELETE FROM image_settings WHERE ifnull(owner, '') = ?", owner.key)
        _ = try db.run(
            "INSERT INTO image_settings (owner, settings, changed_at) VALUES (?, ?, ?)",
            owner.userID,
            JSONWriter.object { settings.write(&$0) },
            wallClockMicroseconds()
        )
    }

    // MARK: Templates

    static func template(_ name: String, of owner: Connector.Owner, in db: Connection) throws -> Line? {
        let sql = "\(columns) WHERE ifnull(owner, '') = ? AND name = ?"
        return try db.first(sql, owner.key, name, row: { try line(of: $0) })
    }

    /// All of one owner's, by name.
    static func templates(of owner: Connector.Owner, in db: Connection) throws -> [Line] {
        try db.query("\(columns) WHERE ifnull(owner, '') = ? ORDER BY name", owner.key) { try line(of: $0) }
    }

    /// - Throws: `conflict` for one template too many.
    static func put(_ template: PromptTemplate, _ name: String, of owner: Connector.Owner, in db: Connection) throws {
        try delete(name, of: owner, in: db)
        let count = try db.int("SELECT count(*) FROM image_templates WHERE ifnull(owner, '') = ?", owner.key) ?? 0
        guard count < templateLimit else {
            throw GatewayError(.conflict, "There are \(templateLimit) templates already; delete one first.")
        }
        _ = try db.run(
            "INSERT INTO image_templates (owner, name, text, negative_prompt, changed_at) VALUES (?, ?, ?, ?, ?)",
            owner.userID,
            name,
            template.text,
            template.negativePrompt,
            wallClockMicroseconds()
        )
    }

    /// Whether there was one.
    @discardableResult
    static func delete(_ name: String, of owner: Connector.Owner, in db: Connection) throws -> Bool {
        try db.run("DELETE FROM image_templates WHERE ifnull(owner, '') = ? AND name = ?", owner.key, name) == 1
    }

    private static let columns = "SELECT owner, name, text, negative_prompt, changed_at FROM image_templates"

    private static func line(of row: borrowing Row) throws -> Line {
        Line(
            owner: row.optionalText(0).map { .user($0) } ?? .organisation,
            name: row.text(1),
            template: try PromptTemplate(text: row.text(2), negativePrompt: row.optionalText(3)),
            changedAt: row.int64(4)
        )
    }

    // MARK: Schema

    /// An owner that is NULL is the organisation.
    static let schema = """
        CREATE TABLE image_settings (
            owner TEXT REFERENCES users(id) ON DELETE CASCADE,
            settings BLOB NOT NULL,
            changed_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX image_settings_by_owner ON image_settings (ifnull(owner, ''));
        CREATE TABLE image_templates (
            owner TEXT REFERENCES users(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            text TEXT NOT NULL,
            negative_prompt TEXT,
            changed_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX image_templates_by_name ON image_templates (ifnull(owner, ''), name);
        ALTER TABLE image_jobs ADD COLUMN warnings BLOB;
        """
}

extension Connector.Owner {
    fileprivate var userID: String? {
        switch self {
        case .user(let id): id
        case .organisation: nil
        }
    }

    fileprivate var key: String { userID ?? "" }
}
