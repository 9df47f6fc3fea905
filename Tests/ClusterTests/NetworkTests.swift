import JSON
import Loop
import Support
import Testing

extension Clusters {
    /// Rows 13 and 14 of the failure table: the network between a worker and the gateway is cut.
    @Suite(.timeLimit(.minutes(Length.pick(3, 20))))
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

        /// No end is told of the cut. Whichever way still works must not keep the image with a worker that can't hear,
        /// or can't be heard; what that worker made meanwhile counts once or not at all.
        @Test(arguments: Proxy.Way.allCases)
        func aHalfOpenCutLongerThanTheLeaseMovesTheWorkToAnotherWorker(_ held: Proxy.Way) async throws {
            let rig = try await Rig(
                workers: 2,
                environment: ["MARTLET_LEASE_MS": Length.pick("2000", "15000"), "MARTLET_SLOTS": "2"],
                simulator: ["--image-ms", "2500"]
            )
            let batch = try await Batch.submit(4, named: "half-open \(held)", to: rig)
            try await eventually("the worker is to be cut off in the middle of two images") {
                try await rig.leases(of: "image-worker/1", paid: true) == 2
            }
            let proxy = try rig.proxy("image-worker/1", .jobs)
            proxy.hold(held)
            let begun = Moment.now
            try await batch.wait(on: rig, within: .seconds(60), "one worker is cut off, the other is there")
            print("half-open, \(held) held: all has ended \(Moment.now - begun) after the cut")
            try await lasting(Length.pick(.zero, .seconds(300)))
            proxy.heal()
            try await eventually("the worker is back", within: .seconds(30)) {
                try await rig.call("GET", "/health/readiness").json["image_workers"]?.int == 2
            }
            let second = try await Batch.submit(2, named: "healed \(held)", to: rig)
            try await second.wait(on: rig, "after the cut")
            let rows = try await Invariants(rig, "half-open, \(held) held").check(rig, [batch, second])
            #expect(rows.allSatisfy { $0.state == "done" }, "\(rows)")
            let again = rows.filter { $0.job == batch.job && $0.attempt > 1 }
            #expect(again.count <= 2, "no more than what the worker had is made again: \(again)")
            if held == .toServer { #expect(again.count == 2, "the worker could not be heard: \(rows)") }
        }
    }
}
