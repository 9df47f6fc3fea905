import Synchronization
import Testing
import Wire

@Suite struct ULIDTests {
    @Test func theTextComesBackAsTheSameIdentifier() {
        for ulid in [
            ULID(high: 0, low: 0), ULID(high: .max, low: .max), ULID(high: 0x0123_4567_89AB_CDEF, low: 1), .next(),
        ] {
            #expect(ulid.description.utf8.count == 26)
            #expect(ULID(ulid.description) == ulid)
        }
        #expect(ULID(high: .max, low: .max).description == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
        // The spec's own example of a time: 1469918176385 ms is 01ARYZ6S41.
        #expect(ULID(high: 1_469_918_176_385 << 16, low: 0).description.hasPrefix("01ARYZ6S41"))
    }

    @Test(arguments: [
        "", "0", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "01ARYZ6S41TSV4RRFFQ69G5FAI", "01aryz6s41tsv4rrffq69g5fav",
    ])
    func otherTextsAreNone(text: String) {
        #expect(ULID(text) == nil)
    }

    @Test func eachIsGreaterThanTheOneBeforeInValueAndText() {
        var last = ULID.next()
        for _ in 0..<100_000 {
            let next = ULID.next()
            guard last < next, last.description < next.description else {
                Issue.record("\(last) then \(next)")
                return
            }
            last = next
        }
    }

    @Test(.timeLimit(.minutes(1))) func threadsNeverGetTheSame() async {
        let made = await withTaskGroup(of: [ULID].self) { group in
            for _ in 0..<4 { group.addTask { (0..<10_000).map { _ in ULID.next() } } }
            return await group.reduce(into: [ULID]()) { $0 += $1 }
        }
        #expect(Set(made).count == 40_000)
        #expect(Set(made.map(\.low)).count == 40_000)
    }
}
