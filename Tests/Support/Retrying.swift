import Loop

/// What `body` returns, tried again for as long as it throws what passes; throws the last error once the time is up.
///
/// For an address that is bound a second time: libzmq closes the socket before it in the background.
public func retrying<T>(
    within limit: Duration = .seconds(10),
    while passes: (any Error) -> Bool,
    _ body: () async throws -> T
) async throws -> T {
    let deadline = Moment.now + limit
    while true {
        do {
            return try await body()
        } catch {
            guard passes(error), Moment.now < deadline else { throw error }
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
