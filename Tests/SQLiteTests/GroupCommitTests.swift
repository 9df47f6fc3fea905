import Dispatch
import Glibc
import Loop
import SQLite
import Support
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct GroupCommitTests {
    private struct Refused: Error {}
    private final class Tally: Sendable { let count = Atomic<Int>(0) }
    private let folder = Folder()

    @StoreLoop
    private func store(_ script: String = "") throws -> GroupCommit {
        let connection = try Connection(path: folder.file("a.db"))
        try connection.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, body BLOB);" + script)
        return GroupCommit(connection)
    }

    @Test func waitingWritersShareACommitAndOnesErrorLeavesTheOthers() async throws {
        let store = try await store()
        let batches = Mutex<[Int]>([])
        await store.onCommit { batch in batches.withLock { $0.append(batch.writers) } }
        let outcomes = await withTaskGroup(of: Bool.self, returning: [Bool].self) { group in
            for id in 1...200 {
                group.addTask {
                    do {
                        return try await store.write { db in
                            try db.run("INSERT INTO item(id) VALUES(?)", id)
                            if id % 10 == 0 { throw Refused() }
                            return true
                        }
                    } catch { return false }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 } == 180)
        #expect(try await store.read { try $0.int("SELECT count(*) FROM item") } == 180)
        #expect(try await store.read { try $0.int("SELECT count(*) FROM item WHERE id % 10 = 0") } == 0)
        let sizes = batches.withLock { $0 }
        #expect(sizes.reduce(0, +) == 200)
        #expect(sizes.count < 200)
    }

    @Test func aResultIsGivenOnlyOnceItsTransactionIsOnTheDisk() async throws {
        let store = try await store()
        let path = folder.file("a.db")
        for id in 1...20 {
            try await store.write { try $0.run("INSERT INTO item(id) VALUES(?)", id) }
            let seen = try Connection(path: path, mode: .readOnly).int("SELECT max(id) FROM item")
            #expect(seen == id)
        }
    }

    @Test func aFullDiskTellsEveryWriterOfTheBatchAndWorkGoesOnWhenThereIsSpace() async throws {
        let store = try await store("PRAGMA max_page_count=30")
        let large = [UInt8](repeating: 7, count: 60_000)
        let errors = await withTaskGroup(of: SQLiteError?.self, returning: [SQLiteError].self) { group in
            for id in 1...64 {
                group.addTask {
                    do {
                        try await store.write { try $0.run("INSERT INTO item VALUES(?, ?)", id, large) }
                        return nil
                    } catch { return error as? SQLiteError }
                }
            }
            return await group.reduce(into: []) { if let error = $1 { $0.append(error) } }
        }
        #expect(errors.count >= 62)
        #expect(errors.allSatisfy { $0.isFull })
        let kept = try await store.read { try $0.int("SELECT count(*) FROM item") }
        #expect(kept == 64 - errors.count)
        try await store.write { try $0.run("INSERT INTO item(id) VALUES(1000)") }
        _ = try await store.read { try $0.execute("PRAGMA max_page_count=100000") }
        try await store.write { try $0.run("INSERT INTO item VALUES(1001, ?)", large) }
        #expect(try await store.read { try $0.int("SELECT count(*) FROM item WHERE id >= 1000") } == 2)
    }

    /// Wants a file system of a few hundred kilobytes: `mount -t tmpfs -o size=400k none <folder>`.
    @Test(.enabled(if: getenv("MARTLET_SMALL_DISK") != nil))
    func aDiskThatIsReallyFullIsTheSame() async throws {
        let disk = getenv("MARTLET_SMALL_DISK").map { String(cString: $0) } ?? ""
        let store = try await smallStore("\(disk)/a.db")
        let body = [UInt8](repeating: 7, count: 20_000)
        var written = 0
        await #expect {
            while true {
                try await store.write { try $0.run("INSERT INTO item(body) VALUES(?)", body) }
                written += 1
            }
        } throws: { ($0 as? SQLiteError)?.isFull == true }
        #expect(written > 0)
        #expect(try await store.read { try $0.int("SELECT count(*) FROM item") } == written)
        await #expect(throws: SQLiteError.self) {
            try await store.write { try $0.run("INSERT INTO item(body) VALUES(?)", body) }
        }
        #expect(system("mount -o remount,size=4m '\(disk)'") == 0)
        for _ in 0..<20 { try await store.write { try $0.run("INSERT INTO item(body) VALUES(?)", body) } }
        #expect(try await store.read { try $0.int("SELECT count(*) FROM item") } == written + 20)
        #expect(try await store.read { try $0.text("PRAGMA integrity_check") } == "ok")
    }

    @StoreLoop
    private func smallStore(_ path: String) throws -> GroupCommit {
        let connection = try Connection(path: path)
        try connection.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, body BLOB)")
        return GroupCommit(connection)
    }

    /// Holds the store loop until the gate opens, and returns once it is held: no writer gets in before.
    private func hold(_ gate: DispatchSemaphore) async {
        await withCheckedContinuation { held in
            Task { @StoreLoop in
                held.resume()
                gate.wait()
            }
        }
    }

    @Test func aQueueThatIsFullRefusesAtOnce() async throws {
        let store = try await store()
        let gate = DispatchSemaphore(value: 0)
        await hold(gate)
        let refused = Tally()
        try await withThrowingTaskGroup { group in
            for id in 0..<GroupCommit.queueLimit + 50 {
                group.addTask {
                    do {
                        try await store.write { try $0.run("INSERT INTO item(id) VALUES(?)", id) }
                    } catch let error as SQLiteError where error.code == .busy {
                        refused.count.wrappingAdd(1, ordering: .relaxed)
                    }
                }
            }
            do {
                // Also when it fails: a loop that is held for ever would hold every test after this one.
                defer { gate.signal() }
                try await eventually("fifty are refused", within: .seconds(30)) {
                    refused.count.load(ordering: .relaxed) == 50
                }
            }
            try await group.waitForAll()
        }
        let kept = try await store.read { try $0.int("SELECT count(*) FROM item") }
        #expect(kept == GroupCommit.queueLimit)
    }

    @Test func measuresWritersAloneAndInACrowd() async throws {
        let store = try await store()
        let body = [UInt8](repeating: 1, count: 200)
        var start = Moment.now
        for _ in 0..<200 { try await store.write { try $0.run("INSERT INTO item(body) VALUES(?)", body) } }
        let alone = (Moment.now - start).seconds / 200
        let rounds = 100
        start = .now
        try await withThrowingTaskGroup { group in
            for _ in 0..<64 {
                group.addTask {
                    for _ in 0..<rounds {
                        try await store.write { try $0.run("INSERT INTO item(body) VALUES(?)", body) }
                    }
                }
            }
            try await group.waitForAll()
        }
        let rate = Double(64 * rounds) / (Moment.now - start).seconds
        report("one writer: \(Int(alone * 1e6)) µs a commit; 64 writers: \(Int(rate)) writes/s")
        #expect(try await store.read { try $0.int("SELECT count(*) FROM item") } == 200 + 64 * rounds)
    }
}
