import Audit
import Foundation
import SQLite
import Service
import Support
import Testing

@testable import Gateway

/// The databases' schemas as each version left them, in Tests/Fixtures/schemas: what an upgrade finds.
///
/// A new step gets its file by `MARTLET_GOLDEN=write swift test --filter SchemaTests`, which only makes files that are
/// missing. Rows are added by hand. A file that is there is never written again.
@Suite struct SchemaTests {
    /// A database and its steps.
    struct Database: Sendable, CustomTestStringConvertible {
        let name: String
        let migrations: Migrations

        var testDescription: String { name }
    }

    private static let databases = [
        Database(name: "gateway", migrations: Schema.migrations),
        Database(name: "audit", migrations: AuditSchema.migrations),
        Database(name: "outbox", migrations: Migrations([Outbox.schema])),
    ]
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/schemas")

    private static func file(_ database: Database, _ version: Int) -> URL {
        folder.appending(path: "\(database.name).\(version).sql")
    }

    /// Every statement of the schema, in the order of their making.
    private static func schema(of db: Connection) throws -> [String] {
        let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
        return try db.query(sql) { $0.text(0) }
    }

    private static func fresh(_ database: Database, upTo version: Int) throws -> Connection {
        let db = try Connection(path: "", mode: .memory)
        try database.migrations.upTo(version).apply(to: db)
        return db
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["MARTLET_GOLDEN"] == "write"), arguments: databases)
    func missingFilesAreWritten(database: Database) throws {
        try FileManager.default.createDirectory(at: SchemaTests.folder, withIntermediateDirectories: true)
        for version in 1...database.migrations.count {
            let file = SchemaTests.file(database, version)
            guard !FileManager.default.fileExists(atPath: file.path) else { continue }
            let statements = try SchemaTests.schema(of: SchemaTests.fresh(database, upTo: version))
            let text = (statements + ["PRAGMA user_version = \(version)"]).map { $0 + ";\n" }.joined()
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
    }

    @Test(arguments: databases) func aFileOfEveryEarlierVersionBecomesThePresentOne(database: Database) throws {
        let count = database.migrations.count
        let present = try SchemaTests.schema(of: SchemaTests.fresh(database, upTo: count))
        for version in 1...count {
            let file = SchemaTests.file(database, version)
            let text = try #require(
                try? String(contentsOf: file, encoding: .utf8),
                "\(file.lastPathComponent) is missing; MARTLET_GOLDEN=write swift test --filter SchemaTests makes it"
            )
            let db = try Connection(path: "", mode: .memory)
            try db.execute(text)
            #expect(try db.int("PRAGMA user_version") == version)
            let before = try Set(SchemaTests.schema(of: SchemaTests.fresh(database, upTo: version)))
            #expect(try Set(SchemaTests.schema(of: db)) == before, "a released step is never edited")
            let rows = try SchemaTests.rows(db)
            #expect(try database.migrations.apply(to: db) == count - version)
            #expect(try Set(SchemaTests.schema(of: db)) == Set(present), "from \(version)")
            #expect(try db.text("PRAGMA integrity_check") == "ok")
            for (table, number) in rows { #expect(try SchemaTests.rows(db)[table] == number, "rows of \(table)") }
        }
    }

    @Test func eventsOfEarlierVersionsAreCountedOverAllJobsOfTheirOwner() throws {
        let db = try Connection(path: "", mode: .memory)
        try Schema.migrations.upTo(14).apply(to: db)
        for (job, owner) in [("job_1", "ada"), ("job_2", "bob"), ("job_3", "ada")] {
            try db.execute(
                """
                INSERT INTO image_jobs (id, owner, body_hash, connector, concurrency, skipped, created_at)
                VALUES ('\(job)', '\(owner)', x'00', 'c', 1, 0, 1);
                INSERT INTO job_events (job, seq, name, data) VALUES ('\(job)', 1, 'a', x'7b7d'), ('\(job)', 2, 'b', x'7b7d');
                """
            )
        }
        try Schema.migrations.apply(to: db)
        let places = try db.query("SELECT owner, job, seq, place FROM job_events ORDER BY owner, place") { row in
            "\(row.text(0)) \(row.text(1)) \(row.int(2)) \(row.int(3))"
        }
        #expect(
            places == [
                "ada job_1 1 1", "ada job_1 2 2", "ada job_3 1 3", "ada job_3 2 4", "bob job_2 1 1", "bob job_2 2 2",
            ]
        )
        #expect(try JobStore.events(ofOwner: "ada", after: 2, limit: 9, in: db).map(\.job) == ["job_3", "job_3"])
        #expect(try JobStore.lastPlace(ofOwner: "nobody", in: db) == 0)
    }

    private static func rows(_ db: Connection) throws -> [String: Int64] {
        let tables = try db.query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
            $0.text(0)
        }
        var counts: [String: Int64] = [:]
        for table in tables { counts[table] = try db.int("SELECT count(*) FROM \(table)").map { Int64($0) } }
        return counts
    }

    /// The executables themselves: a file of a later version is refused with a sentence that says what to do.
    @Test(arguments: [("gateway", "gateway.db"), ("audit-service", "audit.db")])
    func aServiceRefusesALaterVersionsFile(service: String, file: String) async throws {
        let folder = Folder()
        try FileManager.default.createDirectory(atPath: folder.file("data"), withIntermediateDirectories: true)
        do {
            let db = try Connection(path: folder.file("data/\(file)"))
            try db.execute("PRAGMA user_version = 999")
        }
        let process = Process()
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = products.appendingPathComponent(service)
        process.environment = [
            "MARTLET_DATA": folder.file("data"), "MARTLET_HTTP": "127.0.0.1:0", "MARTLET_JOBS": "tcp://127.0.0.1:0",
            "MARTLET_CONTROL": "tcp://127.0.0.1:0", "MARTLET_AUDIT": "tcp://127.0.0.1:0",
        ]
        let errors = folder.file("errors")
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        try await eventually("it ends", within: .seconds(20)) { !process.isRunning }
        let text = try String(contentsOfFile: errors, encoding: .utf8)
        #expect(process.terminationStatus == 78)
        #expect(text.contains("\(service): ") && text.contains("\(file) has schema 999, this version knows"))
        #expect(text.contains("Start that version again, or put back the copy from before the upgrade."))
    }
}
