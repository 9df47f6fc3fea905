/// The metrics of this process, as Prometheus text.
///
/// What there is stands in ``Instrument/groups``. A metric is made once, kept in a `static let`, and costs one atomic
/// addition per event. Asking for the same instrument again gives the same metric.
public enum Metrics {
    /// The registry behind the functions here.
    public static let registry = Registry()

    /// A count that only rises.
    public static func counter(_ instrument: Instrument) -> Counter { registry.counters(instrument).with() }

    /// Counts that differ in labels.
    public static func counters(_ instrument: Instrument) -> Family<Counter> { registry.counters(instrument) }

    /// Sums that only rise and are no whole numbers, such as money.
    public static func sums(_ instrument: Instrument) -> Family<Sum> { registry.sums(instrument) }

    /// A value that goes up and down.
    public static func gauge(_ instrument: Instrument) -> Gauge { registry.gauges(instrument).with() }

    /// Values that differ in labels.
    public static func gauges(_ instrument: Instrument) -> Family<Gauge> { registry.gauges(instrument) }

    /// Values that somebody else counts and tells now and then.
    public static func readings(_ instrument: Instrument) -> Family<Gauge> { registry.readings(instrument) }

    /// A distribution, of seconds unless other bounds are given.
    public static func histogram(_ instrument: Instrument, buckets: [Double] = Histogram.seconds) -> Histogram {
        registry.histograms(instrument, buckets: buckets).with()
    }

    /// Distributions that differ in labels.
    public static func histograms(
        _ instrument: Instrument,
        buckets: [Double] = Histogram.seconds
    ) -> Family<Histogram> {
        registry.histograms(instrument, buckets: buckets)
    }

    /// A value that is read when it is asked for; `read` runs on the asking thread and must not wait.
    public static func watch(_ instrument: Instrument, _ read: @escaping @Sendable () -> Double) {
        registry.watch(instrument, read)
    }

    /// Everything in Prometheus' text format 0.0.4, sorted by name.
    public static func text() -> [UInt8] { registry.text() }
}
