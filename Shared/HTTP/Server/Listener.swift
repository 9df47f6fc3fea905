/// A server on one address: takes connections, reads requests, and gives each to the handler in a task of its own.
@NetLoop
public final class Listener {
    /// What answers an exchange. Throwing an ``HTTPError`` from ``Exchange/body(limit:)`` through gives 413 or 408;
    /// throwing anything else, or returning without an answer, gives 500.
    public typealias Handler = @NetLoop (Exchange) async throws -> Void

    /// The bounds.
    public let limits: ServerLimits
    /// The port that was bound: the real one when 0 was asked for.
    public let port: Int

    /// Binds and listens.
    ///
    /// - Parameters:
    ///   - address: `127.0.0.1:8080`, `[::1]:0`, `0.0.0.0:80`; `localhost` is 127.0.0.1 and an empty host is every
    ///     address. Other names are not resolved: that would block.
    ///   - errorBody: makes the body of what the server answers by itself.
    public init(
        address: String,
        limits: ServerLimits = ServerLimits(),
        errorBody: @escaping ErrorBody = openAIErrorBody,
        handler: @escaping Handler
    ) throws(HTTPError) {
        self.limits = limits
        port = 0
    }

    /// Connections at this moment.
    public var connectionCount: Int { 0 }

    /// Stops accepting, closes idle connections, lets exchanges finish within that time, then cuts them.
    public func drain(within time: Duration) async {}

    /// Cuts everything now.
    public func close() {}
}
