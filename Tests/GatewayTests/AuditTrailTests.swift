import Audit
import Bus
import Crypto
import JSON
import Loop
import SQLite
import Service
import Support
import Testing
import Wire

@testable import Gateway

/// The gateway's side of the audit trail: receipts, checkpoints that it keeps, and what it refuses when nothing fits.
@Suite(.timeLimit(.minutes(1)))
@StoreLoop
struct AuditTrailTests {
    private let folder = Folder()

    private func database() throws -> GroupCommit {
        let db = try Connection(path: folder.file("gateway.db"))
        _ = try Schema.migrations.apply(to: db)
        return GroupCommit(db)
    }

    private func trail(_ outbox: Outbox) -> AuditTrail {
        AuditTrail(append: { try outbox.append($0, in: $1) })
    }

    private let subject = AuditTrail.Subject(type: "user", id: "usr_1", name: "ada")

    @Test func aReceiptNamesTheEventInTheOutbox() async throws {
        let commit = try database()
        let outbox = try await Outbox.open(commit)
        let (trail, receipts, subject) = (trail(outbox), Receipts(), subject)
        let actor = AuditTrail.Actor("usr_1", receipts: receipts)
        #expect(receipts.headers.isEmpty)
        try await commit.write(by: actor) { db in
            try trail.record("user.created", by: "operator", on: subject, in: db)
            try trail.record("key.created", by: actor, on: subject, in: db)
        }
        let header = try #require(receipts.headers.first)
        #expect(header.0 == "x-martlet-receipt")
        let receipt = try #require(Receipt(header.1))
        let (body, stream) = try await commit.read { db in
            let body = try db.first("SELECT body FROM outbox WHERE seq = 2") { $0.blob(0) } ?? []
            return (body, try db.text("SELECT value FROM outbox_meta WHERE name = 'stream'") ?? "")
        }
        #expect(receipt == Receipt(stream: stream, seq: 2, body: body))
        await #expect(throws: GatewayError.self) {
            try await commit.write(by: actor) { db in
                try trail.record("key.deleted", by: actor, on: subject, in: db)
                throw GatewayError.diskFull
            }
        }
        #expect(receipts.headers.map(\.1) == [header.1], "what was undone is not told, what was done before stays")
    }

    @Test func aTrailThatTakesNoMoreRefusesWhatItShouldRecord() async throws {
        let commit = try database()
        let outbox = try await Outbox.open(commit, limit: 2)
        let (trail, subject) = (trail(outbox), subject)
        let write: @Sendable (Int) async throws -> Void = { number in
            try await commit.write { db in
                let user = UserStore.User(id: "u\(number)", name: "n\(number)", role: .user, email: nil, createdAt: 1)
                try UserStore.insert(user, in: db)
                try trail.record("user.created", by: "operator", on: subject, in: db)
            }
        }
        try await write(1)
        try await write(2)
        do {
            try await write(3)
            Issue.record("a third event must not fit")
        } catch {
            let failure = GatewayError(anything: error)
            #expect(failure.code == .storageFull && failure.status == 503 && failure.retryAfter != nil)
        }
        #expect(
            try await commit.read { try UserStore.users(in: $0).map(\.id) } == ["u1", "u2"],
            "nothing without its event"
        )
    }

    @Test func aFullDiskRefusesAndWhatWasAcknowledgedStays() async throws {
        let commit = try database()
        let outbox = try await Outbox.open(commit)
        let (trail, subject) = (trail(outbox), subject)
        let pages = try await commit.read { try $0.int("PRAGMA page_count") } ?? 0
        _ = try await commit.read { try $0.execute("PRAGMA max_page_count=\(pages + 6)") }
        var done: [String] = []
        var failure: GatewayError?
        for number in 0..<500 where failure == nil {
            do {
                try await commit.write { db in
                    let key = UserStore.User(
                        id: "u\(number)",
                        name: "n\(number)",
                        role: .user,
                        email: nil,
                        createdAt: 1
                    )
                    try UserStore.insert(key, in: db)
                    try trail.record("user.created", by: "operator", on: subject, in: db)
                }
                done.append("u\(number)")
            } catch {
                failure = GatewayError(anything: error)
            }
        }
        #expect(failure?.code == .storageFull && !done.isEmpty)
        let (users, events) = try await commit.read { db in
            (try UserStore.users(in: db).map(\.id).sorted(), try db.int("SELECT count(*) FROM outbox") ?? 0)
        }
        #expect(users == done.sorted() && events == done.count)
    }

    // MARK: Checkpoints

    private func checkpoint(_ count: UInt64, _ head: UInt8, _ key: SigningKey) -> Checkpoint {
        let chain = Chain(count: count, head: [UInt8](repeating: head, count: 32))
        return Checkpoint(chain, at: 1, previous: [], signedBy: key)
    }

    @Test func aCheckpointIsKeptWhenItGoesOnFromTheOthers() throws {
        let db = try Connection(path: folder.file("gateway.db"))
        _ = try Schema.migrations.apply(to: db)
        let (key, other) = (SigningKey.generate(), SigningKey.generate())
        func judge(_ checkpoint: Checkpoint) throws -> AuditWitness.Verdict {
            try db.transaction { try AuditWitness.judge(checkpoint, in: db) }
        }
        #expect(try judge(checkpoint(10, 1, key)) == .kept)
        #expect(try judge(checkpoint(20, 2, key)) == .kept)
        #expect(try judge(checkpoint(20, 2, key)) == .known)
        #expect(try judge(checkpoint(20, 3, key)) == .rewritten)
        #expect(try judge(checkpoint(10, 9, key)) == .rewritten)
        #expect(try judge(checkpoint(10, 1, key)) == .shortened)
        #expect(try judge(checkpoint(15, 1, key)) == .shortened)
        #expect(try judge(checkpoint(30, 3, other)) == .otherKey)
        var unsigned = checkpoint(30, 3, key)
        unsigned.at += 1
        #expect(try judge(unsigned) == .unsigned)
        #expect(try db.query("SELECT count FROM audit_checkpoint ORDER BY count") { $0.int(0) } == [10, 20])
    }

    @Test func aContradictionGoesOnRecordOnce() async throws {
        let commit = try database()
        let outbox = try await Outbox.open(commit)
        let witness = AuditWitness(commit: commit, audit: trail(outbox))
        let key = SigningKey.generate()
        try await witness.keep(checkpoint(20, 1, key))
        #expect(await witness.complaint == nil)
        for _ in 0..<3 { try await witness.keep(checkpoint(5, 1, key)) }
        #expect(await witness.complaint?.contains("cut off") == true)
        let events = try await commit.read { try $0.int("SELECT count(*) FROM outbox") }
        #expect(events == 1)
    }

    @Test func aRestoreThatAnAdminTookIsNoContradictionAnyMoreAndIsOnRecordWithBothHeads() async throws {
        let commit = try database()
        let outbox = try await Outbox.open(commit)
        let witness = AuditWitness(commit: commit, audit: trail(outbox))
        let key = SigningKey.generate()
        for count in [5, 10, 15, 20] as [UInt64] { try await witness.keep(checkpoint(count, UInt8(count), key)) }
        // Brought back from a backup of ten events, it has grown to twelve, and then to seventeen.
        for (count, head) in [(10, 10), (12, 112), (17, 117)] as [(UInt64, UInt8)] {
            try await witness.keep(checkpoint(count, head, key))
        }
        let again = AuditWitness(commit: commit, audit: trail(outbox))
        try await again.resume()
        #expect(await again.complaint?.contains("cut off") == true, "a restarted gateway knows it still")
        func head(_ byte: UInt8) -> String { Hex.encode([UInt8](repeating: byte, count: 32)) }
        await #expect(throws: GatewayError.self) { try await again.acceptRestore(head: head(112), by: "usr_1") }
        #expect(await again.complaint != nil, "somebody who looked at another head looks again")
        try await again.acceptRestore(head: head(117), by: "usr_1")
        #expect(await again.complaint == nil)
        let kept = try await commit.read {
            try $0.query("SELECT count FROM audit_checkpoint ORDER BY count") { $0.int(0) }
        }
        #expect(kept == [5, 10, 17], "what still holds is kept")
        let event = try await commit.read { db in
            try db.first("SELECT body FROM outbox ORDER BY seq DESC LIMIT 1") { $0.blob(0) } ?? []
        }
        let text = String(decoding: event, as: UTF8.self)
        #expect(text.contains("audit.restore_accepted") && text.contains("usr_1"))
        #expect(text.contains("20 events with head \(head(20))") && text.contains("17 events with head \(head(117))"))
        await #expect(throws: GatewayError.self) { try await again.acceptRestore(head: head(117), by: "usr_1") }
        try await again.keep(checkpoint(25, 25, key))
        #expect(await again.complaint == nil, "and it goes on from there")
        let fresh = AuditWitness(commit: commit, audit: trail(outbox))
        try await fresh.resume()
        #expect(await fresh.complaint == nil)
    }
}
