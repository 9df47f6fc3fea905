import Audit
import Crypto
import SQLite
import Support
import Testing
import Wire

@testable import AuditService

@Suite(.timeLimit(.minutes(1)))
struct TamperTests {
    private func signedTrail() async throws -> Trail {
        let trail = try await Trail()
        _ = try await trail.store.append(Trail.batch(1...10))
        try await trail.store.signCheckpoint()
        _ = try await trail.store.append(Trail.batch(11...20))
        try await trail.store.signCheckpoint()
        _ = try await trail.store.append(Trail.batch(21...25))
        return trail
    }

    @Test func aWholeFileIsWhole() async throws {
        let trail = try await signedTrail()
        let key = Hex.encode(trail.key.verifyKey.bytes)
        let head = try await trail.store.append(Trail.batch(26...26)).head
        let result = try Verify.file(trail.path, key: key, witnesses: [head])
        #expect(result.isWhole && result.events == 26 && result.checkpoints == 2 && result.unsigned == 6)
        #expect(result.keys == [key] && result.head == head)
    }

    @Test(arguments: [
        "actor = 'someone else'", "event_type = 'x'", "target_id = 'x'", "target_type = 'x'", "at = at + 1",
        "salt = zeroblob(16)", "body = CAST(replace(CAST(body AS TEXT), 'number', 'numbre') AS BLOB)",
        "hash = zeroblob(32)", "stream_seq = 1000", "skipped = 1",
    ])
    func everyChangedColumnShows(change: String) async throws {
        let trail = try await signedTrail()
        try trail.tamper("UPDATE event SET \(change) WHERE seq = 7")
        let fault = try Verify.file(trail.path).fault
        #expect(fault?.code == .hash && fault?.seq == 7)
    }

    @Test func aRenamedStreamShows() async throws {
        let trail = try await signedTrail()
        try trail.tamper("UPDATE stream SET name = 'x'")
        #expect(try Verify.file(trail.path).fault?.seq == 1)
    }

    @Test func aRemovedRowShows() async throws {
        let trail = try await signedTrail()
        try trail.tamper("DELETE FROM event WHERE seq = 7")
        #expect(try Verify.file(trail.path).fault?.code == .sequence)
    }

    @Test func aRemovedRowShowsThoughTheOthersCloseTheGap() async throws {
        let trail = try await signedTrail()
        try trail.tamper(
            """
            DELETE FROM event WHERE seq = 7;
            UPDATE event SET seq = -seq WHERE seq > 7; UPDATE event SET seq = -seq - 1 WHERE seq < 0
            """
        )
        let fault = try Verify.file(trail.path).fault
        #expect(fault?.code == .hash && fault?.seq == 7)
    }

    @Test func swappedRowsShow() async throws {
        let trail = try await signedTrail()
        try trail.tamper(
            """
            UPDATE event SET seq = -1 WHERE seq = 7; UPDATE event SET seq = 7 WHERE seq = 8;
            UPDATE event SET seq = 8 WHERE seq = -1
            """
        )
        let fault = try Verify.file(trail.path).fault
        #expect(fault?.code == .hash && fault?.seq == 7)
    }

    @Test func aCutOffTailShowsByCheckpointOrWitness() async throws {
        let trail = try await signedTrail()
        let head = try await trail.store.append(Trail.batch(26...26)).head
        try trail.tamper("DELETE FROM event WHERE seq > 24")
        #expect(try Verify.file(trail.path).isWhole)
        #expect(try Verify.file(trail.path, witnesses: [head]).fault?.code == .truncated)
        try trail.tamper("DELETE FROM event WHERE seq > 15")
        let fault = try Verify.file(trail.path).fault
        #expect(fault?.code == .truncated && fault?.seq == 15)
    }

    @Test func aRewrittenChainShowsByItsCheckpoint() async throws {
        let trail = try await signedTrail()
        let other = try await Trail()
        _ = try await other.store.append(Trail.batch(1...25))
        try await other.store.signCheckpoint()
        try trail.tamper(
            """
            ATTACH '\(other.path)' AS forged; DELETE FROM event;
            INSERT INTO event SELECT * FROM forged.event
            """
        )
        #expect(try Verify.file(trail.path).fault?.code == .checkpoint)
        try trail.tamper(
            """
            ATTACH '\(other.path)' AS forged; DELETE FROM checkpoint;
            INSERT INTO checkpoint SELECT * FROM forged.checkpoint
            """
        )
        let key = Hex.encode(trail.key.verifyKey.bytes)
        #expect(try Verify.file(trail.path).isWhole)
        #expect(try Verify.file(trail.path, key: key).fault?.code == .signature)
    }

    @Test func aRemovedOrForgedCheckpointShows() async throws {
        var trail = try await signedTrail()
        try trail.tamper("DELETE FROM checkpoint WHERE count = 10")
        #expect(try Verify.file(trail.path).fault?.code == .checkpoint)
        trail = try await signedTrail()
        try trail.tamper("UPDATE checkpoint SET at = at + 1 WHERE count = 10")
        #expect(try Verify.file(trail.path).fault?.code == .signature)
    }
}
