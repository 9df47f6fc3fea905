import Loop

/// What becomes of a call whose attempt has failed: a machine.
///
/// Bounded by one retry on the same connector and one fallback; whatever the fallback comes to is the end. Only what
/// another attempt may mend is tried again: a rate limit, refused credentials, a provider that is out, a spent account
/// or cap. Credentials, accounts and caps are no better a moment later, so for them there is no retry. Nothing is
/// tried for a caller who has had a part of the answer, or has left. Source: product.md A6.
struct AttemptMachine {
    enum Decision: Equatable {
        /// The same connector once more, after that pause.
        case retry(after: Duration)
        /// The organisation's default.
        case fallBack
        /// The caller hears of the failure.
        case giveUp
    }

    /// The longest pause before a retry; a provider that wants a longer one isn't tried again.
    static let longestPause = Duration.seconds(2)
    /// The pause before a retry when the provider named none; up to twice that, so that calls that failed together
    /// don't come back together.
    static let usualPause = Duration.milliseconds(150)

    let policy: FallbackPolicy
    /// Whether there is a connector to fall back to.
    let hasFallback: Bool
    /// The number of the attempt that is under way or has failed.
    private(set) var attempt = 1
    private var hasRetried = false
    private var hasFallenBack = false

    init(_ policy: FallbackPolicy, hasFallback: Bool) {
        self.policy = policy
        self.hasFallback = hasFallback
    }

    /// Whether any failure of the attempt under way can lead to another.
    var mayGoOn: Bool { mayRetry || mayFallBack }

    private var mayRetry: Bool { policy == .retryThenOrgDefault && !hasRetried && !hasFallenBack }
    private var mayFallBack: Bool { policy != .none && hasFallback && !hasFallenBack }

    /// An attempt has failed.
    ///
    /// - Parameters:
    ///   - isOver: the caller has had a part of the answer, or has left.
    ///   - chance: from 0 to 1, for the usual pause.
    mutating func failed(_ error: GatewayError, isOver: Bool = false, chance: Double = .random(in: 0...1)) -> Decision {
        guard !isOver, Self.mends(error.code) else { return .giveUp }
        if mayRetry, Self.isPassing(error.code) {
            let pause = error.retryAfter ?? Self.usualPause * (1 + chance)
            if pause <= Self.longestPause {
                hasRetried = true
                attempt += 1
                return .retry(after: pause)
            }
        }
        guard mayFallBack else { return .giveUp }
        hasFallenBack = true
        attempt += 1
        return .fallBack
    }

    /// Whether another attempt may come to something else.
    private static func mends(_ code: GatewayError.Code) -> Bool {
        switch code {
        case .rateLimited, .authInvalid, .providerUnavailable, .quotaExceeded, .capReached: true
        default: false
        }
    }

    /// Whether the same connector may answer a moment later.
    private static func isPassing(_ code: GatewayError.Code) -> Bool {
        code == .rateLimited || code == .providerUnavailable
    }
}
