import Foundation
import JSON
import Loop
import SQLite
import Support
import Testing

extension Clusters {
    /// Rows 7 and 8 of the failure table: the audit service dies, or stands still.
    @Suite(.timeLimit(.minutes(Length.pick(5, 60))))
    struct AuditFaultTests {
        @Test func whatTheAuditServiceWasToldArrivesOnceHoweverOftenItIsKilled() async throws {
            let kills = Length.pick(5, 60)
            let rig = try await Rig(workers: 1)
            let load = ChatLoad(rig, lanes: 2)
            var random = SeededGenerator(seed: runSeed)
            var batches: [Batch] = []
            var users: [String] = []
            for kill in 1...kills {
                batches.append(try await Batch.submit(2, named: "kill \(kill)", to: rig))
                for number in 1...Length.pick(20, 800) { users.append(try await user("\(kill) \(number)", on: rig)) }
                try await killAtACommit(rig, users.count, wait: .random(in: 0...40, using: &random))
                users.append(try await user("while it is dead, \(kill)", on: rig))
                try await rig.start("audit-service")
            }
            for batch in batches { try await batch.wait(on: rig, "seed \(runSeed)") }
            let calls = await load.stop()
            #expect(calls.failures.isEmpty, "\(calls.failures.prefix(3))")
            report("kill -9 of the audit service, \(kills) times: \(users.count) users, \(calls.text)")
            try await Invariants(rig, "audit kills, seed \(runSeed)").check(rig, batches)
            try await check(users, calls: calls.latencies.count, in: rig.data + "/audit.db")
        }

        private func user(_ name: String, on rig: Rig) async throws -> String {
            let answer = try await rig.call("POST", "/api/admin/users", #"{"name":"user \#(name)"}"#)
            guard answer.status == 201, let id = answer.json["id"]?.string else {
                throw NeverHappened(description: "no user: \(answer.status) \(answer.text)")
            }
            return id
        }

        /// Waits for a commit in the service's file and kills it at once, or a few milliseconds later: its
        /// acknowledgement may be made, on its way, or never come to be.
        private func killAtACommit(_ rig: Rig, _ users: Int, wait: Int) async throws {
            let db = try Connection(path: rig.data + "/audit.db", mode: .readOnly)
            let before = try db.int("SELECT max(seq) FROM event") ?? 0
            _ = try await user("number \(users) is committed", on: rig)
            try await eventually("a commit") { try db.int("SELECT max(seq) FROM event") ?? 0 > before }
            try await lasting(.milliseconds(wait))
            try await rig.service("audit-service").kill()
        }

        @StoreLoop
        private func check(_ users: [String], calls: Int, in file: String) throws {
            let db = try Connection(path: file, mode: .readOnly)
            let sql = "SELECT target_id FROM event WHERE event_type = 'user.created'"
            let recorded = try db.query(sql) { $0.text(0) }
            #expect(Set(recorded).count == recorded.count, "an event is there twice")
            #expect(Set(users).isSubset(of: recorded), "seed \(runSeed)")
            let counted = try db.int("SELECT sum(calls) FROM usage WHERE model = 'sim-fast'")
            #expect(counted == calls, "seed \(runSeed): each call is in the log once")
        }

        @Test func anAuditServiceThatStandsStillHoldsUpNoCall() async throws {
            let rig = try await Rig(workers: 1)
            let load = ChatLoad(rig)
            try await lasting(.seconds(Length.pick(3, 30)))
            let before = load.take()
            let service = try rig.service("audit-service")
            service.freeze()
            let batch = try await Batch.submit(2, named: "while it stands still", to: rig)
            try await lasting(.seconds(Length.pick(6, 30)))
            let meanwhile = load.take()
            try await batch.wait(on: rig, "while the audit service stands still")
            service.thaw()
            let after = await load.stop()
            report("audit service running: \(before.text)")
            report("audit service stopped: \(meanwhile.text)")
            let failures = [before, meanwhile, after].flatMap(\.failures)
            #expect(failures.isEmpty, "\(failures.prefix(3))")
            #expect(meanwhile.latencies.count > 100)
            // Other tests share the machine: a wait for the audit service would be seconds.
            let bound = before.quantile(0.99) * 3 + .milliseconds(200)
            #expect(meanwhile.quantile(0.99) < bound, "\(before.text); \(meanwhile.text)")
            try await Invariants(rig, "the audit service stood still").check(rig, [batch])
            let calls = [before, meanwhile, after].reduce(0) { $0 + $1.latencies.count }
            try await check([], calls: calls, in: rig.data + "/audit.db")
        }
    }
}
