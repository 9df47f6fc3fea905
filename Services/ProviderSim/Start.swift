import Glibc
import HTTP
import Loop
import Pictures

/// From the main thread to the loops and back: opens everything, says so, and closes it.
final class Start: Sendable {
    private let options: Options

    @NetLoop private var listener: Listener?

    init(options: Options) {
        self.options = options
    }

    /// Opens the studio, then the listener; one line on stdout says when both stand.
    func begin() {
        let rules = readRules()
        Task(executorPreference: NetLoop.loop) { await self.open(rules) }
    }

    /// Lets running answers finish for two seconds, then ends the process.
    func drain() {
        Task(executorPreference: NetLoop.loop) { await self.close() }
    }

    @NetLoop
    private func open(_ rules: Rules) async {
        do {
            if !options.bench { try await Studio.open() }
            let listener = try Sim(options: options, rules: rules).listen()
            self.listener = listener
            let host = options.address.split(separator: ":").dropLast().joined(separator: ":")
            say("ready http=\(host.isEmpty ? "0.0.0.0" : host):\(listener.port) pid=\(getpid())\n", to: STDOUT_FILENO)
        } catch {
            say("provider-sim: \(error)\n", to: STDERR_FILENO)
            _exit(1)
        }
    }

    @NetLoop
    private func close() async {
        await listener?.drain(within: .seconds(2))
        _exit(0)
    }

    private func readRules() -> Rules {
        guard let path = options.rulesFile else { return Rules(seed: options.seed) }
        do throws(RulesError) {
            return try Rules(parsing: File.read(path), seed: options.seed)
        } catch {
            say("provider-sim: \(path): \(error.message)\n", to: STDERR_FILENO)
            exit(2)
        }
    }
}

/// Reading a small file whole.
enum File {
    /// At most 1 MB.
    static func read(_ path: String) throws(RulesError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RulesError(message: "cannot be opened: errno \(errno)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw RulesError(message: "cannot be read: errno \(errno)") }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= 1 << 20 else { throw RulesError(message: "more than 1 MB") }
        }
    }
}
