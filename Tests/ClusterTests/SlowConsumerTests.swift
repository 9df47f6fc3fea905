import Foundation
import JSON
import Support
import Testing

extension Clusters {
    /// Row 16 of the failure table: a worker that doesn't read, and a long queue.
    @Suite(.timeLimit(.minutes(10)))
    struct SlowConsumerTests {
        /// What the gateway sends to one worker stays where it is. That worker can have no more images in hand than it
        /// gave credit for; the gateway's memory doesn't grow with what is queued, and the other worker goes on.
        @Test func aWorkerThatDoesNotReadHoldsUpNobodyAndTheGatewaysMemoryIsBounded() async throws {
            let slots = 8
            let rig = try await Rig(
                environment: ["MARTLET_SLOTS": "\(slots)"],
                simulator: ["--latency-ms", "0", "--image-ms", "50"]
            )
            let slow = try rig.proxy("image-worker/1", .jobs)
            let before = try resident(rig)
            var batches: [Batch] = []
            for number in 0..<Length.pick(20, 100) {
                batches.append(try await Batch.submit(100, named: "queue \(number)", to: rig))
                if number == 4 { slow.hold(.toClient) }
            }
            let queued = batches.reduce(0) { $0 + $1.size }
            var peak = 0
            var mostInHand = 0
            let ended = try await endedImages(batches, rig)
            try await eventually("the other worker goes on", within: .seconds(120)) {
                peak = max(peak, try resident(rig))
                mostInHand = max(mostInHand, await rig.imagesInHand(of: "image-worker-1"))
                return try await endedImages(batches, rig) >= ended + Length.pick(40, 400)
            }
            print(
                "slow consumer: \(queued) queued; resident \(before) kB before, \(peak) kB at most; "
                    + "\(mostInHand) images in hand of the worker that doesn't read"
            )
            #expect(peak < 200_000, "the gateway's resident kilobytes")
            // As many again may be made already and wait to be settled.
            #expect(mostInHand <= 2 * slots)
            slow.heal()
            for batch in batches { _ = try await rig.call("DELETE", "/api/images/jobs/\(batch.job)") }
            for batch in batches { try await batch.wait(on: rig, "cancelled or made") }
            let rows = try await Invariants(rig, "a slow consumer").check(rig, batches)
            #expect(rows.allSatisfy { $0.crashes == 0 && $0.state != "failed" }, "\(rows.filter { $0.crashes > 0 })")
        }

        private func endedImages(_ batches: [Batch], _ rig: Rig) async throws -> Int {
            let images = try await rig.call("GET", "/health/readiness").json["images"]?.object ?? []
            let open = images.compactMap { $0.value.int }.reduce(0, +)
            return batches.reduce(0) { $0 + $1.size } - Int(open)
        }

        /// The gateway's resident memory in kilobytes.
        private func resident(_ rig: Rig) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(rig.service("gateway").pid)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            return line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
        }
    }
}
