import HTTP
import Loop
import SQLite

/// Letters in `gateway.db` that the mail server has not taken yet, written together with what they tell.
///
/// Each function runs inside a transaction of the caller's.
enum LetterStore {
    /// Letters that wait at most; one more is not written, and the log says so.
    static let most = 1_000
    /// After which a letter is given up, in microseconds: three days.
    static let longest: Int64 = 3 * 86_400_000_000

    struct Letter: Sendable, Equatable {
        /// The same over all tries, and in the letter's Message-ID.
        let id: String
        let connector: String
        let mail: Mail
        /// Tries that failed.
        let tries: Int
    }

    static let schema = Migrations.Step.sql(
        "letters",
        """
        CREATE TABLE letters (
            id TEXT PRIMARY KEY,
            connector TEXT NOT NULL,
            recipient TEXT NOT NULL,
            subject TEXT NOT NULL,
            body TEXT NOT NULL,
            written_at INTEGER NOT NULL,
            tries INTEGER NOT NULL,
            due_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX letters_by_due ON letters (due_at, id);
        """
    )

    /// Whether there was room for it.
    static func insert(_ mail: Mail, about connector: String, at now: Int64, in db: Connection) throws -> Bool {
        guard try db.int("SELECT count(*) FROM letters") ?? 0 < most else { return false }
        _ = try db.run(
            """
            INSERT INTO letters (id, connector, recipient, subject, body, written_at, tries, due_at)
            VALUES (?, ?, ?, ?, ?, ?, 0, ?)
            """,
            Identifier.make("ltr"),
            connector,
            mail.to,
            mail.subject,
            mail.text,
            now,
            now
        )
        return true
    }

    /// The letter that has been due for longest.
    static func due(at now: Int64, in db: Connection) throws -> Letter? {
        try db.first(
            """
            SELECT id, connector, recipient, subject, body, written_at, tries FROM letters
            WHERE due_at <= ? ORDER BY due_at, id LIMIT 1
            """,
            now
        ) { row in
            Letter(
                id: row.text(0),
                connector: row.text(1),
                mail: Mail(
                    to: row.text(2),
                    subject: row.text(3),
                    text: row.text(4),
                    id: row.text(0),
                    date: Int(row.int64(5) / 1_000_000)
                ),
                tries: row.int(6)
            )
        }
    }

    /// When the next one is due; nil when none waits.
    static func nextDue(in db: Connection) throws -> Int64? {
        try db.int("SELECT min(due_at) FROM letters").map { Int64($0) }
    }

    static func delete(_ id: String, in db: Connection) throws {
        _ = try db.run("DELETE FROM letters WHERE id = ?", id)
    }

    static func postpone(_ id: String, until due: Int64, in db: Connection) throws {
        _ = try db.run("UPDATE letters SET tries = tries + 1, due_at = ? WHERE id = ?", due, id)
    }

    /// Gives up what is too old, and says how many there were.
    static func expire(at now: Int64, in db: Connection) throws -> Int {
        try db.run("DELETE FROM letters WHERE written_at < ?", now - longest)
    }
}
