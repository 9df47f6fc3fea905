/// One metric: its name, and all that `/metrics` and `deploy/dashboards/METRICS.md` say about it.
///
/// Names follow Prometheus: `martlet_<what>_<unit>` in base units, counters end in `_total`. Labels take values from
/// closed sets (codes, kinds, types, services), never from what a caller wrote.
public struct Instrument: Sendable, Hashable {
    /// How its values behave.
    public enum Form: String, Sendable, CaseIterable {
        /// A count that only rises.
        case counter
        /// A value that goes up and down.
        case gauge
        /// A distribution over buckets.
        case histogram
    }

    /// Metrics of one subject.
    public struct Group: Sendable {
        /// Its title.
        public let title: String
        /// The metrics.
        public let instruments: [Instrument]

        init(_ title: String, _ instruments: [Instrument]) {
            self.title = title
            self.instruments = instruments
        }
    }

    /// The metric's name.
    public let name: String
    /// How its values behave.
    public let form: Form
    /// What a value counts, for people: `seconds`, `bytes`, `requests`.
    public let unit: String
    /// The labels' names, in the order in which values are given.
    public let labels: [String]
    /// What it says, in a sentence.
    public let meaning: String

    /// A metric. Those of the services stand in ``groups``; tests make their own.
    public init(_ form: Form, _ name: String, _ unit: String, labels: [String] = [], _ meaning: String) {
        self.form = form
        self.name = name
        self.unit = unit
        self.labels = labels
        self.meaning = meaning
    }

    /// Every metric of every service, by subject.
    public static let groups: [Group] = [
        Group("Traffic", traffic),
        Group("Providers", providers),
        Group("Image jobs", images),
        Group("Services", services),
        Group("Audit and outbox", audit),
        Group("Health", health),
        Group("Bus and tap", bus),
        Group("Storage", storage),
        Group("Process", process),
    ]
}
