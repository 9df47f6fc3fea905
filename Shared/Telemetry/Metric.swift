import Synchronization

/// What a ``Family`` holds one of per set of labels.
public protocol Metric: AnyObject, Sendable {
    /// Appends this metric's samples. `labels` is the inside of the braces, possibly empty.
    func write(name: String, labels: String, into text: inout String)
}

/// A count that only rises. Any thread.
public final class Counter: Metric {
    private let count = Atomic<UInt64>(0)

    init() {}

    /// Adds to the count.
    public func add(_ amount: Int = 1) { count.wrappingAdd(UInt64(max(0, amount)), ordering: .relaxed) }

    /// The count so far.
    public var value: UInt64 { count.load(ordering: .relaxed) }

    /// Appends one sample.
    public func write(name: String, labels: String, into text: inout String) {
        Sample.append(name, labels, String(value), to: &text)
    }
}

/// A value that goes up and down. Any thread.
public final class Gauge: Metric {
    private let bits = Atomic<UInt64>(0)

    init() {}

    /// Replaces the value.
    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    /// Replaces the value.
    public func set(_ value: Int) { set(Double(value)) }

    /// Adds to the value, or takes from it.
    public func add(_ amount: Double) { bits.add(amount) }

    /// The present value.
    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    /// Appends one sample.
    public func write(name: String, labels: String, into text: inout String) {
        Sample.append(name, labels, Sample.number(value), to: &text)
    }
}

/// A sum that only rises and need not be whole. Any thread.
public final class Sum: Metric {
    private let bits = Atomic<UInt64>(0)

    init() {}

    /// Adds to the sum; what is negative or no number changes nothing.
    public func add(_ amount: Double) {
        if amount > 0, amount.isFinite { bits.add(amount) }
    }

    /// The sum so far.
    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    /// Appends one sample.
    public func write(name: String, labels: String, into text: inout String) {
        Sample.append(name, labels, Sample.number(value), to: &text)
    }
}

/// A distribution over fixed buckets. Any thread; a reader may see a sum that is one observation ahead of the buckets.
public final class Histogram: Metric {
    /// Bounds for times, in seconds: 100 µs to two minutes, which covers the gateway's own work and a provider's.
    public static let seconds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
        120,
    ]
    /// Bounds for counts such as a batch's size: powers of two up to 1,024.
    public static let sizes: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]

    private let bounds: [Double]
    private let cells: [Counter]
    private let sum = Atomic<UInt64>(0)

    init(bounds: [Double]) {
        self.bounds = bounds
        cells = (0...bounds.count).map { _ in Counter() }
    }

    /// Takes one observation.
    public func observe(_ value: Double) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        cells[index].add()
        sum.add(value)
    }

    /// Takes a time, as seconds.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) / 1e18)
    }

    /// How many observations there were.
    public var count: UInt64 { cells.reduce(0) { $0 + $1.value } }

    /// Appends the cumulative buckets, the sum and the count.
    public func write(name: String, labels: String, into text: inout String) {
        let lead = labels.isEmpty ? "" : labels + ","
        var total: UInt64 = 0
        for (index, cell) in cells.enumerated() {
            total += cell.value
            let bound = index < bounds.count ? Sample.number(bounds[index]) : "+Inf"
            Sample.append(name + "_bucket", "\(lead)le=\"\(bound)\"", String(total), to: &text)
        }
        let sum = Double(bitPattern: sum.load(ordering: .relaxed))
        Sample.append(name + "_sum", labels, Sample.number(sum), to: &text)
        Sample.append(name + "_count", labels, String(total), to: &text)
    }
}

extension Atomic<UInt64> {
    /// Adds to the double whose bits this atomic holds.
    fileprivate borrowing func add(_ amount: Double) {
        var seen = load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: seen) + amount).bitPattern
            let (exchanged, original) = weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }
}

enum Sample {
    static func append(_ name: String, _ labels: String, _ value: String, to text: inout String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// A double as Prometheus writes it: whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return value.description
    }
}
