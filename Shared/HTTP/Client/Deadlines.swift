import Loop

/// When a call has taken too long, and in which way. Pure but for the clock that its callers lend it.
struct Deadlines: Sendable {
    private let stall: Duration?
    private let total: Moment?
    private var firstByte: Moment?
    private var stalled: Moment?
    private var hasHead = false

    init(_ timeouts: ClientRequest.Timeouts, now: Moment = .now) {
        stall = timeouts.stall
        total = timeouts.total.map { now + $0 }
        firstByte = timeouts.firstByte.map { now + $0 }
    }

    /// The head is here.
    mutating func gotHead(now: Moment = .now) {
        hasHead = true
        firstByte = nil
        restartStall(now: now)
    }

    /// Bytes of the body came.
    mutating func gotBytes(now: Moment = .now) { restartStall(now: now) }

    /// This side asked to pause: the peer is not to blame for silence.
    mutating func pauseStall() { stalled = nil }

    mutating func restartStall(now: Moment = .now) {
        guard hasHead, let stall else { return }
        stalled = now + stall
    }

    /// The earliest of them.
    var next: Moment? {
        var earliest = total
        for moment in [firstByte, stalled] {
            guard let moment else { continue }
            earliest = min(earliest ?? moment, moment)
        }
        return earliest
    }

    /// What is over by now, or nil.
    func failure(now: Moment) -> HTTPError? {
        if let total, total <= now { return HTTPError(.totalTimeout, "The call took longer than it may.") }
        if let firstByte, firstByte <= now { return HTTPError(.firstByteTimeout, "No response came in time.") }
        if let stalled, stalled <= now { return HTTPError(.stalled, "The response stopped.") }
        return nil
    }
}
