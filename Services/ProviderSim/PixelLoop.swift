import Loop

/// The thread on which the simulator's pictures are drawn: libvips keeps it busy for a quarter of a second each.
@globalActor
actor PixelLoop {
    static let loop = Loop(name: "pixels", reactor: Park())
    static let shared = PixelLoop()

    /// Pins the actor to the thread.
    nonisolated var unownedExecutor: UnownedSerialExecutor { Self.loop.asUnownedSerialExecutor() }
}
