import JSON
import Loop
import Support
import Testing

extension Clusters {
    /// Rows 3 and 22 of the failure table: workers that are killed.
    @Suite(.timeLimit(.minutes(4)))
    struct WorkerDeathTests {
        /// The provider's answer died with the worker, so the image is paid for twice at most, and that is on record.
        /// The simulated provider gives no reference by which its answer could be fetched once more.
        @Test func aWorkerKilledAfterTheSubmissionCostsOneMoreSubmissionWhichIsAudited() async throws {
            let rig = try await Rig(simulator: ["--image-ms", "2000"])
            let batch = try await Batch.submit(2, named: "killed late", to: rig)
            let victim = try await rig.image(of: batch, "an image is with the provider") { image in
                image.isWithProvider && image.worker == "image-worker/1"
            }
            try await eventually("the provider has the request") {
                try await rig.simulatorStatistics()["jobs"]?[victim.id]?.int == 1
            }
            let killed = Moment.now
            try await rig.service("image-worker/1").kill()
            let again = try await rig.image(of: batch, "the other worker has it") { image in
                image.id == victim.id && image.isWithProvider && image.worker == "image-worker/2"
            }
            print("worker killed after the submission: submitted again after \(Moment.now - killed)")
            #expect(again.crashes == 1 && again.attempt == 2, "\(again)")
            try await batch.wait(on: rig, "after the kill")
            let calls = try await rig.simulatorStatistics()["jobs"]?[victim.id]?.int
            #expect(calls == 2)
            let rows = try await Invariants(rig, "killed after the submission").check(rig, [batch])
            let own = try #require(rows.first { $0.id == victim.id })
            #expect(own.state == "done" && own.submissions == 2, "\(own)")
            #expect(rows.allSatisfy { $0.id == victim.id || $0.submissions == 1 && $0.crashes == 0 }, "\(rows)")
            let doubts = try await Rig.audited("image.possible_double_charge", in: rig.data)
            #expect(doubts == [victim.id: 1])
        }

        /// What the worker had said never arrived: the image was not submitted, and it costs nothing to begin anew.
        @Test func aWorkerKilledBeforeTheSubmissionCostsNothing() async throws {
            let rig = try await Rig()
            let proxy = try rig.proxy("image-worker/1", .jobs)
            proxy.hold(.toServer)
            let batch = try await Batch.submit(2, named: "killed early", to: rig)
            let victim = try await rig.image(of: batch, "worker 1 was given an image") { image in
                image.state == "leased" && image.worker == "image-worker/1"
            }
            let killed = Moment.now
            try await rig.service("image-worker/1").kill()
            try await batch.wait(on: rig, within: .seconds(30), "after the kill")
            print("worker killed before the submission: all done after \(Moment.now - killed)")
            let rows = try await Invariants(rig, "killed before the submission").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.submissions == 1 }, "\(victim): \(rows)")
            let doubts = try await Rig.audited("image.possible_double_charge", in: rig.data)
            #expect(doubts.isEmpty)
        }

        /// Wherever in its work a worker is killed, at once started again or not: every image ends, and is paid for no
        /// more often than it was submitted. One that was in hand at three deaths is given up, as a poisonous one is; the third is its failure.
        @Test func workersThatAreKilledAtAnyMomentLoseNoImage() async throws {
            var random = SeededGenerator(seed: runSeed)
            let label = "seed \(runSeed), kills at random moments"
            let rig = try await Rig(workers: 3, simulator: ["--latency-ms", "20", "--image-ms", "400"])
            let batch = try await Batch.submit(Length.pick(12, 200), named: "random kills", to: rig)
            for _ in 0..<Length.pick(4, 60) {
                try await lasting(.milliseconds(Int.random(in: 0...900, using: &random)))
                let victim = rig.workers.randomElement(using: &random) ?? "image-worker/1"
                try await rig.service(victim).kill()
                try await rig.start(victim)
            }
            try await batch.wait(on: rig, within: .seconds(180), label)
            let rows = try await Invariants(rig, label).check(rig, [batch])
            #expect(
                rows.allSatisfy { $0.state == "done" || $0.state == "failed" && $0.crashes == 2 },
                "\(label): \(rows)"
            )
        }
    }
}
