import Audit
import Foundation
import Support
import Testing

/// The executable itself: ready line, lock, signals.
@Suite(.timeLimit(.minutes(1)))
struct ProcessTests {
    private let folder = Folder()

    private func spawn(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> Process {
        let process = Process()
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = products.appendingPathComponent("audit-service")
        process.arguments = arguments
        process.environment = ["MARTLET_DATA": folder.file("data"), "MARTLET_AUDIT": "tcp://127.0.0.1:0"]
            .merging(environment) { $1 }
        let name = folder.file("out-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: name, contents: nil)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: name))
        process.standardOutput = file
        process.standardError = file
        output[process] = name
        try process.run()
        return process
    }

    private let output = Outputs()

    private final class Outputs: @unchecked Sendable {
        // One test uses it, one call after the other.
        private var names: [ObjectIdentifier: String] = [:]
        subscript(process: Process) -> String {
            get { names[ObjectIdentifier(process)] ?? "" }
            set { names[ObjectIdentifier(process)] = newValue }
        }
    }

    private func text(_ process: Process) -> String {
        (try? String(contentsOfFile: output[process], encoding: .utf8)) ?? ""
    }

    @Test func theFirstSignalDrainsAndAKilledOnesFolderIsFree() async throws {
        let first = try spawn()
        try await eventually("it is ready") { text(first).contains("ready audit-service audit=tcp://127.0.0.1:") }
        let second = try spawn()
        try await eventually("the second ends") { !second.isRunning }
        #expect(second.terminationStatus == 78)
        #expect(text(second).contains("another audit-service uses"))
        kill(first.processIdentifier, SIGKILL)
        try await eventually("the first is dead") { !first.isRunning }
        let third = try spawn()
        try await eventually("the third is ready") { text(third).contains("ready audit-service") }
        third.terminate()
        try await eventually("the third ends") { !third.isRunning }
        #expect(third.terminationStatus == 0)
        #expect(try Verify.file(folder.file("data/audit.db")).isWhole)
    }

    @Test func anotherProcessOfTheSameProgramJudgesItsHealth() async throws {
        let file = ["MARTLET_HEALTH_FILE": folder.file("health")]
        let service = try spawn([], file)
        try await eventually("its first beat") { FileManager.default.fileExists(atPath: folder.file("health")) }
        let question = try spawn(["--health"], file)
        try await eventually("the answer") { !question.isRunning }
        #expect(question.terminationStatus == 0 && text(question) == "audit-service: well\n")
        service.terminate()
        try await eventually("the service ends") { !service.isRunning }
        let lost = try spawn(["--alive"])
        try await eventually("the complaint") { !lost.isRunning }
        #expect(lost.terminationStatus == 78 && text(lost).contains("MARTLET_HEALTH_FILE"))
    }

    @Test func wrongSettingsAreOneSentenceAndAnExitCode() async throws {
        let cases: [([String], [String: String], Int32)] = [
            (["--help"], [:], 0), (["--nonsense"], [:], 64), ([], ["MARTLET_LEASE_MS": "x"], 78),
            ([], ["MARTLET_DATA": "/dev/null/x"], 78), ([], ["MARTLET_AUDIT": "ipc:///nowhere/at/all"], 78),
        ]
        for (arguments, environment, code) in cases {
            let process = try spawn(arguments, environment)
            try await eventually("it ends") { !process.isRunning }
            #expect(process.terminationStatus == code, "\(arguments) \(environment): \(text(process))")
        }
    }
}
