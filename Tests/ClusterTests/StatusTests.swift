import Foundation
import JSON
import Support
import Testing

extension Clusters {
    /// What `martlet status` says of a cluster that loses its services one after the other.
    @Suite(.timeLimit(.minutes(2)))
    struct StatusTests {
        @Test func theStatusShowsEachServiceAndWhatBecomesOfIt() async throws {
            let rig = try await Rig(workers: 2)
            try await eventually("all is well: \(try run(rig))", within: .seconds(20)) { try run(rig).code == 0 }
            let whole = try run(rig)
            let services = whole.json["services"]?.array ?? []
            #expect(
                services.compactMap { $0["service"]?.string }.sorted()
                    == ["audit-service", "gateway", "health-monitor", "image-worker", "image-worker", "tap"]
            )
            #expect(services.allSatisfy { $0["state"]?.string == "up" }, "\(services)")
            #expect(whole.json["versions"]?.array?.count == 1 && whole.json["version"]?.string?.isEmpty == false)
            try await eventually("heartbeats have told their figures", within: .seconds(10)) {
                let told = try run(rig).json["services"]?.array ?? []
                return told.filter { $0["service"]?.string != "tap" }.allSatisfy { $0["resident_bytes"]?.int ?? 0 > 0 }
                    && told.first { $0["service"]?.string == "health-monitor" }?["details"]?["connectors"]?.int ?? 0 > 0
                    && told.first { $0["service"]?.string == "image-worker" }?["details"]?["slots"]?.int == 1
            }

            // One falls silent, one says goodbye: both are seen, each as what it is.
            try rig.service("image-worker/1").signal(SIGKILL)
            try rig.service("health-monitor").signal(SIGTERM)
            try rig.service("audit-service").signal(SIGKILL)
            try await eventually("their absence is told: \(try run(rig))", within: .seconds(20)) {
                let now = try run(rig)
                return now.code == 3 && state(now, "image-worker-1") == "away"
                    && state(now, "health-monitor") == "stopped" && state(now, "audit-service") == "away"
            }
            let degraded = try run(rig).json["degraded"]?.array ?? []
            #expect(
                Set(degraded.compactMap { $0["service"]?.string })
                    == ["image-worker", "health-monitor", "audit-service"]
            )
            #expect(degraded.allSatisfy { $0["since"]?.string != nil && $0["hint"]?.string?.isEmpty == false })
            let readiness = try await rig.call("GET", "/health/readiness")
            #expect(readiness.status == 200 && readiness.json["degraded"]?.array?.count == 2, "\(readiness.text)")
            #expect(try await rig.call("GET", "/api/admin/status", headers: []).status == 200)

            try await rig.start("audit-service")
            try await rig.start("health-monitor")
            try await rig.start("image-worker/1")
            try await eventually("all is well again: \(try run(rig))", within: .seconds(20)) { try run(rig).code == 0 }
            try rig.service("gateway").signal(SIGTERM)
            try await rig.service("gateway").gone(within: .seconds(40))
            #expect(try run(rig).code == 69)
            try await rig.stop()
        }

        private struct Said: CustomStringConvertible {
            let code: Int32
            let json: JSONValue
            var description: String { "\(code) \(json.text.prefix(2_000))" }
        }

        private func state(_ said: Said, _ instance: String) -> String? {
            said.json["services"]?.array?.first { $0["instance"]?.string == instance }?["state"]?.string
        }

        /// `martlet status --json`
        private func run(_ rig: Rig) throws -> Said {
            let process = Process()
            let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            process.executableURL = products.appendingPathComponent("martlet")
            process.arguments = ["status", "--json", "--data", rig.data, "--url", rig.url]
            process.environment = ["PATH": "/usr/bin:/bin"]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let bytes = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return Said(code: process.terminationStatus, json: (try? JSONValue(parsing: Array(bytes))) ?? .null)
        }
    }
}
