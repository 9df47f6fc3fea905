import Audit
import Foundation
import JSON
import Loop
import SQLite
import Support
import Testing

extension Clusters {
    /// Every service is killed in turn, several times, while a batch of fifty images is made.
    @Suite(.timeLimit(.minutes(5)))
    struct RestartTests {
        private static let victims = ["gateway", "image-worker/1", "health-monitor", "audit-service", "tap"]

        @Test func everyImageEndsOnceWhicheverServiceIsKilled() async throws {
            let seed = runSeed
            var random = SeededGenerator(seed: seed)
            let cluster = try await LiveCluster(workers: 3, environment: ["MARTLET_LEASE_MS": "3000"])
            let images = (0..<50).map { #"{"prompt":"picture number \#($0) of the sea","title":"n\#($0)"}"# }
            let accepted = try await cluster.call(
                "POST",
                "/api/images/jobs",
                #"{"images":[\#(images.joined(separator: ","))]}"#,
                headers: [("idempotency-key", "fifty")]
            )
            let job = try #require(accepted.json["job_id"]?.string)
            for round in 0..<2 {
                for victim in Self.victims.shuffled(using: &random) {
                    let before = (try? await ended(cluster, job)) ?? 0
                    try await cluster.kill(victim)
                    let wanted = min(50, before + Int.random(in: 1...3, using: &random))
                    try await eventually(
                        "seed \(seed), round \(round): work goes on without \(victim)",
                        within: .seconds(60)
                    ) {
                        ((try? await ended(cluster, job)) ?? 0) >= wanted
                    }
                }
            }
            try await eventually("seed \(seed): all fifty have ended", within: .seconds(120)) {
                (try? await ended(cluster, job)) == 50
            }
            let again = try await cluster.call(
                "POST",
                "/api/images/jobs",
                #"{"images":[\#(images.joined(separator: ","))]}"#,
                headers: [("idempotency-key", "fifty")]
            )
            #expect(again.json["job_id"]?.string == job, "the same key and body is the same job")
            let calls = try await cluster.simulatorStatistics()["jobs"]?.object ?? []
            try await eventually("the outbox is empty", within: .seconds(30)) {
                try await cluster.call("GET", "/health/readiness").json["outbox"]?.int == 0
            }
            try await cluster.stop()
            try await check(cluster, job, calls: calls, seed: seed)
        }

        private func ended(_ cluster: LiveCluster, _ job: String) async throws -> Int {
            let state = try await cluster.call("GET", "/api/images/jobs/\(job)").json
            return Int((state["generated"]?.int ?? 0) + (state["failed"]?.int ?? 0))
        }

        @StoreLoop
        private func check(_ cluster: LiveCluster, _ job: String, calls: [JSONField], seed: UInt64) throws {
            let gateway = try Connection(path: cluster.data + "/gateway.db", mode: .readOnly)
            let rows = try gateway.query("SELECT id, state, submissions FROM images WHERE job = ?", job) { row in
                (id: row.text(0), state: row.text(1), submissions: row.int(2))
            }
            #expect(rows.count == 50)
            #expect(rows.allSatisfy { $0.state == "done" || $0.state == "failed" }, "seed \(seed): \(rows)")
            #expect(rows.count { $0.state == "done" } >= 48, "seed \(seed): more failed than kills explain")
            for row in rows {
                let called = calls.first { $0.name == row.id }?.value.int ?? 0
                #expect(called <= row.submissions, "seed \(seed): \(row.id) was paid for more often than it was tried")
            }
            let events = try gateway.query("SELECT seq FROM job_events WHERE job = ? ORDER BY seq", job) { $0.int(0) }
            #expect(events == Array(1...events.count), "event numbers rise by one")
            let verification = try Verify.file(cluster.data + "/audit.db")
            #expect(verification.isWhole, "seed \(seed): \(verification)")
            let audit = try Connection(path: cluster.data + "/audit.db", mode: .readOnly)
            let ends = try audit.query(
                """
                SELECT target_id, count(*) FROM event WHERE event_type IN ('image.succeeded', 'image.failed', 'image.cancelled')
                GROUP BY target_id
                """
            ) { row in (id: row.text(0), count: row.int(1)) }
            #expect(ends.count == 50, "seed \(seed)")
            #expect(ends.allSatisfy { $0.count == 1 }, "seed \(seed): an image ended twice")
        }
    }
}
