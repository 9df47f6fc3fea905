import Loop
import Wire

/// Results that the gateway has not committed yet: a machine.
///
/// One per connector, the latest; an older one that nobody has noted is not worth telling any more. Each is sent until
/// it is noted, again after a while or at once in a new session.
struct Reports {
    /// A result under way.
    struct Sending: Equatable {
        let status: HealthStatus
        /// Tells results of the same connector apart.
        let version: UInt64
    }

    private struct Entry {
        var status: HealthStatus
        var version: UInt64
        var isUnderWay = false
        var notBefore: Moment
    }

    /// Results under way at a time, so that a returning gateway isn't flooded.
    private static let atOnce = 32
    /// When a result that was not noted is sent again.
    private let again: Duration
    private var entries: [String: Entry] = [:]
    private var underWay = 0
    private var lastVersion: UInt64 = 0

    init(again: Duration) {
        self.again = again
    }

    /// Results that are not noted.
    var count: Int { entries.count }

    /// A new result.
    mutating func put(_ status: HealthStatus, now: Moment) {
        lastVersion += 1
        let isUnderWay = entries[status.connector]?.isUnderWay ?? false
        entries[status.connector] = Entry(
            status: status,
            version: lastVersion,
            isUnderWay: isUnderWay,
            notBefore: now
        )
    }

    /// What to send now; each is under way until ``ended(_:noted:now:)``.
    mutating func next(now: Moment) -> [Sending] {
        var sendings: [Sending] = []
        for (id, entry) in entries.sorted(by: { $0.value.version < $1.value.version }) {
            guard underWay < Self.atOnce else { break }
            guard !entry.isUnderWay, entry.notBefore <= now else { continue }
            entries[id]?.isUnderWay = true
            underWay += 1
            sendings.append(Sending(status: entry.status, version: entry.version))
        }
        return sendings
    }

    /// The gateway noted a result, or did not.
    mutating func ended(_ sending: Sending, noted: Bool, now: Moment) {
        underWay -= 1
        guard var entry = entries[sending.status.connector] else { return }
        entry.isUnderWay = false
        if entry.version == sending.version {
            if noted {
                entries[sending.status.connector] = nil
                return
            }
            entry.notBefore = now + again
        }
        entries[sending.status.connector] = entry
    }

    /// A new session: nothing has to wait for its time.
    mutating func hurry(now: Moment) {
        for id in entries.keys { entries[id]?.notBefore = now }
    }

    /// What is known of a connector counts no more.
    mutating func forget(_ id: String) { entries[id] = nil }

    /// Forgets the results of connectors that are gone.
    mutating func keep(only connectors: Set<String>) {
        entries = entries.filter { connectors.contains($0.key) }
    }

    /// When ``next(now:)`` has something to give at the earliest.
    var nextDeadline: Moment? {
        guard underWay < Self.atOnce else { return nil }
        return entries.values.filter { !$0.isUnderWay }.map(\.notBefore).min()
    }
}
