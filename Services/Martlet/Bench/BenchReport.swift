import JSON
import Loop

/// What one arm did in one round of one case.
struct BenchPoint: Equatable {
    var requestsPerSecond = 0.0
    var p50 = 0.0
    var p95 = 0.0
    var p99 = 0.0
    var firstByteP50 = 0.0
    /// µs of processor time per request, of the measured process.
    var cpuPerRequest: Double?
    /// µs of processor time per event of a stream.
    var cpuPerEvent: Double?
    var failures = 0.0

    /// Microseconds and rates from what the generator counted and the processor time that the process took.
    ///
    /// Throws when nothing was answered: silence would otherwise read as 0 µs, the best figure of all.
    init(_ sample: LoadGenerator.Sample, cpu: Duration?, through arm: String) throws(CommandError) {
        guard sample.requests > 0 else {
            throw CommandError(
                .failed,
                "no answer through \(arm) in a whole round: it hangs, or the machine is too busy"
            )
        }
        let seconds = max(sample.elapsed.seconds, 0.001)
        let sorted = sample.latencies.sorted()
        requestsPerSecond = Double(sample.requests) / seconds
        p50 = Self.percentile(sorted, 0.50)
        p95 = Self.percentile(sorted, 0.95)
        p99 = Self.percentile(sorted, 0.99)
        firstByteP50 = Self.percentile(sample.firstBytes.sorted(), 0.50)
        failures = Double(sample.failures)
        guard let cpu else { return }
        let microseconds = Double(cpu.nanoseconds) / 1_000
        cpuPerRequest = microseconds / Double(sample.requests)
        if sample.events > 1 { cpuPerEvent = microseconds / Double(sample.events) }
    }

    init() {}

    /// The value below which that share lies, in µs; 0 of nothing.
    static func percentile(_ sorted: [Int64], _ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let index = min(sorted.count - 1, Int(Double(sorted.count) * share))
        return Double(sorted[index]) / 1_000
    }

    static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Each figure's median over the rounds.
    static func median(of points: [BenchPoint]) -> BenchPoint {
        func middle(_ value: (BenchPoint) -> Double?) -> Double? { median(points.compactMap(value)) }
        var result = BenchPoint()
        result.requestsPerSecond = middle(\.requestsPerSecond) ?? 0
        result.p50 = middle(\.p50) ?? 0
        result.p95 = middle(\.p95) ?? 0
        result.p99 = middle(\.p99) ?? 0
        result.firstByteP50 = middle(\.firstByteP50) ?? 0
        result.cpuPerRequest = middle(\.cpuPerRequest)
        result.cpuPerEvent = middle(\.cpuPerEvent)
        result.failures = points.map(\.failures).reduce(0, +)
        return result
    }
}

/// One load: how many connections, and whether the answers are streams.
struct BenchCase: Hashable {
    let streams: Bool
    let connections: Int

    var name: String { "\(streams ? "stream" : "blocking") × \(connections)" }
}

/// All points of a run.
struct BenchReport {
    static let direct = "direct"

    private(set) var points: [BenchCase: [String: [BenchPoint]]] = [:]
    private(set) var order: [(load: BenchCase, arm: String)] = []
    /// Bytes by service, before the load and after it.
    var memory: [(service: String, idle: Int, loaded: Int)] = []
    /// The kernel's load average before and after: what else ran on the machine.
    var load: (before: String, after: String) = ("", "")
    /// From starting `martlet up` to the first answered chat request.
    var startToAnswer: Duration?

    mutating func add(_ point: BenchPoint, _ load: BenchCase, arm: String) {
        if points[load]?[arm] == nil { order.append((load, arm)) }
        points[load, default: [:]][arm, default: []].append(point)
    }

    /// The median over the rounds of the p50 beyond the direct one's of the same round, in µs.
    func addedP50(_ load: BenchCase, arm: String) -> Double? {
        guard arm != Self.direct, let own = points[load]?[arm], let direct = points[load]?[Self.direct] else {
            return nil
        }
        return BenchPoint.median(zip(own, direct).map { $0.p50 - $1.p50 })
    }

    /// Rows for people.
    var table: (heads: [String], rows: [[String]]) {
        let heads = [
            "load", "through", "req/s", "p50 µs", "p95 µs", "p99 µs", "first byte", "added p50", "CPU µs/req",
            "CPU µs/event",
            "failed",
        ]
        let rows = order.map { load, arm in
            let point = BenchPoint.median(of: points[load]?[arm] ?? [])
            return [
                load.name, arm, Self.text(point.requestsPerSecond), Self.text(point.p50), Self.text(point.p95),
                Self.text(point.p99), Self.text(point.firstByteP50), Self.text(addedP50(load, arm: arm)),
                Self.text(point.cpuPerRequest, 1), load.streams ? Self.text(point.cpuPerEvent, 1) : "–",
                Self.text(point.failures),
            ]
        }
        return (heads, rows)
    }

    /// The same for scripts; times in µs, memory in bytes.
    var json: JSONValue {
        let results = order.map { load, arm -> JSONValue in
            let rounds = points[load]?[arm] ?? []
            let point = BenchPoint.median(of: rounds)
            return [
                "arm": .string(arm), "stream": .bool(load.streams), "connections": JSONValue(load.connections),
                "rounds": JSONValue(rounds.count), "requests_per_second": JSONValue(point.requestsPerSecond),
                "p50_us": JSONValue(point.p50), "p95_us": JSONValue(point.p95), "p99_us": JSONValue(point.p99),
                "first_byte_p50_us": JSONValue(point.firstByteP50),
                "added_p50_us": addedP50(load, arm: arm).map { JSONValue($0) } ?? .null,
                "cpu_us_per_request": point.cpuPerRequest.map { JSONValue($0) } ?? .null,
                "cpu_us_per_event": point.cpuPerEvent.map { JSONValue($0) } ?? .null,
                "failures": JSONValue(Int(point.failures)),
                "requests_per_second_by_round": .array(rounds.map { JSONValue($0.requestsPerSecond) }),
                "p50_us_by_round": .array(rounds.map { JSONValue($0.p50) }),
            ]
        }
        let memory = memory.map { row -> JSONValue in
            [
                "service": .string(row.service), "idle_bytes": JSONValue(row.idle),
                "loaded_bytes": JSONValue(row.loaded),
            ]
        }
        return [
            "results": .array(results), "memory": .array(memory),
            "load_average_before": .string(load.before), "load_average_after": .string(load.after),
            "start_to_first_answer_ms": startToAnswer.map { JSONValue($0.milliseconds) } ?? .null,
        ]
    }

    /// With that many digits behind the point.
    static func text(_ value: Double?, _ digits: Int = 0) -> String {
        guard let value else { return "–" }
        guard digits > 0 else { return "\(Int(value.rounded()))" }
        let scaled = Int((value * 10).rounded())
        return "\(scaled < 0 ? "-" : "")\(abs(scaled) / 10).\(abs(scaled) % 10)"
    }
}
