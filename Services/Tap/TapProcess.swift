import Bus
import Glibc
import Service
import Telemetry
import Wire

/// What following and replaying have in common as a process: no service, so standard output has messages and nothing
/// else.
enum TapProcess {
    /// What a program on the bus's loop needs.
    struct Parts: Sendable {
        let settings: Settings
        let environment: [String: String]
        let keys: KeyRing
    }

    /// Ends it early, as on Ctrl-C.
    typealias Interrupt = @BusLoop () -> Void

    @BusLoop private static var interrupt: Interrupt = {}

    /// Runs until the program ends the process, or Ctrl-C; a second one ends at once.
    static func run(_ begin: @escaping @Sendable @BusLoop (Parts) throws(BusError) -> Interrupt) -> Never {
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
        let parts = Parts(settings: settings, environment: environment, keys: keys(settings))
        Task(executorPreference: BusLoop.loop) { @BusLoop in
            do throws(BusError) {
                interrupt = try begin(parts)
            } catch {
                fail(error.message, error.code == .keys || error.code == .address ? Exit.configuration : Exit.failure)
            }
        }
        var number: CInt = 0
        while sigwait(&signals, &number) != 0 {}
        Task(executorPreference: BusLoop.loop) { @BusLoop in interrupt() }
        while sigwait(&signals, &number) != 0 {}
        _exit(128 + number)
    }

    /// Ends the process with a sentence on standard error.
    static func fail(_ sentence: String, _ code: Int32) -> Never {
        StandardSink().note("tap: \(sentence)")
        _exit(code)
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
