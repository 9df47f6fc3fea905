/// A command line that can't be obeyed, with a sentence that says what to write instead.
struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
