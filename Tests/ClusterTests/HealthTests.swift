import Glibc
import HTTP
import JSON
import Loop
import Support
import Synchronization
import Testing

extension Clusters {
    /// A connector's health from the provider's refusal to the owner's letter and back, through real processes.
    @Suite(.timeLimit(.minutes(2)))
    struct HealthTests {
        @Test func aRefusedKeyIsSeenToldAndPassedOverAndComesBack() async throws {
            let mailbox = try Mailbox()
            let provider = RefusingProvider()
            let address = try await provider.start()
            let cluster = try await LiveCluster(workers: 1, environment: ["MARTLET_SMTP_URL": mailbox.url])
            let ada = try await Person("ada@example.org", cluster)
            let id = try await connector(of: ada, at: address)
            #expect(try await ada.chat().headers["x-martlet-connector"] == "work")

            provider.refuses(true)
            let callsBefore = provider.checks
            let refused = try await ada.call("POST", "/api/connectors/\(id)/test").json
            #expect(refused["success"]?.bool == false && refused["status"]?.string == "auth_invalid")
            #expect(provider.checks == callsBefore + 1, "the person hears of one look")
            try await eventually("the second look takes it out of service", within: .seconds(20)) {
                try await ada.state(of: id)["status"]?.string == "auth_invalid"
            }
            #expect(provider.checks >= callsBefore + 2)
            try await hasEvent("connector.auth_invalid", of: id, cluster)
            try await eventually("the owner's letter", within: .seconds(20)) { mailbox.letters.count == 1 }
            #expect(mailbox.letters[0].to == ["<ada@example.org>"])
            #expect(mailbox.letters[0].text.contains(id) && !mailbox.letters[0].text.contains("canary"))
            let elsewhere = try await ada.chat()
            #expect(elsewhere.status == 200 && elsewhere.headers["x-martlet-connector"] != "work", "\(elsewhere.text)")

            try await nothingWaitsForTheMonitor(cluster, ada)

            provider.refuses(false)
            let accepted = try await ada.call("POST", "/api/connectors/\(id)/test")
            #expect(accepted.json["success"]?.bool == true, "\(accepted.text)")
            try await eventually("it is in service again", within: .seconds(20)) {
                try await ada.state(of: id)["status"]?.string == "active"
            }
            try await hasEvent("connector.active", of: id, cluster)
            try await eventually("the second letter", within: .seconds(20)) { mailbox.letters.count == 2 }
            #expect(mailbox.letters[1].text.contains("works again"))
            #expect(try await ada.chat().headers["x-martlet-connector"] == "work")
            try await cluster.stop()
            await provider.stop()
        }

        /// Ada's way to that provider, checked by the monitor and known to have the model.
        private func connector(of ada: Person, at url: String) async throws -> String {
            let body =
                #"{"display_name":"work","connector_type":"openai_compatible","base_url":"\#(url)","#
                + #""api_key":"sk-canary-0123456789abcdef"}"#
            let made = try await ada.call("POST", "/api/connectors", body)
            let id = try #require(made.json["id"]?.string, "\(made.text)")
            #expect(try await ada.call("GET", "/api/connectors/\(id)/models").json["items"]?.array?.isEmpty == false)
            try await eventually("the monitor's first check is written", within: .seconds(30)) {
                try await ada.state(of: id)["last_health_check_status"]?.string == "ok"
            }
            return id
        }

        /// The monitor made the check, not the gateway in its place.
        private func hasEvent(_ type: String, of id: String, _ cluster: LiveCluster) async throws {
            let path = "/api/admin/audit?event_type=\(type)&target=\(id)"
            try await eventually("\(type) is in the trail", within: .seconds(20)) {
                try await cluster.call("GET", path).json["items"]?.array?.isEmpty == false
            }
            let rows = try await cluster.call("GET", path).json["items"]?.array ?? []
            #expect(rows.count == 1)
            #expect(rows.first?["actor"]?.string == "health-monitor" && rows.first?["target_name"]?.string == "work")
        }

        /// A monitor that hangs, and then is killed, delays no call.
        private func nothingWaitsForTheMonitor(_ cluster: LiveCluster, _ ada: Person) async throws {
            let pid = try #require(cluster.pid(of: "health-monitor"))
            Glibc.kill(pid, SIGSTOP)
            for _ in 0..<3 { #expect(try await ada.chat().status == 200) }
            try await cluster.kill("health-monitor")
            for _ in 0..<3 { #expect(try await ada.chat().status == 200) }
            try await eventually("the new one is in session", within: .seconds(30)) {
                try await !cluster.call("GET", "/health/readiness").text.contains("health monitor is not connected")
            }
        }
    }
}

/// A user of the cluster with a key of their own.
private struct Person: GatewayCalls {
    let url: String
    let key: String

    init(_ address: String, _ cluster: LiveCluster) async throws {
        let made = try await cluster.call("POST", "/api/admin/users", #"{"name":"\#(address)","email":"\#(address)"}"#)
        let id = made.json["id"]?.string ?? ""
        key = try await cluster.call("POST", "/api/admin/users/\(id)/keys").json["key"]?.string ?? ""
        url = cluster.url
    }

    func chat() async throws -> Answer {
        let body = #"{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}"#
        return try await call("POST", "/v1/chat/completions", body)
    }

    func state(of connector: String) async throws -> JSONValue {
        let items = try await call("GET", "/api/connectors").json["items"]?.array ?? []
        return items.first { $0["id"]?.string == connector } ?? .null
    }
}

/// A provider of OpenAI's kind that accepts every key until it is told to refuse.
private final class RefusingProvider: Sendable {
    private struct Books: Sendable {
        var refuses = false
        var checks = 0
    }

    private let books = Mutex(Books())
    @NetLoop private var listener: Listener?

    /// Listens, and says where.
    @NetLoop
    func start() throws -> String {
        let listener = try Listener(address: "127.0.0.1:0") { [self] in answer($0) }
        self.listener = listener
        return "http://127.0.0.1:\(listener.port)/v1"
    }

    @NetLoop
    func stop() { listener?.close() }

    func refuses(_ refuses: Bool) { books.withLock { $0.refuses = refuses } }

    /// How often the models were asked for, which is the check.
    var checks: Int { books.withLock { $0.checks } }

    @NetLoop
    private func answer(_ exchange: Exchange) {
        let isCheck = exchange.request.path == "/v1/models"
        let refuses = books.withLock { books in
            if isCheck { books.checks += 1 }
            return books.refuses
        }
        let json = [("content-type", "application/json")]
        if refuses {
            let error = #"{"error":{"message":"Incorrect API key","type":"x","param":null,"code":"invalid_api_key"}}"#
            return exchange.respond(401, json, Array(error.utf8))
        }
        let models = #"{"object":"list","data":[{"id":"gpt-5-mini","object":"model","created":1,"owned_by":"x"}]}"#
        let chat =
            #"{"id":"c","object":"chat.completion","created":1,"model":"gpt-5-mini","choices":[{"index":0,"#
            + #""message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"#
            + #""usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#
        exchange.respond(200, json, Array((isCheck ? models : chat).utf8))
    }
}
