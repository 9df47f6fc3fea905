/// The metrics of this process, as Prometheus text.
///
/// A metric is made once, kept in a `static let`, and costs one atomic addition per event. Asking for the same name
/// again gives the same metric. Names follow Prometheus: `martlet_<what>_<unit>`, counters end in `_total`, times are
/// in seconds. Labels are few and bounded: see ``Family``.
public enum Metrics {
    /// The registry behind the functions here.
    public static let registry = Registry()

    /// A count that only rises.
    public static func counter(_ name: String, _ help: String) -> Counter {
        registry.counters(name, help, labels: []).with()
    }

    /// Counts that differ in labels.
    public static func counters(_ name: String, _ help: String, labels: [String]) -> Family<Counter> {
        registry.counters(name, help, labels: labels)
    }

    /// A value that goes up and down.
    public static func gauge(_ name: String, _ help: String) -> Gauge {
        registry.gauges(name, help, labels: []).with()
    }

    /// Values that differ in labels.
    public static func gauges(_ name: String, _ help: String, labels: [String]) -> Family<Gauge> {
        registry.gauges(name, help, labels: labels)
    }

    /// A distribution, in seconds unless its name says otherwise.
    public static func histogram(_ name: String, _ help: String, buckets: [Double] = Histogram.seconds) -> Histogram {
        registry.histograms(name, help, labels: [], buckets: buckets).with()
    }

    /// Distributions that differ in labels.
    public static func histograms(
        _ name: String,
        _ help: String,
        labels: [String],
        buckets: [Double] = Histogram.seconds
    ) -> Family<Histogram> {
        registry.histograms(name, help, labels: labels, buckets: buckets)
    }

    /// A gauge that is read when it is asked for; `read` runs on the asking thread and must not wait.
    public static func watch(_ name: String, _ help: String, _ read: @escaping @Sendable () -> Double) {
        registry.watch(name, help, read)
    }

    /// Everything in Prometheus' text format 0.0.4, sorted by name.
    public static func text() -> [UInt8] { registry.text() }
}
