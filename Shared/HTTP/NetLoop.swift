public import Loop

/// The thread of this process that owns its HTTP sockets: libevent's base, libcurl's multi handles and their timers.
///
/// Nothing that runs on it may block, and nothing else touches a socket, an easy handle or an exchange.
@globalActor
public actor NetLoop {
    /// What the thread sleeps in.
    static let reactor = EventReactor()
    /// The thread. Start request tasks with it as executor preference; see ``Loop``.
    public static let loop = Loop(name: "net", reactor: reactor)
    /// The actor behind `@NetLoop`.
    public static let shared = NetLoop()

    /// Pins the actor to the thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { Self.loop.asUnownedSerialExecutor() }

    /// Enters the actor from a C callback on its thread; a call from another thread is a programmer's error and traps.
    public nonisolated static func assumeIsolated<T>(_ body: @NetLoop () throws -> T) rethrows -> T {
        precondition(loop.isCurrent, "not on loop net")
        return try withoutActuallyEscaping(body) { escapable in
            // The same as MainActor.assumeIsolated: on the right thread the isolation is only a matter of type.
            try unsafeBitCast(escapable, to: (() throws -> T).self)()
        }
    }

    /// A door for C callbacks: what it is given runs on the loop's thread already, so that isolation is only a matter of
    /// type. Made once and kept, it costs no allocation per call, which ``assumeIsolated(_:)`` does.
    nonisolated static func door<A, R>(_ body: @escaping @NetLoop @Sendable (A) -> R) -> @Sendable (A) -> R {
        unsafeBitCast(body, to: (@Sendable (A) -> R).self)
    }

    /// Runs `body` on the loop after that time.
    @NetLoop @discardableResult
    public static func after(_ delay: Duration, _ body: @escaping @NetLoop () -> Void) -> Loop.Timer {
        loop.schedule(after: delay) { assumeIsolated(body) }
    }

    /// Takes a timer back; one that has fired is ignored.
    @NetLoop
    public static func cancel(_ timer: Loop.Timer) {
        loop.cancel(timer)
    }
}
