import SQLite
import Support
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
    private func table() throws -> Connection {
        let db = try Connection(path: "", mode: .memory)
        try db.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT UNIQUE, size REAL, body BLOB)")
        return db
    }

    @Test func everyTypeComesBackAsItWent() throws {
        let db = try table()
        try db.run("INSERT INTO item VALUES(?,?,?,?)", Int64.max, "naïve ✓\u{0}end", 1.5, [0, 255] as [UInt8])
        try db.run("INSERT INTO item VALUES(?,?,?,?)", 2, "", nil, [] as [UInt8])
        let rows = try db.query("SELECT * FROM item ORDER BY id DESC") { row in
            [row.value(0), row.value(1), row.value(2), row.value(3)]
        }
        #expect(rows[0] == [.integer(.max), .text("naïve ✓\u{0}end"), .real(1.5), .blob([0, 255])])
        #expect(rows[1] == [.integer(2), .text(""), .null, .blob([])])
        #expect(db.busyStatements == 0)
    }

    @Test func aColumnOfAnotherTypeIsAnErrorAndNotAZero() throws {
        let db = try table()
        try db.run("INSERT INTO item(id, name) VALUES(1, 'a')")
        #expect { try db.query("SELECT name FROM item") { $0.int(0) } } throws: {
            ($0 as? SQLiteError)?.code == .type
        }
        #expect(throws: SQLiteError.self) { try db.query("SELECT size FROM item") { $0.double(0) } }
        #expect(try db.query("SELECT size FROM item") { $0.optionalDouble(0) } == [nil])
        #expect(db.busyStatements == 0)
    }

    @Test func misuseIsAnErrorWithTheStatementInIt() throws {
        let db = try table()
        for attempt in [
            { _ = try db.run("INSERT INTO item(id) VALUES(?)") },
            { _ = try db.run("INSERT INTO item(id) VALUES(?)", 1, 2) },
            { _ = try db.run("SELECT 1") },
            { _ = try db.run("DELETE FROM item; DELETE FROM item") },
            { _ = try db.run("") },
            { _ = try db.run("NONSENSE") },
        ] as [() throws -> Void] {
            #expect { try attempt() } throws: { ($0 as? SQLiteError)?.code == .misuse }
        }
        #expect(db.busyStatements == 0)
    }

    @Test func aDuplicateIsToldFromOtherConstraints() throws {
        let db = try table()
        try db.execute("CREATE TABLE strict(a TEXT NOT NULL)")
        try db.run("INSERT INTO item(id, name) VALUES(1, 'a')")
        for sql in ["INSERT INTO item(name) VALUES('a')", "INSERT INTO item(id) VALUES(1)"] {
            #expect { try db.run(sql) } throws: { error in
                (error as? SQLiteError).map { $0.isConstraint && $0.isDuplicate } == true
            }
        }
        #expect { try db.run("INSERT INTO strict VALUES(NULL)") } throws: { error in
            (error as? SQLiteError).map { $0.isConstraint && !$0.isDuplicate } == true
        }
    }

    @Test func aNestedTransactionFailsAlone() throws {
        struct Refused: Error {}
        let db = try table()
        try db.transaction {
            try db.run("INSERT INTO item(id) VALUES(1)")
            #expect(throws: Refused.self) {
                try db.transaction {
                    try db.run("INSERT INTO item(id) VALUES(2)")
                    throw Refused()
                }
            }
            try db.transaction { try db.run("INSERT INTO item(id) VALUES(3)") }
        }
        #expect(!db.isInTransaction)
        #expect(try db.query("SELECT id FROM item ORDER BY id") { $0.int(0) } == [1, 3])
    }

    @Test func theSameStatementCanRunInsideItself() throws {
        let db = try table()
        for id in 1...3 { try db.run("INSERT INTO item(id) VALUES(?)", id) }
        let sql = "SELECT id FROM item WHERE id >= ? ORDER BY id"
        let pairs = try db.query(sql, 2) { outer in
            let first = outer.int(0)
            return try db.query(sql, first) { $0.int(0) }
        }
        #expect(pairs == [[2, 3], [3]])
        #expect(try db.first(sql, 1) { $0.int(0) } == 1)
        #expect(db.busyStatements == 0)
    }

    @Test func aFileIsDurablePrivateAndReadableBesideItsWriter() throws {
        let folder = Folder()
        let writer = try Connection(path: folder.file("a.db"))
        try writer.execute("CREATE TABLE item(id INTEGER PRIMARY KEY)")
        #expect(try writer.text("PRAGMA journal_mode") == "wal")
        #expect(try writer.int("PRAGMA synchronous") == 2)
        #expect(try writer.int("PRAGMA foreign_keys") == 1)
        #expect(try writer.int("PRAGMA mmap_size") == 0)
        #expect(try writer.int("PRAGMA trusted_schema") == 0)
        let reader = try Connection(path: folder.file("a.db"), mode: .readOnly)
        try writer.run("INSERT INTO item VALUES(7)")
        #expect(try reader.int("SELECT id FROM item") == 7)
        #expect { try reader.run("INSERT INTO item VALUES(8)") } throws: { ($0 as? SQLiteError)?.code == .readonly }
        for name in ["a.db", "a.db-wal", "a.db-shm"] { #expect(mode(of: folder.file(name)) == 0o600) }
    }

    @Test func aMissingFolderIsAClearError() {
        #expect { try Connection(path: "/nowhere/at/all.db") } throws: { ($0 as? SQLiteError)?.code == .open }
        #expect { try Connection(path: "/nowhere.db", mode: .readOnly) } throws: { ($0 as? SQLiteError)?.code == .open }
    }

    @Test func aFullDiskUndoesTheTransactionAndLeavesTheConnectionInOrder() throws {
        let folder = Folder()
        let db = try Connection(path: folder.file("a.db"))
        try db.execute("CREATE TABLE item(body BLOB); PRAGMA max_page_count=20")
        let large = [UInt8](repeating: 7, count: 200_000)
        #expect { try db.transaction { try db.run("INSERT INTO item VALUES(?)", large) } } throws: {
            ($0 as? SQLiteError)?.isFull == true
        }
        #expect(!db.isInTransaction)
        #expect(try db.int("SELECT count(*) FROM item") == 0)
        try db.execute("PRAGMA max_page_count=2000")
        try db.transaction { try db.run("INSERT INTO item VALUES(?)", large) }
        #expect(try db.int("SELECT count(*) FROM item") == 1)
        #expect(db.busyStatements == 0)
    }

    @Test func noStatementRunsByItselfOnceItsTransactionIsGone() throws {
        let folder = Folder()
        let db = try Connection(path: folder.file("a.db"))
        try db.execute("CREATE TABLE item(body BLOB); PRAGMA max_page_count=20")
        #expect {
            try db.transaction {
                _ = try? db.run("INSERT INTO item VALUES(?)", [UInt8](repeating: 7, count: 200_000))
                _ = try? db.run("INSERT INTO item VALUES(?)", [7] as [UInt8])
            }
        } throws: { ($0 as? SQLiteError)?.isFull == true }
        #expect(try db.int("SELECT count(*) FROM item") == 0)
    }
}
