import Foundation
import Loop
import SQLite
import Support
import Testing

@testable import Gateway

/// The room that is kept for images under way.
@Suite(.timeLimit(.minutes(1)))
struct BallastTests {
    private let folder = Folder()
    private var file: String { folder.file("ballast") }

    private func room() -> Int {
        var status = stat()
        return stat(file, &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }

    /// In one turn of the loop, in which it can't be taken again.
    @StoreLoop
    private func releaseTwice(_ ballast: Ballast) -> (made: Bool, madeAgain: Bool, room: Int) {
        (ballast.release(), ballast.release(), room())
    }

    @Test func itTakesItsRoomGivesItOnceAndTakesItAgainWhenThereIsSome() async throws {
        let ballast = Ballast(folder: folder.path, bytes: 3 << 20)
        await ballast.take()
        #expect(room() >= 3 << 20 && !ballast.isReleased)
        let first = await releaseTwice(ballast)
        #expect(first.made && first.room == 0, "it makes room once")
        #expect(!first.madeAgain)
        try await eventually("there is room, so it is taken again") { !ballast.isReleased }
        #expect(room() >= 3 << 20)
    }

    @Test func aWriteThatFindsNoRoomGivesTheBallastAway() async throws {
        let store = try await Store.open(folder: folder.path, ballast: 1 << 20, events: 1_000)
        let pages = try await store.commit.read { try $0.int("PRAGMA page_count") ?? 0 }
        _ = try await store.commit.read { try $0.execute("PRAGMA max_page_count=\(pages)") }
        await #expect {
            try await store.commit.write { try $0.execute("CREATE TABLE large(a); CREATE TABLE l2(a)") }
        } throws: { ($0 as? SQLiteError)?.isFull == true }
        try await eventually("it is given away") { store.ballast.isReleased }
        try await eventually("and taken again") { !store.ballast.isReleased }
    }

    @Test func withoutABallastNothingNewIsAcceptedEitherWhileTheDiskIsFull() async throws {
        let ballast = Ballast(folder: folder.path, bytes: 0)
        await ballast.take()
        #expect(await !ballast.release(), "there is none to give")
        try await eventually("there is room") { !ballast.isReleased }
    }
}
