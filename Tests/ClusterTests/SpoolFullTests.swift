import Foundation
import Glibc
import JSON
import Support
import Testing

extension Clusters {
    /// Row 11 of the failure table: a worker's disk is full while nobody takes its results.
    @Suite(.timeLimit(.minutes(4)), .enabled(if: SmallDisk.isPossible, SmallDisk.why))
    struct SpoolFullTests {
        /// The pictures that the disk can't take stay in memory. The worker says that it is full and takes nothing new;
        /// once the gateway is back it gets all of them, and no image is made twice.
        @Test func aWorkerWhoseSpoolIsFullSaysSoAndDropsNothing() async throws {
            let rig = try await Rig(
                workers: 1,
                environment: ["MARTLET_SLOTS": "4"],
                simulator: ["--image-ms", "1500"],
                starts: false
            )
            let data = rig.folder.file("worker")
            mkdir(data, 0o700)
            let disk = try SmallDisk(megabytes: 1)
            try FileManager.default.createSymbolicLink(atPath: data + "/spool", withDestinationPath: disk.path)
            let worker = try rig.service("image-worker/1")
            let pulse = rig.folder.file("pulse")
            worker.environment["MARTLET_DATA"] = data
            worker.environment["MARTLET_HEALTH_FILE"] = pulse
            try await rig.start()
            try disk.fill()
            let batch = try await Batch.submit(12, named: "the full disk", to: rig)
            try await eventually("the worker's hands are full") {
                try await rig.simulatorStatistics()["jobs"]?.object?.count == 4
            }
            let gateway = try rig.service("gateway")
            try await gateway.kill()
            try await eventually("the worker says that it is full", within: .seconds(20)) {
                let text = (try? String(contentsOfFile: pulse, encoding: .utf8)) ?? ""
                return text.contains("the spool is full")
            }
            try await eventually("every picture is made", within: .seconds(20)) {
                try await rig.simulatorStatistics()["outcomes"]?["200"]?.int == 4
            }
            #expect(worker.output.contains("the spool can't take a result"))
            try await rig.start("gateway")
            try await batch.wait(on: rig, "with the gateway back")
            try await eventually("the worker is well again", within: .seconds(20)) {
                let text = (try? String(contentsOfFile: pulse, encoding: .utf8)) ?? "?"
                return text.split(separator: "\n").count == 1
            }
            let rows = try await Invariants(rig, "a full spool").check(rig, [batch])
            #expect(
                rows.allSatisfy { $0.state == "done" && $0.attempt == 1 && $0.submissions == 1 && $0.crashes == 0 },
                "\(rows)"
            )
        }
    }
}
