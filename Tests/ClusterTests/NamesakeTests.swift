import Foundation
import JSON
import Support
import Testing

extension Clusters {
    /// Row 18 of the failure table: two workers of one name, as cloned containers are.
    @Suite(.timeLimit(.minutes(4)))
    struct NamesakeTests {
        /// The table has the newer one take the older one's place, which costs the older one's images their attempt.
        /// Here an image is leased to a process, not to a name; so both work on, and the operator is told: in the log,
        /// in readiness, and in the audit trail, which knows workers by their names.
        @Test func twoWorkersOfOneNameWorkSideBySideAndTheOperatorIsTold() async throws {
            let rig = try await Rig(simulator: ["--image-ms", "1000"], starts: false)
            try rig.service("image-worker/2").environment["MARTLET_INSTANCE"] = "image-worker-1"
            try await rig.start()
            let batch = try await Batch.submit(10, named: "the twins", to: rig)
            try await eventually("the operator is told", within: .seconds(10)) {
                let readiness = try await rig.call("GET", "/health/readiness").json
                let degraded = (readiness["degraded"]?.array ?? []).compactMap(\.string)
                let log = try rig.service("gateway").output
                return readiness["image_workers"]?.int == 2
                    && degraded.contains("two image workers are called image-worker-1")
                    && log.contains("two processes have the same instance name")
            }
            // Two heartbeats: long enough for a flapping pair to throw each other out.
            try await batch.wait(on: rig, "both work")
            try await lasting(.seconds(4))
            for name in rig.workers {
                let log = try rig.service(name).output
                #expect(
                    log.components(separatedBy: #""link up","link":"jobs""#).count == 2,
                    "\(name): one session: \(log)"
                )
            }
            #expect(Set(await rig.images(of: batch).map(\.boot)).count == 2, "both had work")
            try await rig.service("image-worker/2").stop()
            try await eventually("it is one worker's name again") {
                let readiness = try await rig.call("GET", "/health/readiness").json
                return readiness["degraded"]?.array?.isEmpty == true
            }
            let rows = try await Invariants(rig, "twins").check(rig, [batch])
            #expect(
                rows.allSatisfy { $0.state == "done" && $0.attempt == 1 && $0.submissions == 1 && $0.crashes == 0 },
                "\(rows)"
            )
            #expect(try await Rig.audited("worker.name_shared", in: rig.data) == ["image-worker-1": 1])
        }

        /// A worker that was killed and started again is its own successor: nobody is told of two, and what the former
        /// process had in hand is made again at once.
        @Test func aWorkerThatComesBackAfterItsDeathIsNoNamesake() async throws {
            let rig = try await Rig(workers: 1, simulator: ["--image-ms", "1500"])
            let batch = try await Batch.submit(2, named: "the successor", to: rig)
            _ = try await rig.image(of: batch, "an image is with the provider", where: \.isWithProvider)
            try await rig.service("image-worker/1").kill()
            try await rig.start("image-worker/1")
            try await batch.wait(on: rig, within: .seconds(12), "at once")
            let log = try rig.service("gateway").output
            #expect(!log.contains("two processes have the same instance name"))
            let rows = try await Invariants(rig, "successor").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" }, "\(rows)")
            #expect(try await Rig.audited("worker.name_shared", in: rig.data).isEmpty)
        }
    }
}
