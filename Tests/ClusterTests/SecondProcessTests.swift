import Support
import Testing

@testable import Martlet

extension Clusters {
    /// Row 19 of the failure table: somebody starts a service twice on one folder.
    @Suite(.timeLimit(.minutes(2)))
    struct SecondProcessTests {
        /// The second one ends before it has written or served anything, whatever ports it was given; image workers
        /// share a folder by design, each with a spool of its own.
        @Test func aSecondGatewayOrAuditServiceOnOneFolderEndsWith78AndASentence() async throws {
            let rig = try await Rig(workers: 2)
            let batch = try await Batch.submit(4, named: "undisturbed", to: rig)
            let base = try #require(FreePorts.base(distances: ClusterPlan.portDistances))
            for (index, name) in ["gateway", "audit-service"].enumerated() {
                let first = try rig.service(name)
                let second = try rig.program(first.executable, first.arguments)
                second.environment = first.environment
                second.environment["MARTLET_HTTP"] = "127.0.0.1:0"
                for (place, link) in Rig.Link.allCases.enumerated() where link.server == name {
                    second.environment[link.rawValue] = "tcp://127.0.0.1:\(base + 40 + 10 * index + place)"
                }
                try await second.launch()
                try await second.gone(within: .seconds(20))
                #expect(second.exitStatus == 78, "\(name): \(second.output)")
                let sentence = second.output.split(separator: "\n").last.map(String.init)
                #expect(sentence == "\(name): another \(name) uses \(rig.data)")
                #expect(!second.output.contains("ready"), "\(name): \(second.output)")
                #expect(first.isRunning)
            }
            try await batch.wait(on: rig, "nobody noticed")
            let rows = try await Invariants(rig, "a second process").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 }, "\(rows)")
        }
    }
}
