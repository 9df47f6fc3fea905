import Loop
import Testing

@testable import Gateway

@Suite struct IdempotencyCacheTests {
    private let start = Moment.now
    private let key = IdempotencyCache.Key(user: "u", path: "/v1/chat/completions", key: "k")

    private func answer(_ size: Int = 10) -> IdempotencyCache.Answer {
        .init(body: [UInt8](repeating: 1, count: size))
    }

    /// A decision in one word.
    private func word(_ decision: IdempotencyCache.Decision) -> String {
        switch decision {
        case .answered(let answer): "answered \(answer.body.count)"
        default: "\(decision)"
        }
    }

    private func key(_ number: Int) -> IdempotencyCache.Key { .init(user: "u", path: "/", key: "\(number)") }

    @Test func theSameCallJoinsTheOneInFlightAndGetsItsAnswerLater() {
        var cache = IdempotencyCache()
        #expect(word(cache.begin(key, body: [1], now: start)) == "call")
        #expect(word(cache.begin(key, body: [1], now: start)) == "join")
        cache.end(key, with: answer(), now: start)
        #expect(word(cache.begin(key, body: [1], now: start)) == "answered 10")
        #expect(cache.count == 1 && cache.inFlight == 0)
    }

    @Test func anotherBodyUnderTheSameKeyIsAMistakeWhetherTheFirstIsUnderWayOrOver() {
        var cache = IdempotencyCache()
        _ = cache.begin(key, body: [1], now: start)
        #expect(word(cache.begin(key, body: [2], now: start)) == "mismatch")
        cache.end(key, with: answer(), now: start)
        #expect(word(cache.begin(key, body: [2], now: start)) == "mismatch")
    }

    @Test func keysOfOtherUsersAndRoutesAreOtherKeys() {
        var cache = IdempotencyCache()
        _ = cache.begin(key, body: [1], now: start)
        let others = [
            IdempotencyCache.Key(user: "v", path: key.path, key: key.key),
            IdempotencyCache.Key(user: "u", path: "/v1/messages", key: key.key),
        ]
        for other in others { #expect(word(cache.begin(other, body: [2], now: start)) == "call") }
    }

    @Test func aFailedCallIsForgottenAtOnce() {
        var cache = IdempotencyCache()
        _ = cache.begin(key, body: [1], now: start)
        cache.end(key, with: nil, now: start)
        #expect(word(cache.begin(key, body: [2], now: start)) == "call")
    }

    @Test func answersAreForgottenAfterTheirTimeTheOldestFirst() {
        var cache = IdempotencyCache(limits: .init(keptFor: .seconds(10)))
        for number in 0..<3 {
            _ = cache.begin(key(number), body: [1], now: start)
            cache.end(key(number), with: answer(), now: start + .seconds(number))
        }
        #expect(word(cache.begin(key(0), body: [1], now: start + .seconds(11))) == "call")
        #expect(word(cache.begin(key(2), body: [1], now: start + .seconds(11))) == "answered 10")
        #expect(cache.count == 1 && cache.bytes == 10)
    }

    @Test func noMoreAreKeptThanThereIsRoomFor() {
        var cache = IdempotencyCache(limits: .init(answers: 3, bytes: 800))
        for number in 0..<5_000 {
            #expect(word(cache.begin(key(number), body: [1], now: start)) == "call")
            cache.end(key(number), with: answer(90), now: start)
            #expect(cache.count <= 3 && cache.bytes <= 800)
        }
        #expect(word(cache.begin(key(4_997), body: [1], now: start)) == "answered 90")
        #expect(word(cache.begin(key(4_996), body: [1], now: start)) == "call")
        cache.end(key(4_996), with: answer(101), now: start)
        #expect(word(cache.begin(key(4_996), body: [1], now: start)) == "call", "too large to be kept")
    }

    @Test func callsInFlightHaveABound() {
        var cache = IdempotencyCache(limits: .init(calls: 2))
        #expect(word(cache.begin(key(0), body: [1], now: start)) == "call")
        #expect(word(cache.begin(key(1), body: [1], now: start)) == "call")
        #expect(word(cache.begin(key(2), body: [1], now: start)) == "full")
        #expect(word(cache.begin(key(1), body: [1], now: start)) == "join")
        cache.end(key(0), with: nil, now: start)
        #expect(word(cache.begin(key(2), body: [1], now: start)) == "call")
    }
}
