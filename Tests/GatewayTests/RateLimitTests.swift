import Loop
import Testing

@testable import Gateway

/// How often a user may make, try and replace credentials, against a clock that stands wherever the test puts it.
struct RateLimitTests {
    private let start = Moment(nanoseconds: 1_000_000_000_000)

    private func caller(_ id: String) -> Caller { Caller(userID: id, userName: id, role: .admin, keyID: "k") }

    @Test(arguments: [(SensitiveCalls.Kind.create, 5), (.test, 10), (.rotate, 5)])
    func aUserMaySoOftenInAnyMinuteAndIsToldHowLongToWait(kind: SensitiveCalls.Kind, most: Int) throws {
        var limits = SensitiveCalls()
        for second in 0..<most { try limits.take(kind, by: caller("ada"), now: start + .seconds(second)) }
        let now = start + .seconds(most)
        let error = #expect(throws: GatewayError.self) { try limits.take(kind, by: caller("ada"), now: now) }
        #expect(error?.code == .rateLimited && error?.retryAfter == .seconds(60 - most))
        try limits.take(kind, by: caller("bob"), now: now)
        #expect(throws: GatewayError.self) { try limits.take(kind, by: caller("ada"), now: start + .seconds(59)) }
        try limits.take(kind, by: caller("ada"), now: start + .seconds(60))
        #expect(throws: GatewayError.self) { try limits.take(kind, by: caller("ada"), now: start + .seconds(60)) }
        try limits.take(kind, by: caller("ada"), now: start + .seconds(61))
    }

    @Test func everyKindCountsForItself() throws {
        var limits = SensitiveCalls()
        for _ in 0..<5 { try limits.take(.create, by: caller("ada"), now: start) }
        try limits.take(.rotate, by: caller("ada"), now: start)
        try limits.take(.test, by: caller("ada"), now: start)
    }

    @Test func askingHowLongToWaitCountsNothing() {
        var limit = RateLimit(perMinute: 2)
        for _ in 0..<10 { #expect(limit.wait("ada", now: start) == nil) }
        #expect(limit.take("ada", now: start) == nil && limit.take("ada", now: start) == nil)
        #expect(limit.wait("ada", now: start + .seconds(20)) == .seconds(40))
        #expect(limit.wait("ada", now: start + .seconds(60)) == nil)
    }

    @Test func whoseMinuteIsOverIsForgotten() {
        var limit = RateLimit(perMinute: 1)
        for number in 0..<10_000 {
            #expect(limit.take("u\(number)", now: start + .seconds(number)) == nil)
        }
        #expect(limit.remembered <= 1_100)
    }
}
