import Glibc
import HTTP
import JSON
import Service

/// Runs one command line from the words to the exit code.
enum Invocation {
    static func run(_ words: [String]) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        if words == ["--version"] {
            Terminal.write(Launch.versionLine("martlet"))
            return ExitCode.ok.rawValue
        }
        let asksForHelp = words.contains { $0 == "--help" || $0 == "-h" } || words == ["help"]
        guard let (command, rest) = CommandTable.find(words) else {
            let group = words.first.flatMap { CommandTable.isGroup($0) ? $0 : nil }
            if asksForHelp {
                Terminal.line(CommandTable.help(group: group))
                return ExitCode.ok.rawValue
            }
            Terminal.error(words.isEmpty ? "which command?" : "there is no command \(words.joined(separator: " "))")
            Terminal.error("see martlet --help")
            return ExitCode.usage.rawValue
        }
        do throws(CommandError) {
            let arguments = try Arguments(rest, options: command.allOptions)
            if arguments.has("help") {
                Terminal.line(command.help)
                return ExitCode.ok.rawValue
            }
            switch command.action {
            case .local(let body): return try body(arguments).rawValue
            case .client(let body):
                return ClientRun.run { () async throws(CommandError) in
                    try await body(arguments, try GatewayClient(arguments))
                }
            }
        } catch {
            return report(error)
        }
    }

    static func report(_ error: CommandError) -> Int32 {
        Terminal.error(error.description)
        return error.code.rawValue
    }
}

/// Runs a command's work on the net loop while the main thread waits for signals: the first Ctrl-C cancels the work,
/// which closes its connections, and a second one doesn't wait for that.
enum ClientRun {
    static func run(_ body: @escaping @Sendable @NetLoop () async throws(CommandError) -> Void) -> Int32 {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let task = Task(executorPreference: NetLoop.loop) { @Sendable @NetLoop in await finish(body) }
        var received: Int32 = 0
        sigwait(&signals, &received)
        task.cancel()
        sigwait(&signals, &received)
        return ExitCode.interrupted.rawValue
    }

    @NetLoop
    private static func finish(_ body: @Sendable @NetLoop () async throws(CommandError) -> Void) async {
        do throws(CommandError) {
            try await body()
            _exit(ExitCode.ok.rawValue)
        } catch {
            _exit(Task.isCancelled ? ExitCode.interrupted.rawValue : Invocation.report(error))
        }
    }
}
