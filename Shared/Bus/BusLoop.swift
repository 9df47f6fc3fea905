public import Loop

/// The thread of this process that owns its ZeroMQ sockets.
///
/// A socket of libzmq belongs to one thread. Everything that holds one is isolated to this actor, so the compiler
/// keeps the rule; nothing here may block, since every link's heartbeats leave from this thread.
@globalActor
public actor BusLoop {
    /// What the thread sleeps in.
    static let poller = Poller()

    /// The thread.
    public static let loop = Loop(name: "bus", reactor: poller)

    /// The actor behind `@BusLoop`.
    public static let shared = BusLoop()

    /// Pins the actor to the thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { Self.loop.asUnownedSerialExecutor() }

    /// Enters the actor from code that already runs on its thread, such as a C callback; traps on any other.
    public static func assumeIsolated<T>(_ body: @BusLoop () throws -> T) rethrows -> T {
        precondition(loop.isCurrent, "not on loop bus")
        typealias Unisolated = () throws -> T
        return try withoutActuallyEscaping(body) { (escaping: @escaping @BusLoop () throws -> T) in
            // The cast drops only the isolation that the line above has just proven.
            try unsafeBitCast(escaping, to: Unisolated.self)()
        }
    }

    /// Runs `body` on the loop once that much time has passed. Loop thread only.
    @BusLoop
    @discardableResult
    public static func after(_ delay: Duration, _ body: @escaping @BusLoop () -> Void) -> Loop.Timer {
        loop.schedule(after: delay) { assumeIsolated(body) }
    }
}
