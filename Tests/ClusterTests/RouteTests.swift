import Foundation
import HTTP
import JSON
import Support
import Testing

extension Clusters {
    /// Connectors, users, keys, cancelling and the tap, through a running cluster.
    @Suite(.timeLimit(.minutes(3)))
    struct RouteTests {
        @Test func whatIsMineIsMineAndWhatIsSecretStaysSecret() async throws {
            let cluster = try await LiveCluster(workers: 1)
            try await connectors(cluster)
            try await users(cluster)
            try await cancelling(cluster)
            try await tap(cluster)
            try await cluster.stop()
            let logs = try FileManager.default.contentsOfDirectory(atPath: cluster.data + "/logs")
            for log in logs {
                #expect(!cluster.text("data/logs/\(log)").contains("canary"), "\(log) holds a secret")
            }
        }

        private func connectors(_ cluster: LiveCluster) async throws {
            let made = try await cluster.call(
                "POST",
                "/api/connectors",
                #"{"display_name":"mine","connector_type":"openai_apikey","api_key":"sk-canary-0123456789abcdef"}"#
            )
            #expect(made.status == 201)
            let id = try #require(made.json["id"]?.string)
            let list = try await cluster.call("GET", "/api/connectors")
            #expect(list.json["items"]?.array?.count { $0["id"]?.string == id } == 1)
            #expect(!made.text.contains("canary") && !list.text.contains("canary"))
            let tested = try await cluster.call("POST", "/api/connectors/\(id)/test")
            #expect(tested.json["status"]?.string == "ok", "\(tested.text)")
            let chat = try await cluster.call(
                "POST",
                "/v1/chat/completions",
                #"{"model":"mine/gpt-5-mini","messages":[{"role":"user","content":"hi"}]}"#
            )
            #expect(chat.headers["x-martlet-connector"] == "mine")
            #expect(chat.headers["x-martlet-overhead-ms"].flatMap { Double($0) } != nil)
            #expect(try await cluster.call("DELETE", "/api/connectors/\(id)").status == 204)
            #expect(try await cluster.call("GET", "/api/connectors/\(id)").status == 404)
        }

        private func users(_ cluster: LiveCluster) async throws {
            let user = try await cluster.call("POST", "/api/admin/users", #"{"name":"bob"}"#)
            let id = try #require(user.json["id"]?.string)
            let key = try await cluster.call("POST", "/api/admin/users/\(id)/keys", #"{"name":"laptop"}"#)
            let secret = try #require(key.json["key"]?.string)
            let bob = [("authorization", "Bearer \(secret)")]
            func call(_ method: String, _ path: String) async throws -> Int {
                try await Calls.call(method, cluster.url + path, "", headers: bob).status
            }
            #expect(try await call("GET", "/v1/models") == 200)
            #expect(try await call("GET", "/api/admin/users") == 403)
            let job = try await cluster.call("POST", "/api/images/jobs", #"{"images":[{"prompt":"a gull"}]}"#)
            let jobID = try #require(job.json["job_id"]?.string)
            #expect(try await call("GET", "/api/images/jobs/\(jobID)") == 404, "another's job isn't there")
            let keyID = try #require(key.json["id"]?.string)
            #expect(try await cluster.call("DELETE", "/api/admin/users/\(id)/keys/\(keyID)").status == 204)
            #expect(try await call("GET", "/v1/models") == 401)
        }

        private func cancelling(_ cluster: LiveCluster) async throws {
            let images = (0..<6).map { #"{"prompt":"slow picture \#($0)"}"# }.joined(separator: ",")
            let body = #"{"images":[\#(images)],"model":"sim-slow"}"#
            let job = try await cluster.call("POST", "/api/images/jobs", body)
            let id = try #require(job.json["job_id"]?.string)
            try await eventually("one is under way") {
                try await cluster.call("GET", "/api/images/jobs/\(id)").json["status"]?.string == "running"
            }
            #expect(try await cluster.call("DELETE", "/api/images/jobs/\(id)").status < 300)
            try await eventually("all are cancelled", within: .seconds(20)) {
                try await cluster.call("GET", "/api/images/jobs/\(id)").json["status"]?.string == "cancelled"
            }
        }

        /// The tap follows the messages of a job, each as a JSON line, and shows no prompt.
        private func tap(_ cluster: LiveCluster) async throws {
            let gateway = try #require(cluster.pid(of: "gateway"))
            let variables = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(gateway)/environ"))
                .split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            let process = Process()
            let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            process.executableURL = products.appendingPathComponent("tap")
            process.arguments = ["kind=job.*", "--payload", "-o", "json", "--for", "30s", "-c", "6"]
            process.environment = Dictionary(
                variables.compactMap { variable in
                    let parts = variable.split(separator: "=", maxSplits: 1).map(String.init)
                    return parts.count == 2 ? (parts[0], parts[1]) : nil
                },
                uniquingKeysWith: { $1 }
            )
            process.standardOutput = try cluster.sink("tap.out")
            process.standardError = try cluster.sink("tap.err")
            try process.run()
            try await eventually("it has subscribed") { cluster.text("tap.err").contains("subscribed") }
            _ = try await cluster.call("POST", "/api/images/jobs", #"{"images":[{"prompt":"a canary sings"}]}"#)
            try await eventually("six messages were shown", within: .seconds(40)) { !process.isRunning }
            let lines = cluster.text("tap.out").split(separator: "\n").map(String.init)
            #expect(process.terminationStatus == 0, "\(cluster.text("tap.err"))")
            #expect(lines.count == 6)
            #expect(lines.allSatisfy { (try? JSONValue(parsing: $0)) != nil })
            #expect(lines.contains { $0.contains("job.offer") })
            #expect(!cluster.text("tap.out").contains("canary"), "a prompt is in the tap")
        }
    }
}
