import Foundation
import JSON
import Support
import Telemetry
import Testing

extension Clusters {
    /// One request's trace, from the caller's `traceparent` through the services to the provider.
    @Suite(.timeLimit(.minutes(2)))
    struct TraceTests {
        private static let images = #"{"images":[{"title":"a","prompt":"a lighthouse at dawn"}]}"#
        private static let chat = #"{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}"#

        @Test func aTraceLeadsFromTheRequestThroughLogsAndMessagesToTheProvider() async throws {
            let cluster = try await LiveCluster(workers: 1, environment: ["MARTLET_LOG": "debug"])
            let trace = Trace()
            let headers = [("traceparent", trace.header)]
            let tap = try Tap(of: cluster)
            defer { tap.stop() }
            try await eventually("each service shows its messages", within: .seconds(20)) {
                tap.services.isSuperset(of: ["gateway", "image-worker", "health-monitor"])
            }

            let job = try await cluster.call("POST", "/api/images/jobs", Self.images, headers: headers)
            #expect(job.status == 202, "\(job.text)")
            let id = try #require(job.json["job_id"]?.string)
            try await eventually("the image is made", within: .seconds(30)) {
                try await cluster.call("GET", "/api/images/jobs/\(id)").json["status"]?.string == "succeeded"
            }
            #expect(try await cluster.call("POST", "/v1/chat/completions", Self.chat, headers: headers).status == 200)
            let connectors = try await cluster.call("GET", "/api/connectors").json["items"]?.array ?? []
            let openAI = connectors.first { $0["connector_type"]?.string == "openai_apikey" }?["id"]?.string ?? ""
            let test = try await cluster.call("POST", "/api/connectors/\(openAI)/test", headers: headers)
            #expect(test.json["success"]?.bool == true, "\(test.text)")

            // Each step's log lines name the trace.
            let gateway = lines(cluster, "gateway", of: trace)
            #expect(gateway.contains { $0["message"]?.string == "image job accepted" && $0["job"]?.string == id })
            for path in ["/api/images/jobs", "/v1/chat/completions", "/api/connectors/\(openAI)/test"] {
                let mine = gateway.filter { $0["message"]?.string == "request" && $0["path"]?.string == path }
                #expect(mine.count == 1, "\(path)")
            }
            for (service, message) in [("image-worker-1", "image made"), ("health-monitor", "connector checked")] {
                #expect(lines(cluster, service, of: trace).contains { $0["message"]?.string == message }, "\(service)")
            }

            // So do the messages between them.
            let expected = [
                "job.offer", "job.accept", "job.step", "job.checkpoint", "job.checkpointed", "job.done", "job.settled",
                "health.ping", "health.request", "health.credential", "health.status",
            ]
            try await eventually("the messages are seen: \(tap.kinds(of: trace))", within: .seconds(20)) {
                tap.kinds(of: trace).isSuperset(of: expected)
            }

            // And each call to the provider, with a parent of its own.
            let statistics = try await cluster.simulatorStatistics()
            let calls = (statistics["traceparents"]?.object ?? []).compactMap { Trace(header: $0.name) }
                .filter { $0.id == trace.id }
            #expect(Set(calls.map(\.span)).count == 3, "image, chat and check: \(calls.map(\.header))")
            #expect(!calls.contains { $0.span == trace.span })
            try await cluster.stop()
        }

        private func lines(_ cluster: LiveCluster, _ service: String, of trace: Trace) -> [JSONValue] {
            cluster.text("data/logs/\(service).log").split(separator: "\n")
                .compactMap { try? JSONValue(parsing: Array($0.utf8)) }
                .filter { $0["trace"]?.string == trace.id && $0["span"]?.string?.utf8.count == 16 }
        }
    }
}

/// `tap -o json` on a cluster, writing into a file.
private final class Tap {
    private let process = Process()
    private let cluster: LiveCluster

    init(of cluster: LiveCluster) throws {
        self.cluster = cluster
        let ready = cluster.text("data/logs/tap.log").split(separator: "\n").first { $0.hasPrefix("ready") }
        let address = ready?.split(separator: " ").first { $0.hasPrefix("out=") }?.dropFirst(4) ?? ""
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = products.appendingPathComponent("tap")
        process.arguments = ["-o", "json", "--hub", String(address), "kind=job.*,health.*,service.heartbeat"]
        process.environment = ["PATH": "/usr/bin:/bin", "MARTLET_KEYS": cluster.data + "/keys"]
        process.standardOutput = try cluster.sink("tap.out")
        process.standardError = try cluster.sink("tap.err")
        try process.run()
    }

    private var records: [JSONValue] {
        cluster.text("tap.out").split(separator: "\n").compactMap { try? JSONValue(parsing: Array($0.utf8)) }
    }

    /// Whose messages were seen.
    var services: Set<String> { Set(records.compactMap { $0["header"]?["source"]?["service"]?.string }) }

    /// The kinds that were seen with a step of that trace in their header.
    func kinds(of trace: Trace) -> Set<String> {
        Set(
            records.compactMap { record in
                let step = record["header"]?["trace"]?.string.flatMap { Trace(header: $0) }
                return step?.id == trace.id ? record["header"]?["kind"]?.string : nil
            }
        )
    }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }
}
