/// The steps that bring a database's schema to the present, in order and each once.
///
/// `user_version` counts the steps done; each runs in a transaction of its own together with its count. A step that
/// was released is never edited: what must change becomes another step.
public struct Migrations: Sendable {
    /// One step.
    public struct Step: Sendable {
        let name: String
        let body: @Sendable (Connection) throws -> Void

        /// A step in SQL, possibly several statements.
        public static func sql(_ name: String, _ script: String) -> Step {
            Step(name: name) { try $0.execute(script) }
        }

        /// A step that needs code.
        public static func code(_ name: String, _ body: @escaping @Sendable (Connection) throws -> Void) -> Step {
            Step(name: name, body: body)
        }
    }

    private let steps: [Step]

    /// Steps in their order.
    public init(_ steps: [Step]) { self.steps = steps }

    /// How many steps there are: the newest schema's number.
    public var count: Int { steps.count }

    /// The first of the steps: an older version's schema.
    public func upTo(_ count: Int) -> Migrations { Migrations(Array(steps.prefix(count))) }

    /// Does the steps that the database lacks, and says how many there were.
    ///
    /// Throws `.newerSchema` for a file that a newer version made: an older one would not know what it breaks.
    @discardableResult
    public func apply(to connection: Connection) throws -> Int {
        let done = try connection.int("PRAGMA user_version") ?? 0
        guard done <= steps.count else {
            throw SQLiteError(
                .newerSchema,
                """
                \(connection.path) has schema \(done), this version knows \(steps.count): a newer version made it. \
                Start that version again, or put back the copy from before the upgrade.
                """
            )
        }
        for (index, step) in steps.enumerated().dropFirst(done) {
            try connection.transaction {
                try step.body(connection)
                try connection.execute("PRAGMA user_version=\(index + 1)")
            }
        }
        return steps.count - done
    }
}
