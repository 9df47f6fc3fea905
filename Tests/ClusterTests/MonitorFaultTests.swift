import JSON
import Support
import Testing

extension Clusters {
    /// Row 6 of the failure table: the health monitor stands still, or dies. That what it said grows old and is shown
    /// as unknown then, and that routing asks nobody, is in GatewayTests (ConnectorHealthTests, PlanTests).
    @Suite(.timeLimit(.minutes(Length.pick(3, 20))))
    struct MonitorFaultTests {
        @Test func callsSucceedAsBeforeWhileTheHealthMonitorStandsStillOrIsDead() async throws {
            let rig = try await Rig(workers: 1)
            try await eventually("the monitor is there") { try await !isMissing(rig) }
            let load = ChatLoad(rig)
            let monitor = try rig.service("health-monitor")
            var batches: [Batch] = []
            monitor.freeze()
            batches.append(try await Batch.submit(2, named: "frozen", to: rig))
            try await lasting(.seconds(Length.pick(4, 300)))
            let frozen = load.take()
            try await monitor.kill()
            batches.append(try await Batch.submit(2, named: "dead", to: rig))
            try await eventually("the gateway misses it", within: .seconds(20)) { try await isMissing(rig) }
            try await lasting(.seconds(Length.pick(2, 300)))
            let dead = load.take()
            // The Test button looks itself while no monitor is there.
            #expect(try await testAConnector(rig) == "ok")
            try await rig.start("health-monitor")
            try await eventually("the monitor is back") { try await !isMissing(rig) }
            #expect(try await testAConnector(rig) == "ok")
            let after = await load.stop()
            for (name, record) in [("frozen", frozen), ("dead", dead), ("back", after)] {
                report("health monitor \(name): \(record.text)")
                #expect(record.failures.isEmpty, "\(name): \(record.failures.prefix(3))")
                #expect(!record.latencies.isEmpty, "\(name)")
            }
            for batch in batches { try await batch.wait(on: rig, "without the health monitor") }
            let rows = try await Invariants(rig, "the health monitor was away").check(rig, batches)
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 }, "\(rows)")
        }

        private func isMissing(_ rig: Rig) async throws -> Bool {
            let sentences = try await rig.call("GET", "/health/readiness").json["degraded"]?.array ?? []
            return sentences.contains { $0.string?.contains("health monitor") == true }
        }

        private func testAConnector(_ rig: Rig) async throws -> String? {
            let list = try await rig.call("GET", "/api/connectors").json["items"]?.array
            let id = try #require(list?.first { $0["connector_type"]?.string == "openai_apikey" }?["id"]?.string)
            return try await rig.call("POST", "/api/connectors/\(id)/test").json["status"]?.string
        }
    }
}
