import CLinux
import Glibc
import Loop

/// Carries out what ``SupervisorMachine`` decides, on the main thread: it sleeps in poll(2) until a signal, a line
/// from a child, or a deadline.
struct Supervisor {
    private let plan: ClusterPlan
    private let folder: String
    private let inherited: [String: String]
    private var machine: SupervisorMachine
    private var outputs: [Int32: ChildOutput] = [:]
    private var httpPort: Int?
    /// The services that have said their ready line since their start.
    private var readyServices: Set<String> = []
    private var exitCode: Int32?

    private static let signals = [SIGTERM, SIGINT, SIGHUP, SIGCHLD]
    /// How often the gateway is asked until it serves.
    private static let probePause = Duration.milliseconds(50)

    init(_ plan: ClusterPlan, folder: String, inherited: [String: String]) {
        self.plan = plan
        self.folder = folder
        self.inherited = inherited
        let children = plan.services.map { SupervisorMachine.Child(name: $0.name, stage: $0.stage) }
        machine = SupervisorMachine(children, now: .now)
    }

    /// Runs the cluster until it is told to stop or gives up; returns the exit code.
    mutating func run() throws(CommandError) -> Int32 {
        let signals = try Self.openSignals()
        defer { close(signals) }
        perform(machine.startRequested())
        while exitCode == nil {
            var entries = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
            entries += outputs.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = poll(&entries, nfds_t(entries.count), pollMilliseconds(timeout()))
            for entry in entries.dropFirst() where entry.revents != 0 { readOutput(entry.fd) }
            if entries[0].revents != 0 { readSignals(signals) }
            if machine.awaitsServing, isEveryoneReady, let httpPort, Readiness.status(port: httpPort) == 200 {
                perform(machine.servingBegan())
            }
            perform(machine.timePassed(now: .now))
        }
        return exitCode ?? 0
    }

    private var isEveryoneReady: Bool { readyServices.count == plan.services.count }

    private func timeout() -> Duration? {
        let deadline = machine.nextDeadline.map { max(.zero, $0 - .now) }
        guard machine.awaitsServing, isEveryoneReady else { return deadline }
        return min(deadline ?? Self.probePause, Self.probePause)
    }

    // MARK: Actions

    private mutating func perform(_ actions: [SupervisorMachine.Action]) {
        for action in actions {
            switch action {
            case .start(let name): start(name)
            case .terminate(let pid): kill(pid, SIGTERM)
            case .kill(let pid): kill(pid, SIGKILL)
            case .announce: announce()
            case .say(let text): Terminal.error(text)
            case .end(let code): exitCode = code
            }
        }
    }

    private mutating func start(_ name: String) {
        guard let service = plan.services.first(where: { $0.name == name }) else { return }
        do throws(CommandError) {
            let log = try openLog(plan.logPath(of: service))
            let child = try ChildProcess.spawn(
                folder + "/" + service.executable,
                service.arguments,
                environment: environment(of: service),
                log: log
            )
            outputs[child.output] = ChildOutput(name: name, descriptor: child.output, log: log)
            perform(machine.childStarted(name, pid: child.pid, now: .now))
        } catch {
            perform(machine.childCouldNotStart(name, reason: error.message, now: .now))
        }
    }

    /// A gateway that comes back serves where it served before, also when it chose its port itself.
    private func environment(of service: ClusterPlan.Service) -> [String: String] {
        var environment = plan.environment(over: inherited, for: service)
        if service.name == "gateway", let httpPort {
            environment["MARTLET_HTTP"] = "\(plan.http.prefix { $0 != ":" }):\(httpPort)"
        }
        return environment
    }

    private func openLog(_ path: String) throws(CommandError) -> Int32 {
        let log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard log >= 0 else { throw CommandError(.failed, "\(path): \(String(cString: strerror(errno)))") }
        return log
    }

    /// The one line that scripts wait for.
    private func announce() {
        let pids = machine.pids.map { " \($0.name)=\($0.pid)" }.joined()
        let address = "\(plan.http.prefix { $0 != ":" }):\(httpPort ?? 0)"
        do throws(CommandError) {
            try RunningCluster.publish("http://\(address)", in: plan.data)
        } catch {
            Terminal.error(error.message)
        }
        Terminal.line("ready http=\(address) pid=\(getpid())\(pids)")
    }

    // MARK: Events

    /// Blocks the signals for good and opens a descriptor that tells of them.
    private static func openSignals() throws(CommandError) -> Int32 {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let descriptor = signalfd(-1, &set, Int32(SFD_NONBLOCK) | Int32(SFD_CLOEXEC))
        guard descriptor >= 0 else { throw CommandError(.failed, "signalfd: errno \(errno)") }
        return descriptor
    }

    private mutating func readSignals(_ descriptor: Int32) {
        var information = signalfd_siginfo()
        while read(descriptor, &information, MemoryLayout<signalfd_siginfo>.size) > 0 {
            if information.ssi_signo == UInt32(SIGCHLD) {
                reapChildren()
            } else {
                perform(machine.stopRequested(now: .now))
            }
        }
    }

    /// Several deaths may come as one signal.
    private mutating func reapChildren() {
        var status: Int32 = 0
        while case let pid = waitpid(-1, &status, WNOHANG), pid > 0 {
            perform(machine.childEnded(pid: pid, ExitStatus(waitStatus: status), now: .now))
        }
    }

    private mutating func readOutput(_ descriptor: Int32) {
        guard var output = outputs[descriptor] else { return }
        let lines = output.read()
        if lines.contains(where: { $0.hasPrefix("ready ") }) { readyServices.insert(output.name) }
        if output.name == "gateway", let port = lines.lazy.compactMap(ChildOutput.httpPort).first { httpPort = port }
        outputs[descriptor] = output.isAtEnd ? nil : output
        if output.isAtEnd { output.close() }
    }
}
