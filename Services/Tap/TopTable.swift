/// What passes how often: counts by kind, sender, job or link since the start and since the last look. A machine.
struct TopTable: Sendable {
    enum Grouping: String, Sendable, CaseIterable { case kind, source, job, link }

    struct Row: Sendable, Equatable {
        let name: String
        let count: UInt64
        /// Per second, since the last look.
        let rate: Double
        /// Bytes per second, since the last look.
        let byteRate: Double
        let errors: UInt64
        /// Time until the answer, for what asks.
        let p50: Duration?
        let p95: Duration?
    }

    private struct Sum: Sendable {
        var count: UInt64 = 0
        var errors: UInt64 = 0
        var recent: UInt64 = 0
        var recentBytes: UInt64 = 0
        var times = Distribution(capacity: 512)

        mutating func add(_ size: UInt64, isError: Bool) {
            count += 1
            recent += 1
            recentBytes += size
            if isError { errors += 1 }
        }

        mutating func rest() { (recent, recentBytes) = (0, 0) }
    }

    private let grouping: Grouping
    private let mostRows: Int
    private var sums: [String: Sum] = [:]
    private var pairs = Pairs()

    /// What exceeds the table's rows is counted under this name.
    static let others = "(others)"

    init(by grouping: Grouping, mostRows: Int = 4_096) {
        self.grouping = grouping
        self.mostRows = mostRows
    }

    /// Questions without an answer so far.
    var unanswered: Int { pairs.unanswered.count }

    /// Counts a message when it leaves, and a round trip when its answer arrives.
    mutating func take(_ sighting: Sighting, isWanted: Bool) {
        if let pair = pairs.take(sighting), sums[name(of: pair.question)] != nil {
            sums[name(of: pair.question)]?.times.take(pair.latency)
        }
        guard isWanted, sighting.direction == .out else { return }
        let own = name(of: sighting)
        let name = sums[own] != nil || sums.count < mostRows ? own : Self.others
        sums[name, default: Sum()].add(UInt64(clamping: sighting.totalBytes), isError: sighting.isError)
    }

    private func name(of sighting: Sighting) -> String {
        switch grouping {
        case .kind: sighting.header.kind
        case .source: "\(sighting.header.service)/\(sighting.header.instance)"
        case .job: sighting.header.job ?? "(no job)"
        case .link: sighting.link
        }
    }

    /// The rows, busiest first, and a new beginning for the rates.
    mutating func look(after time: Duration) -> [Row] {
        let seconds = max(1e-3, Double(Filter.microseconds(time)) / 1e6)
        let rows = sums.map { name, sum in
            Row(
                name: name,
                count: sum.count,
                rate: Double(sum.recent) / seconds,
                byteRate: Double(sum.recentBytes) / seconds,
                errors: sum.errors,
                p50: sum.times.percentile(50),
                p95: sum.times.percentile(95)
            )
        }
        for name in sums.keys { sums[name]?.rest() }
        return rows.sorted { ($1.rate, $1.count, $0.name) < ($0.rate, $0.count, $1.name) }
    }
}
