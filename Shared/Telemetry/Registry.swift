import Synchronization

/// Metrics of one name that differ in their labels.
///
/// At most 256 sets of labels are kept apart; what comes later is counted together under `other`, so a caller's input
/// can't grow the registry without bound. Keep the metric that ``with(_:)`` gives where the path is hot: the look-up
/// takes a lock.
public final class Family<Kind: Metric>: Sendable {
    /// How many sets of labels are kept apart.
    public static var limit: Int { 256 }

    let name: String
    let labels: [String]
    private let make: @Sendable () -> Kind
    private let members = Mutex<[[String]: Kind]>([:])

    init(name: String, labels: [String], make: @escaping @Sendable () -> Kind) {
        self.name = name
        self.labels = labels
        self.make = make
    }

    /// The metric of these label values, which stand in the order of the label names.
    public func with(_ values: String...) -> Kind {
        precondition(values.count == labels.count, "metric \(name) has \(labels.count) labels")
        return members.withLock { members in
            if let member = members[values] { return member }
            let key = members.count < Self.limit ? values : labels.map { _ in "other" }
            if let member = members[key] { return member }
            let member = make()
            members[key] = member
            return member
        }
    }

    /// Forgets the metrics of labels that `stays` denies: for what is looked at, not counted, and may be gone.
    public func keep(_ stays: ([String]) -> Bool) {
        members.withLock { members in members = members.filter { stays($0.key) } }
    }

    func write(into text: inout String) {
        let sorted = members.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (values, member) in sorted {
            let pairs = zip(labels, values).map { "\($0)=\"\(Self.escaped($1))\"" }
            member.write(name: name, labels: pairs.joined(separator: ","), into: &text)
        }
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars.prefix(128) {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

/// Metrics by name. A process has one (``Metrics``); tests make their own.
public final class Registry: Sendable {
    private struct Entry: Sendable {
        let instrument: Instrument
        let family: any Sendable
        let write: @Sendable (inout String) -> Void
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// An empty registry.
    public init() {}

    /// Counts that differ in labels.
    public func counters(_ instrument: Instrument) -> Family<Counter> { family(instrument, .counter) { Counter() } }

    /// Sums that differ in labels.
    public func sums(_ instrument: Instrument) -> Family<Sum> { family(instrument, .counter) { Sum() } }

    /// Values that differ in labels.
    public func gauges(_ instrument: Instrument) -> Family<Gauge> { family(instrument, .gauge) { Gauge() } }

    /// Values that somebody else counts and tells now and then, whether they only rise or not.
    public func readings(_ instrument: Instrument) -> Family<Gauge> { family(instrument, instrument.form) { Gauge() } }

    /// Distributions that differ in labels; `buckets` are upper bounds in rising order.
    public func histograms(_ instrument: Instrument, buckets: [Double]) -> Family<Histogram> {
        family(instrument, .histogram) { Histogram(bounds: buckets) }
    }

    /// A value that is read when it is asked for.
    public func watch(_ instrument: Instrument, _ read: @escaping @Sendable () -> Double) {
        let entry = Entry(instrument: instrument, family: 0) { text in
            Sample.append(instrument.name, "", Sample.number(read()), to: &text)
        }
        entries.withLock { $0[instrument.name] = entry }
    }

    /// Everything in Prometheus' text format 0.0.4, sorted by name.
    public func text() -> [UInt8] {
        var text = ""
        for (name, entry) in entries.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            let instrument = entry.instrument
            text += "# HELP \(name) \(instrument.meaning)\n# TYPE \(name) \(instrument.form.rawValue)\n"
            entry.write(&text)
        }
        return Array(text.utf8)
    }

    private func family<Kind: Metric>(
        _ instrument: Instrument,
        _ form: Instrument.Form,
        _ make: @escaping @Sendable () -> Kind
    ) -> Family<Kind> {
        // Instruments are literals in the code, so only its writer can have mixed them up.
        precondition(instrument.form == form, "metric \(instrument.name) is a \(instrument.form.rawValue)")
        return entries.withLock { entries in
            if let entry = entries[instrument.name] {
                guard let family = entry.family as? Family<Kind>, entry.instrument == instrument else {
                    preconditionFailure("metric \(instrument.name) exists with another type or other labels")
                }
                return family
            }
            let family = Family<Kind>(name: instrument.name, labels: instrument.labels, make: make)
            entries[instrument.name] = Entry(instrument: instrument, family: family) { family.write(into: &$0) }
            return family
        }
    }
}
