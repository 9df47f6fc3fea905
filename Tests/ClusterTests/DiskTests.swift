import Foundation
import HTTP
import JSON
import Loop
import SQLite
import Support
import Testing

extension Clusters {
    /// Rows 9 and 10 of the failure table: a disk that is full.
    @Suite(.timeLimit(.minutes(5)), .enabled(if: SmallDisk.isPossible, SmallDisk.why))
    struct DiskTests {
        private static let connector =
            #"{"display_name":"x","connector_type":"openai_apikey","api_key":"sk-0123456789abcdef0123"}"#

        /// One user more; its id when that was acknowledged.
        private func makeUser(_ number: Int, on rig: Rig) async throws -> (id: String?, answer: Answer) {
            let answer = try await rig.call("POST", "/api/admin/users", #"{"name":"user \#(number)"}"#)
            return (answer.status == 201 ? answer.json["id"]?.string : nil, answer)
        }

        private func degraded(_ rig: Rig) async throws -> String {
            let sentences = try await rig.call("GET", "/health/readiness").json["degraded"]?.array ?? []
            return sentences.compactMap(\.string).joined(separator: "; ")
        }

        private func expectRefusal(_ answer: Answer, _ what: String) {
            #expect(answer.status == 503, "\(what): \(answer.status) \(answer.text)")
            let code = answer.json["code"]?.string ?? answer.json["error"]?["code"]?.string
            #expect(code == "storage_full", "\(what): \(answer.text)")
            #expect(Int(answer.headers["retry-after"] ?? "") ?? 0 > 0, "\(what) doesn't say when to come again")
        }

        // MARK: Row 9

        @Test func whenTheAuditDiskIsFullNothingAcknowledgedIsLostAndWhatMustBeAuditedIsRefused() async throws {
            let disk = try SmallDisk(megabytes: 4)
            let rig = try await Rig(workers: 1, environment: ["MARTLET_OUTBOX_EVENTS": "150"], starts: false)
            try rig.service("audit-service").environment["MARTLET_DATA"] = disk.path
            try await rig.start()
            let batch = try await Batch.submit(2, named: "before", to: rig)
            try await batch.wait(on: rig, "before the disk is full")
            try disk.fill()
            let users = try await fillOutbox(rig)
            try await eventually("readiness names the cause") {
                try await degraded(rig).contains("the audit service's disk is full")
            }
            try await expectReadsToGoOn(rig)
            try disk.resize(megabytes: 64)
            try await eventually("the outbox drains", within: .seconds(30)) {
                try await rig.call("GET", "/health/readiness").json["outbox"]?.int == 0
            }
            try await eventually("nothing is degraded any more") { try await !degraded(rig).contains("disk") }
            let last = try await makeUser(0, on: rig)
            #expect(last.id != nil, "\(last.answer.text)")
            var invariants = Invariants(rig, "the audit disk was full")
            invariants.auditData = disk.path
            try await invariants.check(rig, [batch])
            try await expectEvents(of: users + [last.id ?? ""], in: disk.path + "/audit.db")
        }

        /// Makes users until no more are taken; those that were.
        private func fillOutbox(_ rig: Rig) async throws -> [String] {
            var users: [String] = []
            for number in 1...400 {
                let (id, answer) = try await makeUser(number, on: rig)
                guard let id else {
                    expectRefusal(answer, "a user")
                    break
                }
                users.append(id)
            }
            #expect(users.count >= 100 && users.count < 400, "\(users.count) users were taken")
            expectRefusal(try await rig.call("POST", "/api/connectors", Self.connector), "a connector")
            expectRefusal(try await rig.call("POST", "/api/images/jobs", #"{"images":[{"prompt":"x"}]}"#), "a job")
            return users
        }

        private func expectReadsToGoOn(_ rig: Rig) async throws {
            for path in ["/api/connectors", "/api/admin/users", "/api/images/jobs", "/v1/models", "/api/admin/audit"] {
                #expect(try await rig.call("GET", path).status == 200, "\(path)")
            }
            let chat = #"{"model":"sim-fast","messages":[{"role":"user","content":"hi"}]}"#
            for _ in 1...5 { #expect(try await rig.call("POST", "/v1/chat/completions", chat).status == 200) }
        }

        @StoreLoop
        private func expectEvents(of users: [String], in file: String) throws {
            let db = try Connection(path: file, mode: .readOnly)
            for user in users {
                let sql = "SELECT count(*) FROM event WHERE event_type = 'user.created' AND target_id = ?"
                #expect(try db.int(sql, user) == 1, "\(user) was acknowledged")
            }
        }

        // MARK: Row 10

        @Test func whenTheGatewaysDiskIsFullNothingNewIsTakenAndWhatWasTakenIsFinished() async throws {
            let disk = try SmallDisk(megabytes: 48)
            let environment = ["MARTLET_BALLAST_MB": "16", "MARTLET_SLOTS": "2"]
            let rig = try await Rig(workers: 2, environment: environment, starts: false)
            try rig.service("gateway").environment["MARTLET_DATA"] = disk.path
            try await rig.start()
            var batches = [try await Batch.submit(8, named: "before", to: rig)]
            try await batches[0].wait(for: 1, on: rig, "work has begun")
            try disk.fill()
            batches += try await submitUntilRefused(rig)
            try await expectRefusals(rig)
            for batch in batches { try await batch.wait(on: rig, "while the disk is full") }
            let chat = #"{"model":"sim-fast","messages":[{"role":"user","content":"hi"}]}"#
            for _ in 1...5 { #expect(try await rig.call("POST", "/v1/chat/completions", chat).status == 200) }
            #expect(try await degraded(rig).contains("the disk is full"))
            try disk.resize(megabytes: 128)
            try await eventually("the disk has room") { try await !degraded(rig).contains("the disk is full") }
            batches.append(try await Batch.submit(2, named: "after", to: rig))
            #expect(try await makeUser(1, on: rig).id != nil)
            for batch in batches { try await batch.wait(on: rig, "after the disk had room") }
            var invariants = Invariants(rig, "the gateway's disk was full")
            invariants.gatewayData = disk.path
            let rows = try await invariants.check(rig, batches)
            #expect(rows.allSatisfy { $0.state == "done" }, "\(rows)")
            try await expectCalls(5, in: rig.data + "/audit.db")
        }

        /// The room that the database's files have already may hold a few more: those are promised as all others.
        private func submitUntilRefused(_ rig: Rig) async throws -> [Batch] {
            var batches: [Batch] = []
            for number in 1...200 {
                let body = #"{"images":[{"prompt":"picture of the full disk"}]}"#
                let answer = try await rig.call("POST", "/api/images/jobs", body)
                guard answer.status == 202 else {
                    expectRefusal(answer, "job \(number)")
                    report("a full disk: \(batches.count) more jobs taken before the first refusal")
                    return batches
                }
                batches.append(try Batch(accepted: answer, size: 1, named: "job \(number)"))
            }
            throw NeverHappened(description: "200 jobs were taken on a full disk")
        }

        private func expectRefusals(_ rig: Rig) async throws {
            expectRefusal(try await rig.call("POST", "/api/connectors", Self.connector), "a connector")
            expectRefusal(try await rig.call("POST", "/api/admin/users", #"{"name":"x"}"#), "a user")
            let image = #"{"model":"gpt-image-2","prompt":"x"}"#
            expectRefusal(try await rig.call("POST", "/v1/images/generations", image), "an image")
        }

        @StoreLoop
        private func expectCalls(_ count: Int, in file: String) throws {
            let db = try Connection(path: file, mode: .readOnly)
            let calls = try db.int("SELECT sum(calls) FROM usage WHERE model = 'sim-fast'")
            #expect(calls == count, "their rows waited in memory")
        }
    }
}
