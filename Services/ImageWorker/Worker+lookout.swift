import Bus
import HTTP
import Loop
import Telemetry

/// Looks whether a thread still turns.
struct Lookout: Sendable {
    let thread: String
    /// Ticks that it may be busy with one thing. Ticks are counted rather than time, so that a pause of the whole process
    /// is nobody's fault.
    let patience: Int
    let visit: @Sendable () async -> Void
    /// Ticks since it was visited; nil when the last visit came back.
    var waiting: Int?

    var isStuck: Bool { waiting ?? 0 > patience }

    /// With four ticks to the second: 10 s for those that never block, two minutes for the one that converts pictures,
    /// whose line may be long.
    static let all = [
        Lookout(thread: "net", patience: 40, visit: { await visitNet() }),
        Lookout(thread: "store", patience: 40, visit: { await visitStore() }),
        Lookout(thread: "pixels", patience: 480, visit: { await visitPixels() }),
    ]

    @NetLoop private static func visitNet() {}
    @StoreLoop private static func visitStore() {}
    @PixelLoop private static func visitPixels() {}
}

/// The bus's thread keeps the leases. Were it to renew them while the thread hangs that does the work, an image would be
/// in the hands of a worker that never ends it, for ever.
extension Worker {
    /// Called with every tick.
    func lookOut() {
        for index in lookouts.indices {
            if let ticks = lookouts[index].waiting {
                lookouts[index].waiting = ticks + 1
                if ticks == lookouts[index].patience {
                    Log.error("a thread hangs", ["thread": lookouts[index].thread])
                }
            } else if machine.running > 0 {
                lookouts[index].waiting = 0
                let visit = lookouts[index].visit
                Task(executorPreference: BusLoop.loop) { @Sendable @BusLoop [weak self] in
                    await visit()
                    self?.lookouts[index].waiting = nil
                }
            }
        }
        perform(machine.work(isStuck: lookouts.contains(where: \.isStuck), now: .now))
    }

    /// Returns when every thread has turned: never, while one hangs. Whoever asks for a sign of life waits for this one.
    func turn() async {
        for lookout in lookouts where lookout.thread != "pixels" || lookout.isStuck { await lookout.visit() }
    }
}
