import Foundation
import JSON
import Loop
import Support
import Testing

extension Clusters {
    /// Row 4 of the failure table: a worker that stands still, for shorter and for longer than its lease.
    @Suite(.timeLimit(.minutes(4)))
    struct WorkerPauseTests {
        /// Its silence is noticed after 6 s; its images stay its own all the same, for its connection stands.
        @Test func aPauseShorterThanTheLeaseCostsNothing() async throws {
            let lease = Length.pick("15000", "30000")
            let rig = try await Rig(environment: ["MARTLET_LEASE_MS": lease], simulator: ["--image-ms", "1500"])
            let batch = try await Batch.submit(2, named: "the short pause", to: rig)
            // Not sooner: a connection that is only being made when the worker stands still has failed once it goes on.
            try await eventually("both images are with the provider") {
                try await rig.simulatorStatistics()["active"]?.int == 2
            }
            let worker = try rig.service("image-worker/1")
            worker.freeze()
            try await lasting(Length.pick(.seconds(12), .seconds(20)))
            worker.thaw()
            try await batch.wait(on: rig, "after the pause")
            let rows = try await Invariants(rig, "a short pause").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 && $0.submissions == 1 }, "\(rows)")
        }

        /// The picture was made and could not be told; the other worker makes it too, and is first. The late one is
        /// thrown away, but not what it cost.
        @Test func afterAPauseLongerThanTheLeaseTheLateResultIsDiscardedAndBothCostsAreOnRecord() async throws {
            let rig = try await Rig(environment: ["MARTLET_LEASE_MS": "3000"], simulator: ["--image-ms", "500"])
            let plain = try await Batch.submit(1, named: "the plain one", to: rig)
            try await plain.wait(on: rig, "nothing is wrong yet")
            let price = try #require(await rig.images(of: plain).first?.costUSD)
            let batch = try await Batch.submit(1, named: "the long pause", to: rig)
            let pause = try await Pause(rig, batch)
            try await batch.wait(on: rig, "by the other worker")
            pause.end()
            try await eventually("both are paid for on record") {
                await rig.images(of: batch).first?.costUSD == 2 * price
            }
            try await pause.resultIsGone()
            let rows = try await Invariants(rig, "a long pause").check(rig, [plain, batch])
            let own = try #require(rows.first { $0.job == batch.job })
            #expect(own.state == "done" && own.submissions == 2 && own.crashes == 1, "\(own)")
            #expect(try await Rig.audited("image.possible_double_charge", in: rig.data) == [own.id: 1])
            #expect(try await Rig.audited("image.paid_again", in: rig.data) == [own.id: 1])
        }

        /// The other worker's provider takes long; so the late picture is the first valid one and wins.
        @Test func afterAPauseLongerThanTheLeaseALateResultIsTakenWhileThereIsNoOther() async throws {
            let folder = Folder()
            let rules = #"[{"match":{"prompt":"of the salvage"},"times":1,"image_ms":500}]"#
            try rules.write(toFile: folder.file("rules.json"), atomically: true, encoding: .utf8)
            let rig = try await Rig(
                environment: ["MARTLET_LEASE_MS": "3000"],
                simulator: ["--image-ms", "60000", "--rules", folder.file("rules.json")]
            )
            let batch = try await Batch.submit(1, named: "the salvage", to: rig)
            let pause = try await Pause(rig, batch)
            _ = try await rig.image(of: batch, "the other worker has submitted it") { image in
                image.isWithProvider && image.worker != pause.worker.name
            }
            pause.end()
            try await batch.wait(on: rig, within: .seconds(20), "by the worker that had paused")
            try await eventually("the other worker hung up") {
                try await rig.simulatorStatistics()["left"]?.int == 1
            }
            let rows = try await Invariants(rig, "a salvaged result").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.submissions == 2 }, "\(rows)")
        }

        /// A worker that stands still with a picture in its spool that the gateway has not heard of.
        struct Pause {
            let worker: RigService
            private let proxy: Proxy
            private let spool: String

            /// Returns when the worker stands still; its image is the batch's only one.
            init(_ rig: Rig, _ batch: Batch) async throws {
                spool = rig.data + "/spool"
                let image = try await rig.image(of: batch, "the image is with the provider", where: \.isWithProvider)
                proxy = try rig.proxy(image.worker, .jobs)
                proxy.hold(.toServer)
                worker = try rig.service(image.worker)
                let spool = spool
                try await eventually("the picture is in the spool") { Self.results(in: spool) == 1 }
                worker.freeze()
            }

            /// What it had said before never arrives.
            func end() {
                proxy.reset()
                proxy.heal()
                worker.thaw()
            }

            func resultIsGone() async throws {
                try await eventually("the spool is empty") { Self.results(in: spool) == 0 }
            }

            private static func results(in folder: String) -> Int {
                let names = FileManager.default.enumerator(atPath: folder)
                return (names?.compactMap { $0 as? String } ?? []).count { $0.hasSuffix(".mtl") }
            }
        }
    }
}
