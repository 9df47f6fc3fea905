import Glibc
import HTTP
import Service
import Telemetry

/// Reads the options, starts listening, and sleeps until a signal: the first one drains, the second ends at once.
@main
struct Main {
    static func main() {
        // SIGTERM and SIGINT are taken by sigwait below; blocked here, before any thread exists, no thread gets them.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        Log.configure(service: "provider-sim", instance: "\(getpid())")
        let options = options()
        Signals.followParent()
        if options.asksHealth { HealthQuestion.run(options) }
        let start = Start(options: options)
        start.begin()
        var number: CInt = 0
        sigwait(&signals, &number)
        start.drain()
        sigwait(&signals, &number)
        _exit(1)
    }

    private static func options() -> Options {
        do throws(Options.Mistake) {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            if options.version {
                say(Launch.versionLine("provider-sim"), to: STDOUT_FILENO)
                exit(0)
            }
            guard options.help else { return options }
            say(Options.usage, to: STDOUT_FILENO)
            exit(0)
        } catch {
            say("provider-sim: \(error.message)\n", to: STDERR_FILENO)
            exit(2)
        }
    }
}

/// Writes text whole, for what belongs on a terminal and not in the log.
func say(_ text: String, to descriptor: CInt) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}
