import Foundation
import JSON
import Support

/// The whole cluster as real processes, started by `martlet up` with simulated providers on ports that were free.
final class LiveCluster: GatewayCalls {
    let folder = Folder()
    private let process = Process()
    private(set) var url = ""
    private(set) var key = ""

    /// Starts it and waits until it serves.
    init(workers: Int = 2, environment: [String: String] = [:]) async throws {
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = products.appendingPathComponent("martlet")
        process.arguments = [
            "up", "--data", data, "--http", "127.0.0.1:0", "--base-port", "0", "--workers", "\(workers)", "--simulate",
        ]
        var whole = ["PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"]
        whole.merge(environment) { $1 }
        process.environment = whole
        process.standardOutput = try sink("up.out")
        process.standardError = try sink("up.err")
        try process.run()
        try await eventually("the cluster is ready\n\(text("up.err"))", within: .seconds(60)) {
            self.text("up.out").contains("ready http=")
        }
        url = "http://" + (field("http") ?? "")
        key = text("data/admin.key").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    var data: String { folder.file("data") }

    func sink(_ name: String) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: folder.file(name), contents: nil)
        return try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file(name)))
    }

    func text(_ name: String) -> String {
        (try? String(contentsOfFile: folder.file(name), encoding: .utf8)) ?? ""
    }

    private func field(_ name: String) -> String? {
        text("up.out").split(whereSeparator: \.isWhitespace)
            .first { $0.hasPrefix(name + "=") }
            .map { String($0.dropFirst(name.count + 1)) }
    }

    /// The pid that a service has now: the supervisor's last word on it.
    func pid(of service: String) -> Int32? {
        let again = text("up.err").split(separator: "\n").last { $0.contains("\(service) runs again, pid ") }
        if let again, let word = again.split(separator: " ").last { return Int32(word) }
        return field(service).flatMap { Int32($0) }
    }

    /// Kills a service without a warning and waits until the supervisor runs it again.
    func kill(_ service: String) async throws {
        guard let pid = pid(of: service) else { throw NeverHappened(description: "no pid of \(service)") }
        Glibc.kill(pid, SIGKILL)
        try await eventually("\(service) runs again", within: .seconds(30)) { self.pid(of: service) != pid }
    }

    /// Ends it as an operator would, and waits.
    func stop() async throws {
        guard process.isRunning else { return }
        process.terminate()
        try await eventually("the cluster has ended", within: .seconds(40)) { !self.process.isRunning }
    }

    var exitStatus: Int32? { process.isRunning ? nil : process.terminationStatus }

    deinit {
        guard process.isRunning else { return }
        // A test failed: the children die with their parent.
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What the simulator counted.
    func simulatorStatistics() async throws -> JSONValue {
        let line = text("data/logs/provider-sim.log").split(separator: "\n").first { $0.hasPrefix("ready") }
        let address = line?.split(separator: " ").first { $0.hasPrefix("http=") }?.dropFirst(5) ?? ""
        return try await Calls.call("GET", "http://\(address)/sim/stats", "", headers: []).json
    }
}
