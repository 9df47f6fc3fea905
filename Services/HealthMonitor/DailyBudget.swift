import Loop

/// How often connectors may be checked whose type has no free call: a machine.
///
/// Any 24 hours count, not a calendar's day, so that midnight brings no rush. What a process before this one spent, the
/// gateway tells: it writes each such check down before it lends the credential for it.
struct DailyBudget {
    private static let day = Duration.seconds(86_400)

    let perDay: Int
    /// What confirmations and people may take beyond it.
    let reserve: Int
    private var spent: [String: [Moment]] = [:]

    init(perDay: Int, reserve: Int) {
        precondition(perDay > 0 && reserve >= 0, "a budget of \(perDay) and \(reserve) allows no check")
        self.perDay = perDay
        self.reserve = reserve
    }

    /// When the connector may be checked again; nil when that is at once.
    func opens(_ id: String, isUrgent: Bool) -> Moment? {
        let times = spent[id] ?? []
        let limit = isUrgent ? perDay + reserve : perDay
        return times.count < limit ? nil : times[times.count - limit] + Self.day
    }

    mutating func spend(_ id: String, now: Moment) {
        spent[id, default: []].append(now)
        if let count = spent[id]?.count, count > perDay + reserve { spent[id]?.removeFirst() }
    }

    /// Takes over what was spent before this process, the oldest first; what it spent itself is known better.
    mutating func restore(_ id: String, ages: [Duration], now: Moment) {
        guard spent[id] == nil, !ages.isEmpty else { return }
        spent[id] = ages.suffix(perDay + reserve).map { now - $0 }
    }

    mutating func forget(_ id: String) { spent[id] = nil }
}
