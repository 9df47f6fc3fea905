import HTTP
import Loop

/// Which blocking chats were asked before under an `Idempotency-Key`.
///
/// The same key and body gives the answer that was given, or joins the call in flight; the same key with another body
/// is a mistake. An answer that failed is forgotten at once: who comes again tries again. Answers live in memory, the
/// oldest go first when there are too many, and a gateway that starts anew knows none: answers are nobody's to store.
/// A machine: neither clock nor waiting, see ``IdempotentCalls``.
struct IdempotencyCache {
    /// Who asks, where, and under which key.
    struct Key: Hashable, Sendable {
        let user: String
        let path: String
        let key: String
    }

    /// A call's answer, as all who ask for it get it.
    struct Answer: Sendable {
        var headers: [(String, String)] = []
        var body: [UInt8] = []
    }

    struct Limits: Sendable {
        /// Answers that are kept.
        var answers = 4_096
        /// Their bodies together, bytes.
        var bytes = 64 << 20
        /// Calls in flight.
        var calls = 1_024
        /// How long an answer is kept.
        var keptFor = Duration.seconds(24 * 3_600)
    }

    enum Decision {
        /// Nobody asked before: call, then ``end(_:with:now:)``.
        case call
        /// The same call is in flight: its answer is this one's as well.
        case join
        case answered(Answer)
        /// The key came with another body.
        case mismatch
        /// Too many calls are in flight.
        case full
    }

    private struct Entry {
        let body: [UInt8]
        /// nil while the call is in flight.
        var answer: Answer?
    }

    private let limits: Limits
    private var entries: [Key: Entry] = [:]
    /// The keys of kept answers in the order of their keeping, from ``first`` on.
    private var order: [(key: Key, until: Moment)] = []
    private var first = 0
    /// Of the kept answers' bodies.
    private(set) var bytes = 0
    private(set) var inFlight = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    /// How many answers are kept.
    var count: Int { entries.count - inFlight }

    /// - Parameter body: the request's digest.
    mutating func begin(_ key: Key, body: [UInt8], now: Moment) -> Decision {
        dropStale(now)
        guard let entry = entries[key] else {
            guard inFlight < limits.calls else { return .full }
            inFlight += 1
            entries[key] = Entry(body: body)
            return .call
        }
        guard entry.body == body else { return .mismatch }
        return entry.answer.map { .answered($0) } ?? .join
    }

    /// The call of that key has ended; nil when it failed.
    mutating func end(_ key: Key, with answer: Answer?, now: Moment) {
        guard var entry = entries[key], entry.answer == nil else { return }
        inFlight -= 1
        // One answer must not push out all others.
        guard let answer, answer.body.count <= limits.bytes / 8 else { return entries[key] = nil }
        entry.answer = answer
        entries[key] = entry
        order.append((key, now + limits.keptFor))
        bytes += answer.body.count
        while count > limits.answers || bytes > limits.bytes { dropFirst() }
    }

    private mutating func dropStale(_ now: Moment) {
        while first < order.count, order[first].until <= now { dropFirst() }
    }

    private mutating func dropFirst() {
        guard first < order.count else { return }
        bytes -= entries.removeValue(forKey: order[first].key)?.answer?.body.count ?? 0
        first += 1
        guard first > 1_024, first * 2 > order.count else { return }
        order.removeFirst(first)
        first = 0
    }
}
