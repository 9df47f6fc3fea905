import Loop
import Support
import Synchronization

/// Chat calls without a pause, one after the other on each of a few lanes, until it is stopped.
final class ChatLoad: Sendable {
    /// How calls went.
    struct Record: Sendable {
        var latencies: [Duration] = []
        /// What wasn't answered with status 200, in words.
        var failures: [String] = []

        /// The time within which that part of the calls was answered.
        func quantile(_ part: Double) -> Duration {
            let sorted = latencies.sorted()
            guard !sorted.isEmpty else { return .zero }
            return sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
        }

        var text: String {
            let (p50, p99) = (quantile(0.5).milliseconds, quantile(0.99).milliseconds)
            return "\(latencies.count) calls, p50 \(p50) ms, p99 \(p99) ms, \(failures.count) failures"
        }
    }

    private final class Ledger: Sendable {
        let record = Mutex(Record())
        let isOver = Atomic(false)
    }

    private let ledger = Ledger()
    private let tasks: [Task<Void, Never>]

    init(_ cluster: some GatewayCalls, lanes: Int = 4, model: String = "sim-fast") {
        let (url, key, ledger) = (cluster.url + "/v1/chat/completions", cluster.key, ledger)
        let body = #"{"model":"\#(model)","messages":[{"role":"user","content":"hi"}]}"#
        tasks = (0..<lanes).map { _ in
            Task {
                while !ledger.isOver.load(ordering: .relaxed) {
                    let start = Moment.now
                    var failure: String?
                    do {
                        let headers = [("authorization", "Bearer \(key)")]
                        let answer = try await Calls.call("POST", url, body, headers: headers)
                        if answer.status != 200 { failure = "\(answer.status) \(answer.text)" }
                    } catch {
                        failure = "\(error)"
                    }
                    let time = Moment.now - start
                    ledger.record.withLock { record in
                        record.latencies.append(time)
                        if let failure { record.failures.append(failure) }
                    }
                }
            }
        }
    }

    /// How many calls are on record.
    var count: Int { ledger.record.withLock { $0.latencies.count } }

    /// What is on record so far; the record begins anew.
    func take() -> Record {
        ledger.record.withLock { record in
            defer { record = Record() }
            return record
        }
    }

    /// Waits for the calls under way, and gives what was not taken yet.
    func stop() async -> Record {
        ledger.isOver.store(true, ordering: .relaxed)
        for task in tasks { await task.value }
        return take()
    }
}
