/// The thread of this process that owns its SQLite connections.
///
/// A statement may wait for the disk, so it has a loop of its own, where nothing else waits with it.
@globalActor
public actor StoreLoop {
    /// The thread.
    public static let loop = Loop(name: "store", reactor: Park())
    /// The actor behind `@StoreLoop`.
    public static let shared = StoreLoop()

    /// Pins the actor to the thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { Self.loop.asUnownedSerialExecutor() }

    /// Runs `body` on the loop once that much time has passed. Loop thread only.
    @StoreLoop
    @discardableResult
    public static func after(_ delay: Duration, _ body: @escaping @StoreLoop () -> Void) -> Loop.Timer {
        loop.schedule(after: delay) {
            precondition(loop.isCurrent, "not on loop store")
            // The cast drops only the isolation that the line above has just proven.
            unsafeBitCast(body, to: (() -> Void).self)()
        }
    }
}
