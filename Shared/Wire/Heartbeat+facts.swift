internal import JSON

extension Heartbeat {
    /// A number that a service tells of itself beside what every service tells, for people who look: `slots`, `overdue`.
    /// Nothing is decided by one.
    public struct Fact: Sendable, Hashable {
        /// Lower case with underscores, at most 48 bytes.
        public var name: String
        /// Whatever the name says; times are microseconds since 1970 on the sender's wall clock.
        public var value: Int64

        /// A fact.
        public init(_ name: String, _ value: Int64) {
            self.name = name
            self.value = value
        }
    }

    /// Facts of one heartbeat; more are not read.
    public static let factLimit = 32

    /// The numbers among the members; what else a later version may put there is passed over.
    static func facts(_ members: Members) throws(WireError) -> [Fact] {
        let fields = try members.optionalObject("facts")?.object ?? []
        return fields.prefix(factLimit).compactMap { field in
            guard field.name.utf8.count <= 48, let value = field.value.int else { return nil }
            return Fact(field.name, value)
        }
    }
}

extension JSONWriter {
    /// Facts as an object; nothing when there are none.
    mutating func facts(_ facts: [Heartbeat.Fact]) {
        guard !facts.isEmpty else { return }
        field("facts") { writer in
            for fact in facts.prefix(Heartbeat.factLimit) { writer.field(fact.name, fact.value) }
        }
    }
}
