import HTTP
import Providers
import Telemetry

/// What calls to providers come to, as metrics.
///
/// Labels are connector types, codes, and the models of the price table: closed sets. Each type's metrics are made at
/// its first call; a call costs a look-up by type and some atomic additions.
@NetLoop
final class CallMeters {
    private static let calls = Metrics.counters(.calls)
    private static let seconds = Metrics.histograms(.callSeconds)
    private static let inFlight = Metrics.gauges(.callsInFlight)
    private static let firstByte = Metrics.histograms(.firstByteSeconds)
    private static let firstToken = Metrics.histograms(.firstTokenSeconds)
    private static let overhead = Metrics.histogram(.overheadSeconds)
    private static let streams = Metrics.counters(.streams)
    private static let tokens = Metrics.counters(.tokens)
    private nonisolated static let cost = Metrics.sums(.cost)
    private nonisolated static let unpriced = Metrics.counters(.unpriced)
    /// What a model is called that has no row in the price table.
    private nonisolated static let otherModel = "other"

    /// The metrics of one connector type.
    private final class Meter {
        struct Ending: Hashable {
            let purpose: CallRow.Purpose
            let outcome: CallRow.Outcome
        }

        struct Model {
            let tokensIn: Counter
            let tokensOut: Counter
            let cost: Sum
        }

        let firstByte: Histogram
        let firstToken: Histogram
        let unpriced: Counter
        var seconds: [CallRow.Purpose: Histogram] = [:]
        var endings: [Ending: Counter] = [:]
        var streams: [String: Counter] = [:]
        var models: [String: Model] = [:]

        @NetLoop
        init(_ type: String) {
            firstByte = CallMeters.firstByte.with(type)
            firstToken = CallMeters.firstToken.with(type)
            unpriced = CallMeters.unpriced.with(type)
        }
    }

    private let prices: Prices
    private var meters: [String: Meter] = [:]
    private let underWay: [CallRow.Purpose: Gauge]

    init(prices: Prices) {
        self.prices = prices
        underWay = Dictionary(
            uniqueKeysWithValues: CallRow.Purpose.allCases.map { ($0, Self.inFlight.with($0.rawValue)) }
        )
    }

    /// A call is under way.
    func began(_ purpose: CallRow.Purpose) { underWay[purpose]?.add(1) }

    /// It isn't any more.
    func left(_ purpose: CallRow.Purpose) { underWay[purpose]?.add(-1) }

    /// A call has ended.
    func count(_ row: CallRow) {
        let meter = meter(row.type)
        ending(row, meter).add()
        seconds(row, meter).observe(Double(row.latencyMs) / 1_000)
        if let time = row.timing.firstByte { meter.firstByte.observe(time) }
        if let time = row.timing.firstToken { meter.firstToken.observe(time) }
        if let time = row.timing.overhead { Self.overhead.observe(time) }
        if row.stream { stream(row, meter).add() }
        // Images are paid for by their jobs, whoever asked for them: see `image`.
        guard row.purpose != .image, row.tokensIn != nil || row.tokensOut != nil else { return }
        let model = model(row, meter)
        model.tokensIn.add(row.tokensIn ?? 0)
        model.tokensOut.add(row.tokensOut ?? 0)
        if let cost = row.costUSD { model.cost.add(cost) } else { meter.unpriced.add() }
    }

    /// An image was made, by whatever way it was asked for.
    nonisolated static func image(type: String, model: String, costUSD: Double?, prices: Prices) {
        guard let costUSD else { return unpriced.with(type).add() }
        cost.with(type, prices.row(type: type, model: model) ?? otherModel).add(costUSD)
    }

    private func meter(_ type: String) -> Meter {
        if let meter = meters[type] { return meter }
        let meter = Meter(type)
        meters[type] = meter
        return meter
    }

    private func ending(_ row: CallRow, _ meter: Meter) -> Counter {
        let ending = Meter.Ending(purpose: row.purpose, outcome: row.outcome)
        if let counter = meter.endings[ending] { return counter }
        let counter = Self.calls.with(row.purpose.rawValue, row.type, row.outcome.text)
        meter.endings[ending] = counter
        return counter
    }

    private func seconds(_ row: CallRow, _ meter: Meter) -> Histogram {
        if let histogram = meter.seconds[row.purpose] { return histogram }
        let histogram = Self.seconds.with(row.purpose.rawValue, row.type)
        meter.seconds[row.purpose] = histogram
        return histogram
    }

    private func stream(_ row: CallRow, _ meter: Meter) -> Counter {
        let ending =
            switch row.outcome {
            case .succeeded: "done"
            case .cancelled: "cancelled"
            case .failed: "error"
            }
        if let counter = meter.streams[ending] { return counter }
        let counter = Self.streams.with(row.type, ending)
        meter.streams[ending] = counter
        return counter
    }

    private func model(_ row: CallRow, _ meter: Meter) -> Meter.Model {
        let name = prices.row(type: row.type, model: row.model) ?? Self.otherModel
        if let model = meter.models[name] { return model }
        let model = Meter.Model(
            tokensIn: Self.tokens.with(row.type, name, "in"),
            tokensOut: Self.tokens.with(row.type, name, "out"),
            cost: Self.cost.with(row.type, name)
        )
        meter.models[name] = model
        return model
    }
}
