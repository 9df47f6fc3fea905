import Bus
import JSON
import Testing
import Wire

@testable import Gateway

/// What is told as degraded, and how the status reads.
@Suite struct ClusterStatusTests {
    private static let now: Int64 = 2_000_000_000

    private func member(
        _ service: String,
        _ state: ServiceRegister.State = .up,
        version: String = "0.1.0",
        gapMs: Int = 1,
        facts: [Heartbeat.Fact] = []
    ) -> ServiceRegister.Member {
        ServiceRegister.Member(
            service: service,
            instance: "\(service)-1",
            boot: "b1",
            version: version,
            minor: 0,
            state: state,
            since: Self.now - 5_000_000,
            lastSeen: Self.now,
            heartbeat: Heartbeat(
                load: 0.5,
                residentBytes: 27_000_000,
                queue: 2,
                tapDropped: 0,
                tickGapMs: gapMs,
                facts: facts
            )
        )
    }

    private var healthy: ClusterStatus {
        var status = ClusterStatus(at: Self.now, started: 0)
        status.members = ["gateway", "audit-service", "health-monitor", "image-worker"].map { member($0) }
        status.storage.freeBytes = 1 << 40
        return status
    }

    /// What a change to a healthy cluster is told as.
    private func told(_ change: (inout ClusterStatus) -> Void) -> [ClusterStatus.Degradation] {
        var status = healthy
        change(&status)
        return status.degraded
    }

    @Test func aWholeClusterIsOk() {
        #expect(healthy.degraded.isEmpty && healthy.word == "ok")
    }

    @Test func eachTroubleIsToldWithItsServiceSinceWhenAndAHint() {
        let since = Self.now - 9_000_000
        let cases: [(String, Bool, (inout ClusterStatus) -> Void)] = [
            ("gateway", false, { $0.refusals = ["the disk is full"] }),
            ("gateway", true, { $0.storage.freeBytes = 5 << 20 }),
            ("image-worker", false, { $0.noWorkerSince = since }),
            ("audit-service", false, { $0.auditDownSince = since }),
            ("health-monitor", false, { $0.monitorDownSince = since }),
            ("audit-service", false, { $0.trail.complaint = "the trail was cut off" }),
            ("audit-service", true, { $0.outbox = .init(events: 1, oldest: Self.now - 61_000_000) }),
            ("audit-service", true, { $0.outbox = .init(events: 50_001, oldest: Self.now) }),
            ("image-worker", true, { $0.members.append(member("image-worker", .away)) }),
            ("image-worker", true, { $0.members.append(member("image-worker", facts: [.init("spool_full", 1)])) }),
            ("image-worker", true, { $0.members.append(member("image-worker", gapMs: 2_001)) }),
            ("cluster", true, { $0.members.append(member("image-worker", version: "0.2.0")) }),
            ("gateway", true, { $0.longestWait = .seconds(61) }),
            ("gateway", true, { $0.connectors.broken = ["work"] }),
            (
                "tap", true,
                { status in
                    status.tap.hasBeenUp = true
                    status.tap.since = since
                }
            ),
        ]
        for (index, (service, isLocal, change)) in cases.enumerated() {
            let told = told(change)
            #expect(told.map(\.service) == [service], "case \(index): \(told)")
            #expect(told.allSatisfy { $0.isLocal == isLocal && !$0.what.isEmpty && !$0.hint.isEmpty }, "case \(index)")
        }
    }

    @Test func whatIsNoTroubleIsNotTold() {
        #expect(told { $0.members.append(member("image-worker", .stopped, version: "0.0.9")) }.isEmpty)
        #expect(told { $0.members.append(member("health-monitor", .away)) }.isEmpty, "another one is up")
        #expect(told { $0.longestWait = .seconds(59) }.isEmpty)
        #expect(told { $0.outbox = .init(events: 10, oldest: Self.now - 59_000_000) }.isEmpty)
        #expect(told { $0.tap.hasBeenUp = false }.isEmpty, "a cluster without a hub is whole")
    }

    @Test func theAnswerHasEveryServiceWithItsFigures() throws {
        var status = healthy
        status.members[3] = member(
            "image-worker",
            facts: [.init("slots", 2), .init("last_check_at", 1), .init("images", 9)]
        )
        status.workers = [.init(instance: "image-worker-1", credit: 1, images: 3)]
        status.images = ["queued": 4]
        status.longestWait = .milliseconds(1_500)
        status.outbox = .init(events: 2, oldest: Self.now - 250_000)
        status.noWorkerSince = Self.now - 7_000_000
        let json = try JSONValue(parsing: JSONWriter.object { status.write(&$0) })
        #expect(json["status"]?.string == "degraded")
        let services = json["services"]?.array ?? []
        #expect(
            services.compactMap { $0["service"]?.string }
                == ["gateway", "audit-service", "health-monitor", "image-worker", "tap"]
        )
        #expect(services[0]["lag_seconds"]?.double == 1.5 && services[1]["lag_seconds"]?.double == 0.25)
        #expect(services[3]["details"]?["credit"]?.int == 1 && services[3]["details"]?["images"]?.int == 3)
        #expect(services[3]["details"]?["slots"]?.int == 2)
        #expect(services[3]["details"]?["last_check_at"]?.string == "1970-01-01T00:00:00.000001Z")
        #expect(services[3]["resident_bytes"]?.int == 27_000_000 && services[3]["seconds"]?.int == 5)
        #expect(json["degraded"]?.array?.first?["seconds"]?.int == 7)
        #expect(json["queue"]?["queued"]?.int == 4 && json["outbox"]?["lag_seconds"]?.double == 0.25)
    }
}
