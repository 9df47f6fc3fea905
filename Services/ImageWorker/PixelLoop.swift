import Loop

/// The thread of this process on which libvips works: decoding may take a second, and nothing else waits there.
@globalActor
actor PixelLoop {
    /// The thread.
    static let loop = Loop(name: "pixels", reactor: Park())
    /// The actor behind `@PixelLoop`.
    static let shared = PixelLoop()

    /// Pins the actor to the thread.
    nonisolated var unownedExecutor: UnownedSerialExecutor { Self.loop.asUnownedSerialExecutor() }
}
