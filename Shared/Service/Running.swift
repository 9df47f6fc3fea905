/// A service that has started.
public protocol Running: Sendable {
    /// What the ready line says besides the service and its pid: names and values without spaces.
    var ready: [(name: String, value: String)] { get }

    /// What keeps this service from doing its work, a short sentence each; empty when all is well. It has to visit
    /// every loop that the service can't live without, since a loop that hangs is noticed by the lack of an answer.
    var shortcomings: [String] { get async }

    /// Takes no new work and finishes what it has, within the time given. Asked for by the first signal.
    func drain(within limit: Duration) async

    /// Lets go of sockets and files. Comes after the drain; the process ends when it returns.
    func stop() async
}

extension Running {
    /// Nothing, for a service that waits for nobody.
    public var shortcomings: [String] { get async { [] } }
}

/// What a service is given to start with.
public struct LaunchContext: Sendable {
    /// The options.
    public let settings: Settings
    /// Who this process is.
    public let identity: Identity

    /// A context, made by ``Launch`` and by tests.
    public init(settings: Settings, identity: Identity) {
        self.settings = settings
        self.identity = identity
    }

    /// Ends the process at once, with the sentence on standard error: for a service that can't go on.
    public func fail(_ error: LaunchError) -> Never { Launch.end(identity.service, error) }
}
