import Loop
import Wire

/// What live traffic shows of the connectors, gathered for the health monitor: a machine.
///
/// A call that succeeded speaks for its connector; one that failed by the provider's fault speaks against it. What the
/// caller did wrong, a rate limit and a refused prompt say nothing. A window is told when it holds a failure, or a
/// success of a connector that isn't known to be well: good news of a good connector is no news.
struct TrafficEvidence {
    private static let mostConnectors = 1_024
    private static let mostLatencies = 64

    private struct Tally {
        var succeeded = 0
        var failed = 0
        var code: String?
        var latencies: [Int64] = []
        /// The earliest start of a call that counts, so that a success is not taken for younger than it is.
        var begin: Moment
    }

    private var tallies: [String: Tally] = [:]

    var isEmpty: Bool { tallies.isEmpty }

    /// Takes a call that has ended now.
    mutating func observe(_ row: CallRow, now: Moment) {
        let failure: String?
        switch row.outcome {
        case .succeeded: failure = nil
        case .failed(let code) where Self.providersFault.contains(code): failure = code.rawValue
        case .failed, .cancelled: return
        }
        guard tallies[row.connectorID] != nil || tallies.count < Self.mostConnectors else { return }
        let begin = now - .milliseconds(row.latencyMs)
        var tally = tallies[row.connectorID] ?? Tally(begin: begin)
        tally.begin = min(tally.begin, begin)
        if let failure {
            tally.failed += 1
            tally.code = failure
        } else {
            tally.succeeded += 1
            if tally.latencies.count < Self.mostLatencies { tally.latencies.append(row.latencyMs) }
        }
        tallies[row.connectorID] = tally
    }

    private static let providersFault: Set<GatewayError.Code> = [
        .authInvalid, .providerUnavailable, .timeout, .malformedResponse,
    ]

    /// Ends the window.
    mutating func take(now: Moment, isWell: (String) -> Bool) -> [HealthSignal] {
        defer { tallies.removeAll(keepingCapacity: true) }
        return tallies.sorted { $0.key < $1.key }.compactMap { id, tally in
            guard tally.failed > 0 || !isWell(id) else { return nil }
            let slow = tally.latencies.sorted()
            return HealthSignal(
                connector: id,
                succeeded: tally.succeeded,
                failed: tally.failed,
                code: tally.code,
                latencyMs: slow.isEmpty ? nil : Int(slow[(slow.count - 1) * 19 / 20]),
                windowMs: Int((now - tally.begin).milliseconds)
            )
        }
    }
}
