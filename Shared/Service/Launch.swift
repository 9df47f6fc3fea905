import Bus
import Crypto
import Glibc
import Loop
import SQLite
import Synchronization
import Telemetry
import Wire

/// Takes a process from `main` to its exit code.
///
/// Standard error has the log, standard output one line once the service serves: `ready <service> name=value … pid=N`.
/// The first SIGTERM or SIGINT drains and exits with 0, the second ends at once, and so does the drain's deadline.
/// What keeps a service from starting is one sentence on standard error and exit code 64, 69, 70 or 78.
public enum Launch {
    private enum State {
        case starting
        case running(any Running)
        case stopping
    }

    private final class Progress: Sendable {
        let state = Mutex(State.starting)
    }

    /// Runs a service; call it from a synchronous `main`, before any other thread exists.
    ///
    /// `start` runs on no particular thread and returns once the service serves. Give a function by name, not a
    /// closure, since a closure in `main` belongs to the main actor, which never runs here.
    public static func run(
        _ name: String,
        summary: String = "",
        _ start: @escaping @Sendable (LaunchContext) async throws -> any Running
    ) -> Never {
        Signals.prepare()
        raiseDescriptorLimit()
        let context = context(name, summary)
        let progress = Progress()
        Task { await begin(context, start, progress) }
        wait(context, progress)
    }

    /// As many open files as the system lets this process have: libzmq aborts when it runs out.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Environment and command line of this process, or its end with `--help`'s text or a complaint.
    private static func context(_ name: String, _ summary: String) -> LaunchContext {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.contains("--help") || arguments.contains("-h") {
            write(Settings.help(name, summary), to: STDOUT_FILENO)
            _exit(0)
        }
        if arguments.contains("--version") {
            write(versionLine(name), to: STDOUT_FILENO)
            _exit(0)
        }
        if let question = Pulse.Question(arguments) { answer(question, name) }
        do {
            let settings = try Settings(environment: Environment.all, arguments: arguments)
            let identity = Identity(service: name, instance: settings[.instance])
            Log.configure(service: name, instance: identity.instance, level: settings.logLevel)
            if let parent = settings.parent { Signals.follow(parent: parent) }
            for variable in settings.unknown { Log.warning("no such setting", ["name": variable]) }
            return LaunchContext(settings: settings, identity: identity)
        } catch {
            end(name, error)
        }
    }

    /// What `--version` prints: the build, and the wire protocol that it speaks.
    public static func versionLine(_ name: String) -> String {
        "\(name) \(Release.version) (wire MTL1, minor \(Envelope.currentMinor))\n"
    }

    /// Says on standard output how the running service does, and ends.
    private static func answer(_ question: Pulse.Question, _ name: String) -> Never {
        do throws(LaunchError) {
            let settings = try Settings(environment: Environment.all, arguments: question.otherArguments)
            guard let file = settings.healthFile else {
                throw LaunchError.configuration("MARTLET_HEALTH_FILE says nothing; there is no file to judge")
            }
            let verdict = Pulse.verdict(on: file, asking: question, now: .now)
            write("\(name): \(verdict.sentence)\n", to: STDOUT_FILENO)
            _exit(verdict.isGood ? 0 : 1)
        } catch {
            end(name, error)
        }
    }

    private static func begin(
        _ context: LaunchContext,
        _ start: @Sendable (LaunchContext) async throws -> any Running,
        _ progress: Progress
    ) async {
        do {
            let running = try await start(context)
            progress.state.withLock { $0 = .running(running) }
            let fields = running.ready + [("pid", String(getpid()))]
            let text = fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            write("ready \(context.identity.service) \(text)\n", to: STDOUT_FILENO)
            Log.info("ready", ["boot": context.identity.boot, "version": Release.version])
            if let file = context.settings.healthFile { await Pulse.keep(file, of: running) }
        } catch {
            end(context.identity.service, explained(error))
        }
    }

    private static func wait(_ context: LaunchContext, _ progress: Progress) -> Never {
        var deadline: Moment?
        while true {
            guard let signal = Signals.next(before: deadline) else {
                Log.error("the drain took too long")
                _exit(70)
            }
            let before = progress.state.withLock { state in
                defer { state = .stopping }
                return state
            }
            switch before {
            case .starting: _exit(0)
            case .stopping: _exit(128 + signal)
            case .running(let running):
                Log.info("draining", ["signal": signal, "limit_ms": context.settings.drain])
                deadline = .now + context.settings.drain + .seconds(2)
                Task { await finish(running, context.settings.drain) }
            }
        }
    }

    /// Ends with `_exit`: `exit` would run C++ destructors under the feet of the loops' threads.
    private static func finish(_ running: any Running, _ limit: Duration) async {
        await running.drain(within: limit)
        await running.stop()
        // Goodbyes that were queued leave here, for up to a second.
        await Context.shared.shutdown()
        Log.info("stopped")
        _exit(0)
    }

    static func end(_ name: String, _ error: LaunchError) -> Never {
        write("\(name): \(error.sentence)\n", to: STDERR_FILENO)
        _exit(error.exitCode)
    }

    /// The exit code of an error from below: what only the operator can mend is 78.
    private static func explained(_ error: any Error) -> LaunchError {
        switch error {
        case let error as LaunchError: error
        case let error as CryptoError: .configuration(error.message)
        case let error as BusError where [.address, .keys, .gate].contains(error.code): .configuration(error.message)
        case let error as SQLiteError where [.open, .readonly, .corrupt, .newerSchema].contains(error.code):
            .configuration(error.message)
        default: .failure("\(error)")
        }
    }

    private static func write(_ text: String, to descriptor: CInt) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
