import Loop
import Testing

@testable import Gateway

/// What follows a failed attempt.
@Suite struct AttemptMachineTests {
    private static let retry = AttemptMachine.Decision.retry(after: AttemptMachine.usualPause)

    private static func error(_ code: GatewayError.Code, retryAfter: Duration? = nil) -> GatewayError {
        var error = GatewayError(code, "said")
        error.retryAfter = retryAfter
        return error
    }

    /// What the attempts' failures lead to, one after the other, until it is given up.
    private static func course(
        _ policy: FallbackPolicy,
        _ codes: [GatewayError.Code],
        hasFallback: Bool = true
    ) -> [AttemptMachine.Decision] {
        var machine = AttemptMachine(policy, hasFallback: hasFallback)
        return codes.map { machine.failed(error($0), chance: 0) }
    }

    private static let passing: Set<GatewayError.Code> = [.rateLimited, .providerUnavailable]
    private static let mending: Set<GatewayError.Code> = passing.union([.authInvalid, .quotaExceeded, .capReached])

    @Test(arguments: GatewayError.Code.allCases)
    func eachErrorLeadsToWhatThePolicySaysAndNoFurther(code: GatewayError.Code) {
        let thrice = [code, code, code]
        let (mends, passes) = (Self.mending.contains(code), Self.passing.contains(code))
        #expect(Self.course(.none, thrice) == [.giveUp, .giveUp, .giveUp])
        #expect(Self.course(.orgDefault, thrice) == [mends ? .fallBack : .giveUp, .giveUp, .giveUp])
        let retried: [AttemptMachine.Decision] =
            passes
            ? [Self.retry, .fallBack, .giveUp]
            : mends ? [.fallBack, .giveUp, .giveUp] : [.giveUp, .giveUp, .giveUp]
        #expect(Self.course(.retryThenOrgDefault, thrice) == retried)
        #expect(Self.course(.orgDefault, thrice, hasFallback: false) == [.giveUp, .giveUp, .giveUp])
        let alone: [AttemptMachine.Decision] = [passes ? Self.retry : .giveUp, .giveUp, .giveUp]
        #expect(Self.course(.retryThenOrgDefault, thrice, hasFallback: false) == alone)
    }

    @Test func theSecondFailureDecidesAnew() {
        #expect(Self.course(.retryThenOrgDefault, [.rateLimited, .invalidRequest]) == [Self.retry, .giveUp])
        #expect(Self.course(.retryThenOrgDefault, [.rateLimited, .timeout]) == [Self.retry, .giveUp])
        #expect(Self.course(.retryThenOrgDefault, [.rateLimited, .authInvalid]) == [Self.retry, .fallBack])
        #expect(Self.course(.retryThenOrgDefault, [.capReached, .rateLimited]) == [.fallBack, .giveUp])
    }

    @Test func whoHasHeardAnythingOrHasLeftGetsNoOtherAttempt() {
        for policy in FallbackPolicy.allCases {
            for code in Self.mending {
                var machine = AttemptMachine(policy, hasFallback: true)
                #expect(machine.failed(Self.error(code), isOver: true) == .giveUp)
                #expect(machine.attempt == 1)
            }
        }
    }

    @Test func aShortRetryAfterIsWaitedForAndALongOneIsNot() {
        func first(_ retryAfter: Duration?, hasFallback: Bool = true, chance: Double = 0) -> AttemptMachine.Decision {
            var machine = AttemptMachine(.retryThenOrgDefault, hasFallback: hasFallback)
            return machine.failed(Self.error(.rateLimited, retryAfter: retryAfter), chance: chance)
        }
        #expect(first(.milliseconds(700)) == .retry(after: .milliseconds(700)))
        #expect(first(AttemptMachine.longestPause) == .retry(after: AttemptMachine.longestPause))
        #expect(first(AttemptMachine.longestPause + .milliseconds(1)) == .fallBack)
        #expect(first(.seconds(60), hasFallback: false) == .giveUp)
        #expect(first(nil, chance: 1) == .retry(after: AttemptMachine.usualPause * 2))
    }

    @Test func attemptsAreNumberedAndTheLastOneIsKnownAsSuch() {
        var machine = AttemptMachine(.retryThenOrgDefault, hasFallback: true)
        #expect(machine.attempt == 1 && machine.mayGoOn)
        _ = machine.failed(Self.error(.rateLimited))
        #expect(machine.attempt == 2 && machine.mayGoOn)
        _ = machine.failed(Self.error(.rateLimited))
        #expect(machine.attempt == 3 && !machine.mayGoOn)
        #expect(!AttemptMachine(.none, hasFallback: true).mayGoOn)
        #expect(!AttemptMachine(.orgDefault, hasFallback: false).mayGoOn)
        #expect(AttemptMachine(.retryThenOrgDefault, hasFallback: false).mayGoOn)
    }
}
