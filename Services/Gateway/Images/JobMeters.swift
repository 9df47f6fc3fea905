import Bus
import Loop
import Providers
import Telemetry

/// What image jobs come to, as metrics. On the bus's thread.
@BusLoop
final class JobMeters {
    private static let ended = Metrics.counters(.imagesEnded)
    private static let seconds = Metrics.histogram(.imageSeconds)
    private static let leases = Metrics.counter(.imageLeases)
    private static let requeues = Metrics.counters(.imageRequeues)
    private static let settleSeconds = Metrics.histogram(.imageSettleSeconds)
    private static let failures = Metrics.counters(.imageFailures)

    /// What was ordered for an image that a worker has.
    private struct Order {
        let type: String
        let model: String
    }

    private let prices: Prices
    private var orders: [String: Order] = [:]
    private var deliveries: [String: Moment] = [:]

    nonisolated init(prices: Prices) {
        self.prices = prices
    }

    /// An image goes to a worker.
    func offered(_ unit: String, type: String, model: String) {
        orders[unit] = Order(type: type, model: model)
    }

    /// A picture came.
    func delivered(_ unit: String) {
        if deliveries[unit] == nil { deliveries[unit] = .now }
    }

    /// A change is on disk. `arrived` is when the image came to the board.
    func committed(_ change: JobBoard.Change, costUSD: Double?, arrived: Moment?) {
        switch change.kind {
        case .leased: Self.leases.add()
        case .requeued(let why, _, _): Self.requeues.with(why.rawValue).add()
        case .checkpoint, .cancelRequested: break
        case .done:
            if let came = deliveries[change.unit] { Self.settleSeconds.observe(Moment.now - came) }
            if let order = orders[change.unit] {
                CallMeters.image(type: order.type, model: order.model, costUSD: costUSD, prices: prices)
            }
            end(change.unit, "done", arrived)
        case .failed(let failure):
            Self.failures.with(Self.known(failure.code)).add()
            end(change.unit, "failed", arrived)
        case .cancelled:
            end(change.unit, "cancelled", arrived)
        }
    }

    /// A code as a label: a worker of another version may know others.
    private static func known(_ code: String) -> String {
        GatewayError.Code(rawValue: code) != nil || code == JobBoard.Failure.poisonCode ? code : "other"
    }

    private func end(_ unit: String, _ outcome: String, _ arrived: Moment?) {
        orders[unit] = nil
        deliveries[unit] = nil
        Self.ended.with(outcome).add()
        if let arrived { Self.seconds.observe(Moment.now - arrived) }
    }
}
