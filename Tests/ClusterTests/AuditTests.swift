import Foundation
import HTTP
import JSON
import Loop
import SQLite
import Support
import Testing

extension Clusters {
    /// The audit trail as its users see it: receipts, browsing, export, and proofs from the files at rest.
    @Suite(.timeLimit(.minutes(3)))
    struct AuditTests {
        @Test func theTrailProvesItselfAndCanBeBrowsed() async throws {
            let cluster = try await LiveCluster(workers: 1)
            let receipts = try await receipts(cluster)
            try await browse(cluster)
            try await export(cluster)
            try await refusals(cluster)
            try await checkpoint(cluster)
            try await cluster.stop()
            try proofs(cluster, receipts)
        }

        /// Whatever changes something says where that is on record.
        private func receipts(_ cluster: LiveCluster) async throws -> [String] {
            var receipts: [String] = []
            func change(_ method: String, _ path: String, _ body: String = "") async throws -> JSONValue {
                let answer = try await cluster.call(method, path, body)
                #expect(answer.status < 300, "\(method) \(path): \(answer.text)")
                let receipt = answer.headers["x-martlet-receipt"]
                #expect(receipt != nil, "\(method) \(path) has no receipt")
                receipts += receipt.map { [$0] } ?? []
                return answer.json
            }
            let connector =
                #"{"display_name":"mine","connector_type":"openai_apikey","api_key":"sk-mine-0123456789abcdef"}"#
            let id = try await change("POST", "/api/connectors", connector)["id"]?.string ?? ""
            _ = try await change("DELETE", "/api/connectors/\(id)")
            let user =
                try await change("POST", "/api/admin/users", #"{"name":"=cmd|' /C calc'!A0"}"#)["id"]?.string ?? ""
            let key = try await change("POST", "/api/admin/users/\(user)/keys", #"{"name":"k"}"#)["id"]?.string ?? ""
            _ = try await change("DELETE", "/api/admin/users/\(user)/keys/\(key)")
            _ = try await change("DELETE", "/api/admin/users/\(user)")
            let job = try await change("POST", "/api/images/jobs", #"{"images":[{"prompt":"a gull"}]}"#)
            #expect(job["job_id"]?.string != nil)
            let reading = try await cluster.call("GET", "/api/connectors")
            #expect(reading.headers["x-martlet-receipt"] == nil, "who only reads changes nothing")
            let failing = try await cluster.call("POST", "/api/connectors", "{}")
            #expect(failing.headers["x-martlet-receipt"] == nil)
            return receipts
        }

        private func browse(_ cluster: LiveCluster) async throws {
            try await eventually("the events have arrived", within: .seconds(20)) {
                let page = try await cluster.call("GET", "/api/admin/audit?event_type=user.deleted&days=1")
                return page.json["items"]?.array?.count == 1
            }
            var seen: [Int64] = []
            var cursor: String?
            repeat {
                let query = "limit=3" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await cluster.call("GET", "/api/admin/audit?\(query)").json
                seen += (page["items"]?.array ?? []).compactMap { $0["seq"]?.int }
                cursor = page["next_cursor"]?.string
            } while cursor != nil
            #expect(seen.count >= 9 && seen == Array(Set(seen)).sorted(by: >), "\(seen)")
            let row = try await cluster.call("GET", "/api/admin/audit?event_type=connector.deleted").json["items"]?
                .array?.first
            #expect(row?["target_type"]?.string == "connector" && row?["hash"]?.string?.count == 64)
            let target = row?["target_id"]?.string ?? ""
            let both = try await cluster.call("GET", "/api/admin/audit?target=\(target)").json["items"]?.array
            #expect(both?.compactMap { $0["event_type"]?.string } == ["connector.deleted", "connector.created"])
            let chat = #"{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}"#
            #expect(try await cluster.call("POST", "/v1/chat/completions", chat).status == 200)
            try await eventually("the call has arrived", within: .seconds(20)) {
                let page = try await cluster.call("GET", "/api/admin/calls?purpose=chat&outcome=ok")
                return page.json["items"]?.array?.count == 1
            }
            let none = try await cluster.call("GET", "/api/admin/calls?purpose=embeddings")
            #expect(none.json["items"]?.array?.isEmpty == true)
        }

        private func export(_ cluster: LiveCluster) async throws {
            let csv = try await cluster.call("GET", "/api/admin/audit.csv?event_type=user.created")
            #expect(csv.headers["content-type"]?.hasPrefix("text/csv") == true)
            #expect(csv.headers["x-martlet-row-cap"] == "100000")
            #expect(csv.text.hasPrefix("seq,at,event_type,actor,target_type,target_id,target_name,notes,hash\r\n"))
            #expect(csv.text.contains(",'=cmd|' /C calc'!A0,"), "\(csv.text)")
            let two = try await cluster.call("GET", "/api/admin/audit.jsonl?limit=2")
            let lines = try two.text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
            #expect(lines.count == 3 && lines[2]["next_cursor"]?.string != nil)
            let all = try await cluster.call("GET", "/api/admin/audit.jsonl")
            let numbers = try all.text.split(separator: "\n")
                .map { try JSONValue(parsing: Array($0.utf8))["seq"]?.int ?? 0 }
            #expect(numbers == Array((1...Int64(numbers.count)).reversed()), "from the first to the last, newest first")
            let calls = try await cluster.call("GET", "/api/admin/calls.csv")
            #expect(calls.text.contains("chat,gpt-5-mini"), "\(calls.text)")
        }

        private func refusals(_ cluster: LiveCluster) async throws {
            let user = try await cluster.call("POST", "/api/admin/users", #"{"name":"bob"}"#).json["id"]?.string ?? ""
            let key = try await cluster.call("POST", "/api/admin/users/\(user)/keys").json["key"]?.string ?? ""
            for path in ["audit", "audit.csv", "audit.jsonl", "calls", "calls.csv", "calls.jsonl"] {
                let url = cluster.url + "/api/admin/" + path
                let answer = try await Calls.call("GET", url, "", headers: [("authorization", "Bearer \(key)")])
                #expect(answer.status == 403, "\(path)")
            }
            for query in [
                "limit=0", "limit=501", "days=x", "evnet_type=x", "cursor=%27",
                "actor=\(String(repeating: "a", count: 300))",
            ] {
                #expect(try await cluster.call("GET", "/api/admin/audit?\(query)").status == 400, "\(query)")
            }
        }

        /// An audit service that stops signs what it has; the gateway hears of it, from that one or the next.
        private func checkpoint(_ cluster: LiveCluster) async throws {
            let pid = try #require(cluster.pid(of: "audit-service"))
            Glibc.kill(pid, SIGTERM)
            try await eventually("the audit service runs again", within: .seconds(30)) {
                cluster.pid(of: "audit-service") != pid
            }
            try await eventually("the gateway keeps a checkpoint", within: .seconds(30)) {
                let db = try Connection(path: cluster.data + "/gateway.db", mode: .readOnly)
                return try db.int("SELECT count(*) FROM audit_checkpoint") == 1
            }
        }

        /// From the files at rest, with the public key alone.
        private func proofs(_ cluster: LiveCluster, _ receipts: [String]) throws {
            let data = cluster.data
            let mode = try FileManager.default.attributesOfItem(atPath: data + "/audit-signing.key")[.posixPermissions]
            #expect(mode as? Int == 0o600)
            let key = ["--file", data + "/audit.db", "--public-key", data + "/audit-signing.pub"]
            let verified = try martlet(["audit", "verify", "--against", data + "/gateway.db"] + key)
            #expect(verified.status == 0 && verified.output.contains("agrees with"), "\(verified.output)")
            #expect(!receipts.isEmpty)
            for receipt in receipts {
                let proof = try martlet(["audit", "prove", receipt] + key)
                #expect(proof.status == 0 && proof.output.contains("covered by the checkpoint"), "\(proof.output)")
            }
            let wrong = try martlet(
                ["audit", "prove", receipts[0].dropLast() + (receipts[0].hasSuffix("0") ? "1" : "0")] + key
            )
            #expect(wrong.status == 1 && wrong.output.contains("not the receipt's"))
            let kept = try martlet(["audit", "checkpoint", "--file", data + "/audit.db"])
            try kept.output.write(toFile: cluster.folder.file("kept.jsonl"), atomically: true, encoding: .utf8)
            let agreed = try martlet(["audit", "verify", "--checkpoint", cluster.folder.file("kept.jsonl")] + key)
            #expect(agreed.status == 0, "\(agreed.output)")
            try cutOff(data + "/audit.db")
            #expect(try martlet(["audit", "verify"] + key).status == 0, "the file alone can't know")
            for elsewhere in [
                ["--against", data + "/gateway.db"], ["--checkpoint", cluster.folder.file("kept.jsonl")],
            ] {
                let cut = try martlet(["audit", "verify"] + elsewhere + key)
                #expect(cut.status == 1 && cut.output.contains("truncated"), "\(cut.output)")
            }
        }

        private func cutOff(_ path: String) throws {
            let db = try Connection(path: path)
            try db.execute(
                """
                DROP TRIGGER event_no_delete; DROP TRIGGER checkpoint_no_delete;
                DELETE FROM checkpoint; DELETE FROM event WHERE seq > 4
                """
            )
        }

        func martlet(_ arguments: [String]) throws -> (status: Int32, output: String) {
            let process = Process()
            let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            process.executableURL = products.appendingPathComponent("martlet")
            process.arguments = arguments
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = pipe
            try process.run()
            let output = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: output, as: UTF8.self))
        }
    }
}
