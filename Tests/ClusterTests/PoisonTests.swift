import Foundation
import JSON
import Support
import Testing

extension Clusters {
    /// Row 22 of the failure table: an image that kills whoever makes it.
    @Suite(.timeLimit(.minutes(4)))
    struct PoisonTests {
        /// Whichever worker takes the image is killed with all that it has in hand, and starts again. The image never
        /// ends by itself: its provider takes ten minutes.
        ///
        /// The table gives such an image up after two crashes on two workers; here it is three, of which it was alone
        /// with its worker in the last one, so that no other image is given up for having been in its company.
        @Test func anImageThatKillsItsWorkersIsGivenUpAndTheOthersAreMade() async throws {
            let folder = Folder()
            let rules = #"[{"match":{"prompt":"picture 2 of the poison"},"image_ms":600000}]"#
            try rules.write(toFile: folder.file("rules.json"), atomically: true, encoding: .utf8)
            let rig = try await Rig(
                workers: 4,
                environment: ["MARTLET_LEASE_MS": "3000", "MARTLET_SLOTS": "2"],
                simulator: ["--image-ms", "700", "--rules", folder.file("rules.json")]
            )
            let batch = try await Batch.submit(8, named: "the poison", to: rig)
            for crash in 0..<3 {
                let poison = try await rig.image(of: batch, "the poison is taken, crash \(crash)") { image in
                    image.position == 1 && image.isWithProvider && image.crashes == crash
                }
                try await rig.service(poison.worker).kill()
                try await rig.start(poison.worker)
            }
            try await batch.wait(on: rig, within: .seconds(60), "after three crashes")
            let images = try await rig.call("GET", "/api/images/jobs/\(batch.job)").json["images"]?.array ?? []
            let failed = images.filter { $0["status"]?.string == "failed" }
            #expect(failed.map { $0["index"]?.int } == [1])
            #expect(failed.first?["error"]?["code"]?.string == "worker_crashed")
            #expect(failed.first?["error"]?["message"]?.string?.contains("3 workers ended") == true, "\(failed)")
            #expect(try rig.workers.allSatisfy { try rig.service($0).isRunning })
            try await eventually("all workers are there") {
                try await rig.call("GET", "/health/readiness").json["image_workers"]?.int == 4
            }
            let rows = try await Invariants(rig, "poison").check(rig, [batch])
            #expect(rows.filter { $0.state == "done" }.count == 7, "\(rows)")
        }
    }
}
