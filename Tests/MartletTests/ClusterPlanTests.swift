import Testing

@testable import Martlet

@Suite struct ClusterPlanTests {
    private func plan(workers: Int = 2, simulates: Bool = true) -> ClusterPlan {
        ClusterPlan(data: "/d", http: "127.0.0.1:0", basePort: 9_000, workers: workers, simulates: simulates)
    }

    @Test func everyServiceIsInThePlan() {
        #expect(
            plan().services.map(\.name) == [
                "provider-sim", "tap", "audit-service", "gateway", "image-worker/1", "image-worker/2", "health-monitor",
            ]
        )
        #expect(plan(workers: 0, simulates: false).services.map(\.name).contains("provider-sim") == false)
    }

    @Test func portsMoveWithTheBase() {
        let plan = plan()
        let all = plan.environment(over: [:], for: plan.services[3])
        #expect(all["MARTLET_JOBS"] == "tcp://127.0.0.1:9001")
        #expect(all["MARTLET_CONTROL"] == "tcp://127.0.0.1:9003")
        #expect(all["MARTLET_AUDIT"] == "tcp://127.0.0.1:9011")
        #expect(all["MARTLET_TAP_IN"] == "tcp://127.0.0.1:9021")
        #expect(all["MARTLET_TAP_OUT"] == "tcp://127.0.0.1:9022")
    }

    @Test func theSimulatorNeverSeesARealKey() {
        let plan = plan()
        let all = plan.environment(over: ["OPENAI_API_KEY": "sk-real"], for: plan.services[3])
        #expect(all["OPENAI_API_KEY"]?.contains("simulated") == true)
        #expect(all["MARTLET_UPSTREAM_OPENAI_APIKEY"] == "http://127.0.0.1:9090/openai")
        let real = self.plan(simulates: false)
        let kept = real.environment(over: ["OPENAI_API_KEY": "sk-real"], for: real.services[2])
        #expect(kept["OPENAI_API_KEY"] == "sk-real" && kept["MARTLET_UPSTREAM_OPENAI_APIKEY"] == nil)
    }

    @Test func logsHaveAFileNameEach() {
        #expect(plan().logPath(of: plan().services[5]) == "/d/logs/image-worker-2.log")
    }

    @Test func theReadyLineGivesThePort() {
        #expect(ChildOutput.httpPort(in: "ready http=127.0.0.1:4711 pid=3") == 4_711)
        #expect(ChildOutput.httpPort(in: "ready pid=3") == nil)
        #expect(ChildOutput.httpPort(in: "http=127.0.0.1:4711") == nil)
    }

    @Test func freePortsAreFound() throws {
        let base = try #require(FreePorts.base(distances: ClusterPlan.portDistances))
        #expect(base >= 10_000 && base < 32_000)
    }
}
