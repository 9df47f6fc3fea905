import Support
import Testing

extension Clusters {
    /// Rows 13 to 15 of the failure table: the network between a worker and the gateway.
    @Suite(.timeLimit(.minutes(3)))
    struct NetworkTests {
        @Test func aCutOfFiveSecondsCostsNoImageItsAttempt() async throws {
            let rig = try await Rig(workers: 1)
            let batch = try await Batch.submit(6, named: "the cut", to: rig)
            try await batch.wait(for: 1, on: rig, "work has begun")
            let proxy = try rig.proxy("image-worker/1", .jobs)
            proxy.cut()
            try await lasting(.seconds(5))
            proxy.heal()
            try await batch.wait(on: rig, "after the cut")
            let rows = try await Invariants(rig, "a cut of 5 s").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 }, "\(rows)")
        }
    }
}
