import Foundation
import Loop
import Support

/// One service of a ``Rig``: a process that a test starts, freezes and kills as it likes.
final class RigService {
    /// As the plan calls it: `image-worker/2`.
    let name: String
    /// The executable's file name.
    let executable: String
    let arguments: [String]
    /// What it is told at its next start.
    var environment: [String: String]
    /// Words before the executable, such as those of a program that bends the clock.
    var wrapper: [String] = []
    private let log: String
    private var process: Process?
    /// How often it was started.
    private(set) var starts = 0

    init(name: String, executable: String, arguments: [String], environment: [String: String], log: String) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.log = log
    }

    /// The pid of its last start.
    var pid: Int32 { process?.processIdentifier ?? 0 }
    var isRunning: Bool { process?.isRunning ?? false }
    /// How its last start ended: an exit code, or the signal that killed it; nil while it runs.
    var exitStatus: Int32? { process.flatMap { $0.isRunning ? nil : $0.terminationStatus } }
    /// All that its starts wrote, standard output and error in one.
    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// How much memory it has, bytes; 0 when it doesn't run.
    var residentBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    /// The ready line of the present start.
    var readyLine: String? {
        let lines = output.split(separator: "\n").filter { $0.hasPrefix("ready ") }
        return lines.last { $0.hasSuffix(" pid=\(pid)") || $0.contains(" pid=\(pid) ") }.map(String.init)
    }

    /// Starts it and waits until it is ready.
    func start() async throws {
        try await launch()
        try await eventually("\(name) is ready: \(output.suffix(2_000))", within: .seconds(30)) {
            self.readyLine != nil || !self.isRunning
        }
        guard isRunning else { throw NeverHappened(description: "\(name) ended at its start: \(output.suffix(2_000))") }
    }

    /// Starts it and doesn't wait.
    func launch() async throws {
        let process = Process()
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let path = products.appendingPathComponent(executable).path
        let words = wrapper + [path] + arguments
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = environment
        let sink = try appending()
        process.standardOutput = sink
        process.standardError = sink
        process.standardInput = FileHandle.nullDevice
        try await Self.run(process)
        try sink.close()
        self.process = process
        starts += 1
    }

    /// A child is told of its parent's death when the thread that made it ends (prctl(2)), so a thread that stays makes
    /// it: a pool's comes and goes.
    @StoreLoop
    private static func run(_ process: sending Process) throws { try process.run() }

    private func appending() throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        // Both streams append: neither overwrites what the other, or an earlier start, wrote.
        let descriptor = open(log, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw NeverHappened(description: "can't open \(log): errno \(errno)") }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// `kill -9`, and waits until it is gone.
    func kill() async throws {
        signal(SIGKILL)
        try await gone(within: .seconds(10))
    }

    /// Stops it as an operator would, and waits.
    func stop(within limit: Duration = .seconds(40)) async throws {
        signal(SIGTERM)
        try await gone(within: limit)
    }

    /// It does nothing any more, but its connections stay.
    func freeze() { signal(SIGSTOP) }
    func thaw() { signal(SIGCONT) }

    func signal(_ number: Int32) {
        if isRunning { Glibc.kill(pid, number) }
    }

    func gone(within limit: Duration) async throws {
        try await eventually("\(name) has ended", within: limit) { !self.isRunning }
    }

    deinit {
        guard isRunning else { return }
        Glibc.kill(pid, SIGKILL)
        process?.waitUntilExit()
    }
}
