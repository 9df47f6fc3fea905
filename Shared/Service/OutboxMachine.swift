public import Loop

/// Decides when an outbox's events travel to the audit service, are sent again, and may be deleted.
///
/// Events have contiguous numbers from 1. Up to four batches are under way at a time; an acknowledgement covers all
/// events up to its number, and only then they are deleted. Whatever is in doubt (a lost session, silence, an answer
/// that shows a hole) is sent again from the last acknowledged event: the receiver knows doubles by their number.
public struct OutboxMachine: Sendable {
    /// What bounds shipping.
    public struct Limits: Sendable {
        /// Batches under way at a time.
        public var window = 4
        /// Events of one batch.
        public var batchEvents = 128
        /// Silence after which everything unacknowledged is sent again.
        public var acknowledgeWithin = Duration.seconds(10)
        /// Pause after a message that the link didn't take, and between two resends that answers ask for.
        public var retryAfter = Duration.milliseconds(500)

        /// The limits of the wire protocol.
        public init() {}
    }

    /// What to do next.
    public enum Action: Sendable, Equatable {
        /// Read up to `limit` events after that number, and answer with ``loaded(first:last:session:now:)``.
        case load(after: UInt64, limit: Int, session: UInt64)
        /// Send what was just loaded; when the link won't, answer with ``refused(first:now:)``.
        case send(first: UInt64, last: UInt64)
        /// Delete up to that number.
        case delete(upto: UInt64)
        /// Tell the receiver that these events no longer exist here.
        case report(from: UInt64, to: UInt64)
        /// The receiver has seen events that this outbox has never made, so it came from a backup: take a new name.
        case rename
    }

    private struct Batch {
        let first: UInt64
        let last: UInt64
        let sentAt: Moment
    }

    private let limits: Limits
    private var isUp = false
    private var isLoading = false
    private var session: UInt64 = 0
    private var inFlight: [Batch] = []
    private var retryAt: Moment?
    private var rewoundAt: Moment?
    /// All events up to this are acknowledged.
    public private(set) var acknowledged: UInt64
    /// The last event sent in this session.
    public private(set) var sent: UInt64
    /// The last event known to be committed.
    public private(set) var tail: UInt64

    /// An outbox whose events `acknowledged + 1 … tail` are still there.
    public init(acknowledged: UInt64, tail: UInt64, limits: Limits = Limits()) {
        self.limits = limits
        self.acknowledged = acknowledged
        self.tail = max(tail, acknowledged)
        sent = acknowledged
    }

    /// How many events wait for their acknowledgement.
    public var depth: UInt64 { tail - acknowledged }

    /// When ``tick(_:)`` is due; nil when nothing is waited for.
    public var deadline: Moment? {
        guard isUp else { return nil }
        let silence = inFlight.first.map { $0.sentAt + limits.acknowledgeWithin }
        return [silence, retryAt].compactMap { $0 }.min()
    }

    // MARK: Inputs

    /// The session with the audit service is open.
    public mutating func up(_ now: Moment) -> [Action] {
        isUp = true
        rewind()
        return pump(now)
    }

    /// The session is over.
    public mutating func down() {
        isUp = false
        rewind()
    }

    /// Events up to `tail` are committed.
    public mutating func committed(upto tail: UInt64, now: Moment) -> [Action] {
        self.tail = max(self.tail, tail)
        return pump(now)
    }

    /// A read found events `first … last`, or none when `first > last`.
    public mutating func loaded(first: UInt64, last: UInt64, session: UInt64, now: Moment) -> [Action] {
        guard session == self.session, isLoading else { return [] }
        isLoading = false
        guard isUp, first <= last else { return [] }
        var actions: [Action] = []
        if first > sent + 1 { actions.append(.report(from: sent + 1, to: first - 1)) }
        inFlight.append(Batch(first: first, last: last, sentAt: now))
        sent = last
        tail = max(tail, last)
        actions.append(.send(first: first, last: last))
        return actions + pump(now)
    }

    /// The link didn't take the batch that begins with `first`.
    public mutating func refused(first: UInt64, now: Moment) {
        guard let index = inFlight.firstIndex(where: { $0.first == first }) else { return }
        inFlight.removeSubrange(index...)
        sent = inFlight.last?.last ?? min(sent, first - 1)
        newSession()
        retryAt = now + limits.retryAfter
    }

    /// The receiver has committed everything up to `upto`.
    public mutating func acknowledge(upto: UInt64, now: Moment) -> [Action] {
        guard isUp else { return [] }
        if upto > tail { return renamed() }
        if upto < acknowledged { return missing(after: upto, now) }
        let hasAdvanced = upto > acknowledged
        acknowledged = upto
        inFlight.removeAll { $0.last <= upto }
        sent = max(sent, upto)
        if hasAdvanced { return [.delete(upto: upto)] + pump(now) }
        // The same number again with batches under way: the receiver didn't take one that it has seen.
        if !inFlight.isEmpty, mayRewind(now) { rewind() }
        return pump(now)
    }

    /// The receiver can't take events now: everything unacknowledged is sent again after the pause that it asked for.
    public mutating func postponed(by pause: Duration, now: Moment) {
        guard isUp, !inFlight.isEmpty else { return }
        rewind()
        retryAt = now + max(limits.retryAfter, min(pause, .seconds(60)))
    }

    /// Time has passed.
    public mutating func tick(_ now: Moment) -> [Action] {
        guard isUp else { return [] }
        if let first = inFlight.first, first.sentAt + limits.acknowledgeWithin <= now { rewind() }
        return pump(now)
    }

    // MARK: Inside

    private mutating func pump(_ now: Moment) -> [Action] {
        if let retryAt {
            guard retryAt <= now else { return [] }
            self.retryAt = nil
        }
        guard isUp, !isLoading, sent < tail, inFlight.count < limits.window else { return [] }
        isLoading = true
        return [.load(after: sent, limit: limits.batchEvents, session: session)]
    }

    private mutating func rewind() {
        inFlight.removeAll()
        sent = acknowledged
        retryAt = nil
        newSession()
    }

    /// Whatever is being read belongs to the past.
    private mutating func newSession() {
        session += 1
        isLoading = false
    }

    private mutating func mayRewind(_ now: Moment) -> Bool {
        if let rewoundAt, now - rewoundAt < limits.retryAfter { return false }
        rewoundAt = now
        return true
    }

    /// The receiver lost what it had acknowledged; it is deleted here, so the loss goes on record.
    private mutating func missing(after upto: UInt64, _ now: Moment) -> [Action] {
        guard mayRewind(now) else { return [] }
        let actions = [Action.report(from: upto + 1, to: acknowledged)]
        rewind()
        return actions + pump(now)
    }

    private mutating func renamed() -> [Action] {
        rewind()
        isUp = false
        return [.rename]
    }
}
