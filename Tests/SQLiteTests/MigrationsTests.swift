import SQLite
import Support
import Testing

struct MigrationsTests {
    private let first = Migrations.Step.sql("items", "CREATE TABLE item(id INTEGER PRIMARY KEY)")
    private let second = Migrations.Step.sql("names", "ALTER TABLE item ADD COLUMN name TEXT")

    @Test func eachStepRunsOnceAndInOrder() throws {
        let db = try Connection(path: "", mode: .memory)
        #expect(try Migrations([first]).apply(to: db) == 1)
        #expect(try Migrations([first, second]).apply(to: db) == 1)
        #expect(try Migrations([first, second]).apply(to: db) == 0)
        try db.run("INSERT INTO item VALUES(1, 'a')")
        #expect(try db.int("PRAGMA user_version") == 2)
    }

    @Test func aStepThatFailsLeavesNothingBehind() throws {
        let db = try Connection(path: "", mode: .memory)
        let broken = Migrations.Step.sql("broken", "CREATE TABLE other(id INTEGER); NONSENSE")
        #expect(throws: SQLiteError.self) { try Migrations([first, broken]).apply(to: db) }
        #expect(try db.int("PRAGMA user_version") == 1)
        #expect(try db.int("SELECT count(*) FROM sqlite_schema WHERE name = 'other'") == 0)
    }

    @Test func aNewerFileIsRefused() throws {
        let db = try Connection(path: "", mode: .memory)
        try Migrations([first, second]).apply(to: db)
        #expect { try Migrations([first]).apply(to: db) } throws: { ($0 as? SQLiteError)?.code == .newerSchema }
    }
}
