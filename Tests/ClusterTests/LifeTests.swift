import JSON
import Support
import Testing

extension Clusters {
    /// Every service tells the audit trail of its starts and ends, through an outbox of its own.
    @Suite(.timeLimit(.minutes(2)))
    struct LifeTests {
        @Test func everyServicesStartStopAndDeathIsOnRecordOnce() async throws {
            let rig = try await Rig(workers: 2)
            let names = ["gateway", "image-worker-1", "image-worker-2", "health-monitor", "audit-service"]
            try await eventually("all starts are on record", within: .seconds(20)) {
                Set(try await events(rig, "service.started").map(\.target)) == Set(names)
            }
            // Without the audit service: what the others say waits in their files, and goes out under whatever name.
            try await rig.service("audit-service").kill()
            for name in ["image-worker/1", "health-monitor", "gateway"] {
                try await rig.service(name).kill()
                try await rig.start(name)
            }
            try await rig.service("image-worker/2").stop()
            try await rig.start("audit-service")
            try await eventually("the deaths are on record", within: .seconds(20)) {
                try await events(rig, "service.died").count == 4
            }
            let died = try await events(rig, "service.died").map(\.target).sorted()
            #expect(died == ["audit-service", "gateway", "health-monitor", "image-worker-1"])
            // The worker that was stopped left its events: the next one ships them.
            try await rig.start("image-worker/2")
            try await eventually("the stop is on record", within: .seconds(20)) {
                try await events(rig, "service.stopped").map(\.target) == ["image-worker-2"]
            }
            let started = try await events(rig, "service.started")
            #expect(started.count == 10, "\(started)")
            #expect(Set(started.map(\.notes)).count == 10, "each start once: \(started)")
            try await Invariants(rig, "lives").check(rig, [])
        }

        private func events(_ rig: Rig, _ type: String) async throws -> [(target: String, notes: String)] {
            let page = try await rig.call("GET", "/api/admin/audit?event_type=\(type)&limit=100").json
            return (page["items"]?.array ?? []).map { ($0["target_id"]?.string ?? "", $0["notes"]?.string ?? "") }
        }
    }
}
