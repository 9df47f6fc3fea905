import Loop

/// A condition that did not come true in time, with the sentence that says which.
public struct NeverHappened: Error, CustomStringConvertible {
    /// The sentence.
    public let description: String

    /// With that sentence.
    public init(description: String) { self.description = description }
}

/// Waits until `condition` holds, asking again every few milliseconds, and throws once the time is up.
///
/// For what has no event to wait for, such as another process's state. Where there is an event, wait for that.
public func eventually(
    _ what: String,
    within limit: Duration = .seconds(10),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = Moment.now + limit
    while true {
        if try await condition() { return }
        guard Moment.now < deadline else { throw NeverHappened(description: "not within \(limit): \(what)") }
        // Suspends: whoever called may be on a loop, which must go on meanwhile.
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// Lets a fault last that a test has caused. Its length is what the test is about, so there is no event to wait for.
public func lasting(_ length: Duration) async throws { try await Task.sleep(for: length) }
