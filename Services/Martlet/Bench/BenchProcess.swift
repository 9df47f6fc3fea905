import CLinux
import Glibc
import Loop

/// A process that a benchmark starts, waits for and stops.
struct BenchProcess {
    let pid: Int32
    private let output: Int32
    private let log: Int32

    init(
        _ path: String,
        _ arguments: [String],
        environment: [String: String],
        logPath: String
    ) throws(CommandError) {
        log = open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard log >= 0 else { throw CommandError(.failed, "\(logPath): \(String(cString: strerror(errno)))") }
        var environment = environment
        environment["MARTLET_PARENT"] = String(getpid())
        let child = try ChildProcess.spawn(path, arguments, environment: environment, log: log)
        pid = child.pid
        output = child.output
    }

    /// Waits for the line that begins with `ready` and returns its words.
    func readyLine(within time: Duration) throws(CommandError) -> [String] {
        var reader = ChildOutput(name: "", descriptor: output, log: log)
        let deadline = Moment.now + time
        while Moment.now < deadline, !reader.isAtEnd {
            var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            _ = poll(&entry, 1, 100)
            if let line = reader.read().first(where: { $0.hasPrefix("ready") }) {
                return line.split(separator: " ").map(String.init)
            }
        }
        throw CommandError(.failed, "a process of the benchmark did not get ready")
    }

    /// Keeps every thread of a process on one processor.
    static func pin(_ pid: Int32, to processor: Int) {
        for thread in FolderListing.names("/proc/\(pid)/task").compactMap({ Int32($0) }) {
            _ = martlet_pin_thread(thread, 1 << UInt(processor))
        }
    }

    /// Asks it to leave and waits; kills it after that time.
    func stop(within time: Duration) {
        kill(pid, SIGTERM)
        let deadline = Moment.now + time
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) == 0 {
            if Moment.now > deadline { kill(pid, SIGKILL) }
            _ = poll(nil, 0, 20)
        }
        close(output)
        close(log)
    }
}
