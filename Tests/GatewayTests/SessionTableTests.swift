import Loop
import Testing

@testable import Gateway

/// How many are signed in, and for how long, by a clock that stands wherever the test puts it.
struct SessionTableTests {
    private let start = Moment(nanoseconds: 1_000_000_000_000)

    @Test func aSessionIsFoundByItsTokenUntilItsTimeIsOver() {
        var table = SessionTable()
        let (token, session) = SessionTable.fresh(keyID: "key_1", now: start)
        #expect(table.session(of: token, now: start) == nil, "it has not begun")
        table.start(session, now: start)
        let last = start + SessionTable.lifetime - .seconds(1)
        #expect(table.session(of: token, now: last)?.id == session.id)
        #expect(table.session(of: token, now: last + .seconds(1)) == nil)
        #expect(table.session(of: session.csrf, now: start) == nil)
        #expect(table.session(of: String(repeating: "a", count: 100_000), now: start) == nil)
    }

    @Test func aSessionThatHasEndedIsNotFound() {
        var table = SessionTable()
        let (token, session) = SessionTable.fresh(keyID: "key_1", now: start)
        table.start(session, now: start)
        table.end(session)
        #expect(table.session(of: token, now: start) == nil && table.count == 0)
    }

    @Test func theOldestOfAKeyGivesWay() {
        var table = SessionTable()
        let others = SessionTable.fresh(keyID: "key_2", now: start)
        table.start(others.session, now: start)
        let mine = (0..<SessionTable.perKey + 1).map { second in
            let now = start + .seconds(second + 1)
            let fresh = SessionTable.fresh(keyID: "key_1", now: now)
            table.start(fresh.session, now: now)
            return fresh
        }
        let now = start + .seconds(60)
        #expect(table.session(of: mine[0].token, now: now) == nil)
        #expect(mine.dropFirst().allSatisfy { table.session(of: $0.token, now: now) != nil })
        #expect(table.session(of: others.token, now: now) != nil, "another key's stays")
    }

    @Test func thereAreNeverMoreThanTheLimit() {
        var table = SessionTable()
        for number in 0..<SessionTable.limit + 50 {
            let now = start + .milliseconds(number)
            table.start(SessionTable.fresh(keyID: "key_\(number)", now: now).session, now: now)
            #expect(table.count <= SessionTable.limit)
        }
        let later = start + SessionTable.lifetime + .seconds(60)
        table.start(SessionTable.fresh(keyID: "late", now: later).session, now: later)
        #expect(table.count == 1, "what is over makes room by itself")
    }

    @Test func noTwoAreAlike() {
        let some = (0..<100).map { _ in SessionTable.fresh(keyID: "key_1", now: start) }
        let words = some.flatMap { [$0.token, $0.session.csrf, $0.session.id] }
        #expect(Set(words).count == 300)
        #expect(some.allSatisfy { $0.token.utf8.count >= 43 && $0.session.csrf.utf8.count >= 32 })
    }
}
