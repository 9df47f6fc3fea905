import JSON
import Loop
import Support
import Testing

extension Clusters {
    /// Rows 1 and 2 of the failure table: the gateway dies, or stands still.
    @Suite(.timeLimit(.minutes(Length.pick(4, 40))))
    struct GatewayFaultTests {
        /// Whoever got no answer asks again with the same key until there is one.
        private func submitted(_ count: Int, to gateway: Address, seed: UInt64) async throws -> [Batch] {
            var random = SeededGenerator(seed: seed)
            var batches: [Batch] = []
            for number in 0..<count {
                let end = Moment.now + .seconds(60)
                var answer: Batch?
                while answer == nil {
                    guard Moment.now < end else {
                        throw NeverHappened(description: "no answer to submission \(number)")
                    }
                    answer = try? await Batch.submit(4, named: "batch \(number)", to: gateway)
                }
                batches += answer.map { [$0] } ?? []
                try await lasting(.milliseconds(Int.random(in: 0...Length.pick(600, 4_000), using: &random)))
            }
            return batches
        }

        @Test func aGatewayKilledAtAnyMomentLosesNoJobAndRepeatsNoImage() async throws {
            let (kills, jobs, seed) = (Length.pick(6, 200), Length.pick(10, 125), runSeed)
            var random = SeededGenerator(seed: seed &+ 1)
            let rig = try await Rig(
                workers: 2,
                environment: ["MARTLET_SLOTS": "4"],
                simulator: ["--image-ms", "1000"]
            )
            let address = Address(url: rig.url, key: rig.key)
            async let submissions = submitted(jobs, to: address, seed: seed)
            for _ in 0..<kills {
                try await lasting(.milliseconds(Int.random(in: 100...1_500, using: &random)))
                try await rig.service("gateway").kill()
                try await rig.start("gateway")
            }
            let batches = try await submissions
            for batch in batches { try await batch.wait(on: rig, "seed \(seed): after \(kills) kills") }
            for batch in batches.shuffled(using: &random).prefix(5) {
                let again = try await batch.submitAgain(to: rig)
                #expect(again == batch.job, "seed \(seed): the same key is the same job")
            }
            let calls = try await rig.simulatorStatistics()["jobs"]?.object ?? []
            let rows = try await Invariants(rig, "seed \(seed), \(kills) kills").check(rig, batches)
            #expect(rows.count == 4 * jobs, "seed \(seed): each submission is one job, asked for however often")
            #expect(Set(batches.map(\.job)).count == jobs)
            #expect(
                rows.allSatisfy { $0.state == "done" && $0.attempt == 1 && $0.crashes == 0 },
                "seed \(seed): \(rows)"
            )
            #expect(calls.count == rows.count && calls.allSatisfy { $0.value.int == 1 }, "seed \(seed): \(calls)")
        }

        /// The mirror image of a worker that stands still: the gateway's own pause must not expire everybody's lease.
        @Test func aGatewayThatStandsStillPastEveryLeaseTakesNoImageFromAnybody() async throws {
            let (workers, slots, jobs) = Length.pick((2, 4, 2), (4, 13, 13))
            let rig = try await Rig(
                workers: workers,
                environment: ["MARTLET_LEASE_MS": Length.pick("2000", "10000"), "MARTLET_SLOTS": "\(slots)"],
                simulator: ["--image-ms", Length.pick("3000", "15000")]
            )
            var batches: [Batch] = []
            for number in 0..<jobs { batches.append(try await Batch.submit(4, named: "held \(number)", to: rig)) }
            try await eventually("every image is leased", within: .seconds(20)) {
                try await rig.leases(paid: true) == 4 * jobs
            }
            let gateway = try rig.service("gateway")
            gateway.freeze()
            try await lasting(Length.pick(.seconds(7), .seconds(30)))
            gateway.thaw()
            for batch in batches { try await batch.wait(on: rig, "after the pause") }
            let calls = try await rig.simulatorStatistics()["jobs"]?.object ?? []
            let rows = try await Invariants(rig, "the gateway stood still").check(rig, batches)
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 && $0.submissions == 1 }, "\(rows)")
            #expect(calls.count == rows.count && calls.allSatisfy { $0.value.int == 1 }, "\(calls)")
        }

        /// A pause that is shorter than any liveness but longer than a short lease is no exception.
        @Test func shortPausesPastAShortLeaseAreNoException() async throws {
            let rig = try await Rig(
                workers: 1,
                environment: ["MARTLET_LEASE_MS": "1500", "MARTLET_SLOTS": "4"],
                simulator: ["--image-ms", "8000"]
            )
            let batch = try await Batch.submit(4, named: "paused", to: rig)
            try await eventually("every image is leased") { try await rig.leases(paid: true) == 4 }
            let gateway = try rig.service("gateway")
            for _ in 0..<2 {
                gateway.freeze()
                try await lasting(.seconds(3))
                gateway.thaw()
                try await eventually("it answers again") { await batch.ended(on: rig) != nil }
            }
            try await batch.wait(on: rig, "after the pauses")
            let rows = try await Invariants(rig, "short pauses").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 && $0.submissions == 1 }, "\(rows)")
        }
    }
}
