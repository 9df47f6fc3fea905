import Crypto
import HTTP
import Loop
import Providers

/// What one attempt at a call came to, written to the call log once.
@NetLoop
struct CallJournal {
    private let call: Call
    private let target: Plan.Target
    private let purpose: CallRow.Purpose
    private let stream: Bool
    private let prices: Prices
    private let log: CallLog
    /// What the call may use of its connector's cap, when that has one.
    private let allowance: Caps.Allowance?
    /// Which attempt at the call this is.
    private let number: Int
    /// When it began: the first one with the call.
    private let started: Moment
    private var ending = ChatEnding()

    /// Tokens, once they are known, and with them their price.
    var usage: Usage? {
        didSet { price = usage.flatMap { prices.chat(type: target.connector.type, model: target.model, usage: $0) } }
    }
    private var price: Double?
    /// What it cost, where that is known from elsewhere than the tokens.
    var knownCostUSD: Double?
    /// When the request left for the provider.
    var sentAt: Moment?
    /// When the head of its answer was there.
    var headAt: Moment?
    /// When the first bytes of a stream were there.
    var firstPieceAt: Moment?
    /// When the provider's answer was there: its last byte, or the first of a stream.
    var answeredAt: Moment?

    init(
        call: Call,
        target: Plan.Target,
        purpose: CallRow.Purpose,
        stream: Bool,
        prices: Prices,
        log: CallLog,
        allowance: Caps.Allowance? = nil,
        attempt: Attempt? = nil
    ) {
        self.call = call
        self.target = target
        self.purpose = purpose
        self.stream = stream
        self.prices = prices
        self.log = log
        log.meters.began(purpose)
        self.allowance = allowance
        number = attempt?.number ?? 1
        started = attempt?.started ?? call.started
    }

    /// Ends the call; a second end changes nothing.
    mutating func end(_ outcome: CallRow.Outcome) {
        guard ending.end(outcome) else { return }
        log.caps.settle(target.connector.id, allowance, used: tokens(outcome))
        log.record(
            CallRow(
                at: wallClockMicroseconds(),
                id: call.exchange.requestID,
                userID: call.caller.userID,
                connectorID: target.connector.id,
                purpose: purpose,
                model: target.model,
                tokensIn: usage?.inputTokens,
                tokensOut: usage?.outputTokens,
                latencyMs: (Moment.now - started).milliseconds,
                outcome: outcome,
                costUSD: cost,
                stream: stream,
                type: target.connector.type,
                timing: timing
            )
        )
        log.meters.left(purpose)
    }

    private var timing: CallRow.Timing {
        var timing = CallRow.Timing()
        guard let sentAt else { return timing }
        timing.firstByte = headAt.map { $0 - sentAt }
        timing.firstToken = firstPieceAt.map { $0 - sentAt }
        if !stream { timing.overhead = ownTime }
        return timing
    }

    /// What the provider counts for the call; nil when it may have worked and didn't say for how much.
    private func tokens(_ outcome: CallRow.Outcome) -> Int64? {
        if let total = usage?.totalTokens { return Int64(total) }
        let isSilent = outcome == .cancelled || outcome == .failed(.timeout)
        return answeredAt == nil && !(sentAt != nil && isSilent) ? 0 : nil
    }

    /// The answer's headers: what it is, and where it came from.
    func headers(contentType: String) -> [(String, String)] {
        var headers = [
            ("content-type", contentType),
            ("x-martlet-connector", target.connector.displayName),
            ("x-martlet-model", target.model),
            ("x-martlet-attempts", String(number)),
        ]
        if let overhead { headers.append(("x-martlet-overhead-ms", overhead)) }
        if let cost { headers.append(("x-martlet-cost-usd", "\(cost)")) }
        return headers
    }

    /// The time that was the gateway's own, in milliseconds with three digits behind the point.
    private var overhead: String? {
        guard let own = ownTime else { return nil }
        let thousandths = String(own.nanoseconds / 1_000 % 1_000 + 1_000).dropFirst()
        return "\(own.milliseconds).\(thousandths)"
    }

    private var ownTime: Duration? {
        guard let sentAt, let answeredAt else { return nil }
        return (sentAt - started) + (Moment.now - answeredAt)
    }

    /// Known only when the provider told its price or the price table has the model; unknown is never zero.
    private var cost: Double? { knownCostUSD ?? price }
}
