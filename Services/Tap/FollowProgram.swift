import Bus
import Glibc
import Service
import Telemetry
import Wire

/// `tap [filter…]` as a process: no service, so standard output has messages and nothing else.
enum FollowProgram {
    /// Follows until there is nothing more to do, or Ctrl-C; a second one ends at once.
    static func run(_ options: FollowOptions) -> Never {
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let environment = Environment.all
        let level = environment["MARTLET_LOG"].flatMap { Log.Level(name: $0) } ?? .error
        Log.configure(service: "tap", instance: "tap", level: level)
        let settings = settings(environment)
        let keys = keys(settings)
        let ink = Ink(isColoured: StandardSink.isColoured(options.colour, environment: environment))
        let hub = options.hub ?? settings.tapOut
        Task(executorPreference: BusLoop.loop) { @BusLoop in begin(options, hub: hub, keys: keys, ink: ink) }
        var number: CInt = 0
        while sigwait(&signals, &number) != 0 {}
        Task(executorPreference: BusLoop.loop) { @BusLoop in follow?.interrupt() }
        while sigwait(&signals, &number) != 0 {}
        _exit(128 + number)
    }

    /// Ends the process with a sentence on standard error.
    static func fail(_ sentence: String, _ code: Int32) -> Never {
        StandardSink().note("tap: \(sentence)")
        _exit(code)
    }

    @BusLoop private static var follow: Follow?

    @BusLoop
    private static func begin(_ options: FollowOptions, hub: String, keys: KeyRing, ink: Ink) {
        do throws(BusError) {
            let format = LineFormat(ink: ink)
            let new = try Follow(options, hub: hub, keys: keys, sink: StandardSink(), format: format)
            // `_exit`: nothing is left to flush, and `exit` would run destructors under the feet of the loops' threads.
            new.onEnd = { _exit($0) }
            follow = new
            try new.start()
        } catch {
            fail(error.message, error.code == .keys || error.code == .address ? Exit.configuration : Exit.failure)
        }
    }

    private static func settings(_ environment: [String: String]) -> Settings {
        do throws(LaunchError) {
            return try Settings(environment: environment)
        } catch {
            fail(error.sentence, error.exitCode)
        }
    }

    /// The tap's own keys, or the operator's where those are all that one may read.
    private static func keys(_ settings: Settings) -> KeyRing {
        do throws(BusError) {
            return try KeyRing.load(directory: settings.keys, role: .tap)
        } catch {
            if let ring = try? KeyRing.load(directory: settings.keys, role: .operator) { return ring }
            fail(error.message, Exit.configuration)
        }
    }
}
