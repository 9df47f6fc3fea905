import Foundation
import JSON
import Loop
import SQLite
import Support
import Testing

extension Clusters {
    /// Row 20 of the failure table: wall clocks are an hour off, or jump by an hour while work goes on. Nothing that is
    /// timed may notice.
    @Suite(
        .timeLimit(.minutes(5)),
        .enabled(if: BentClock.library != nil, "libfaketime is needed: deploy/prepare installs it")
    )
    struct ClockTests {
        /// Without the tap's hub, which keeps no time, and the simulator, which is the providers' world.
        private func bent(_ rig: Rig, _ hours: (Int) -> Int = { _ in 0 }) throws -> [(name: String, clock: BentClock)] {
            let services = rig.services.filter { !["provider-sim", "tap"].contains($0.name) }
            return try services.enumerated().map { index, service in
                (service.name, try BentClock(service, of: rig, hours: hours(index)))
            }
        }

        private func unstarted() async throws -> Rig {
            try await Rig(
                workers: 2,
                environment: ["MARTLET_LEASE_MS": "3000", "MARTLET_SLOTS": "4", "MARTLET_HEALTH_INTERVAL_HOURS": "1"],
                simulator: ["--image-ms", "2500"],
                starts: false
            )
        }

        /// Alternately an hour ahead and behind, so that neighbours are two hours apart.
        @Test(arguments: [1, -1])
        func servicesWhoseClocksAreHoursApartWorkAsIfTheyWereNot(_ first: Int) async throws {
            let label = "clocks apart, \(first) h first"
            let rig = try await unstarted()
            let clocks = try bent(rig) { $0.isMultiple(of: 2) ? first : -first }
            #expect(clocks.count == 5)
            try await rig.start()
            let own = wallClockMicroseconds()
            let batch = try await Batch.submit(8, named: label, to: rig)
            try await batch.wait(on: rig, label)
            let answered = try await batch.submitAgain(to: rig)
            #expect(answered == batch.job)
            let rows = try await Invariants(rig, label).check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 && $0.submissions == 1 }, "\(rows)")
            try await proven(rig, label)
            // The clock was bent indeed: the gateway wrote the job down an hour before or after it came.
            let created = try await Self.created(rig.data)
            #expect(abs(created - own) > 3_000_000_000, "\(label): \(created) \(own)")
        }

        @Test func jumpsOfAnHourInEitherDirectionExpireNothingAndFireNothing() async throws {
            let label = "clock jumps"
            let rig = try await unstarted()
            let clocks = try bent(rig)
            try await rig.start()
            try await eventually("every connector was looked at once", within: .seconds(60)) {
                try await self.connectors(rig).allSatisfy { $0["last_health_check_status"]?.string == "ok" }
            }
            let checks = try await checks(rig)
            var batches: [Batch] = []
            for (name, clock) in clocks {
                let batch = try await Batch.submit(4, named: "jump of \(name)", to: rig)
                batches.append(batch)
                for hours in [1, -1, 0] {
                    try clock.set(hours: hours)
                    try await lasting(.milliseconds(400))
                }
                #expect(try await rig.call("GET", "/api/connectors").status == 200, "keys are good at any hour")
            }
            for batch in batches { try await batch.wait(on: rig, label) }
            for batch in batches { #expect(try await batch.submitAgain(to: rig) == batch.job, "\(label)") }
            #expect(try await self.checks(rig) == checks, "\(label): no check is made before its time")
            let rows = try await Invariants(rig, label).check(rig, batches)
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 && $0.submissions == 1 }, "\(rows)")
            try await proven(rig, label)
        }

        private func connectors(_ rig: Rig) async throws -> [JSONValue] {
            let answer = try await rig.call("GET", "/api/connectors")
            return try #require(answer.json["items"]?.array ?? answer.json.array, "\(answer.text)")
        }

        /// How often a provider's models, or whatever its check asks for, were asked for.
        private func checks(_ rig: Rig) async throws -> Int64 {
            let paths = try await rig.simulatorStatistics()["paths"]?.object ?? []
            return paths.filter { !$0.name.contains("image") }.reduce(0) { $0 + ($1.value.int ?? 0) }
        }

        /// The trail verifies by the signatures of its checkpoints, whatever times its events bear.
        private func proven(_ rig: Rig, _ label: String) async throws {
            let verified = try await rig.run(
                "martlet",
                [
                    "audit", "verify", "--file", rig.data + "/audit.db", "--public-key",
                    rig.data + "/audit-signing.pub",
                    "--against", rig.data + "/gateway.db",
                ]
            )
            #expect(verified.code == 0, "\(label): \(verified.output)")
        }

        @StoreLoop
        private static func created(_ data: String) throws -> Int64 {
            let db = try Connection(path: data + "/gateway.db", mode: .readOnly)
            return try db.query("SELECT created_at FROM image_jobs") { $0.int64(0) }.first ?? 0
        }
    }
}
