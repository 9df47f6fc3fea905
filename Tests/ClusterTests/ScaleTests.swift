import Glibc
import Loop
import Support
import Testing

extension Clusters {
    /// Row 26 of the failure table: fewer workers, then more again, under load.
    @Suite(.timeLimit(.minutes(4)))
    struct ScaleTests {
        /// A worker that is told to end has a second to finish; what isn't done by then goes back to the gateway, which
        /// gives it to others at once. The image's attempt isn't counted. Its request had left, so that it may be paid
        /// for twice is on record.
        @Test(arguments: 1...Length.pick(1, 5))
        func workersThatEndGiveTheirImagesBackAndNothingWaitsForALease(round: Int) async throws {
            let rig = try await Rig(
                workers: 4,
                environment: ["MARTLET_DRAIN_S": "2"],
                simulator: ["--image-ms", "4000"]
            )
            let size = Length.pick(8, 40)
            let batch = try await Batch.submit(size, named: "scale \(round)", to: rig)
            try await eventually("four images are with the provider", within: .seconds(30)) {
                Set(await rig.images(of: batch).filter(\.isWithProvider).map(\.worker)).count == 4
            }
            let leaving = try rig.workers.dropFirst().map { try rig.service($0) }
            let told = Moment.now
            for worker in leaving { worker.signal(SIGTERM) }
            for worker in leaving { try await worker.gone(within: .seconds(20)) }
            print("three workers had ended after \(Moment.now - told)")
            try await eventually("nothing is theirs any more", within: .seconds(2)) {
                await rig.images(of: batch).allSatisfy { $0.state != "leased" || $0.worker == "image-worker/1" }
            }
            let images = await rig.images(of: batch)
            let given = images.filter { $0.state == "queued" && $0.submissions > 0 }.map(\.id)
            #expect(given.count == 3, "\(images)")
            #expect(leaving.allSatisfy { $0.exitStatus == 0 })
            for worker in leaving { try await rig.start(worker.name) }
            try await batch.wait(on: rig, within: .seconds(180), "with four workers again")
            let rows = try await Invariants(rig, "scale \(round)").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.crashes == 0 && $0.attempt == 1 }, "\(rows)")
            #expect(Set(rows.filter { $0.submissions > 1 }.map(\.id)) == Set(given))
            let doubts = try await Rig.audited("image.possible_double_charge", in: rig.data)
            #expect(doubts == Dictionary(uniqueKeysWithValues: given.map { ($0, 1) }))
        }
    }
}
