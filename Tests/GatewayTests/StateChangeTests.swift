import Audit
import HTTP
import JSON
import Providers
import Support
import Testing

@testable import Gateway

/// Every route that changes something, taken from the table of routes: one event each, a receipt, and no change at all
/// where the event can't be written.
@Suite(.timeLimit(.minutes(1)))
struct StateChangeTests {
    /// A call that succeeds once: to which target type its event belongs, and how it is made.
    private struct Deed {
        let target: String
        let body: String
        /// The values of the path's `{…}` parts.
        var parameters: [String] = []
        /// Sent instead of the admin's key.
        var session: [(String, String)]?
    }

    private static let connector =
        #""connector_type":"openai_apikey","api_key":"sk-canary-first-0123456789abcdef"}"#
    private static let job = #"{"images":[{"prompt":"a canary in a mine"}],"settings":{"model":"gpt-image-1"}}"#

    private static let template = #"{"text":"a canary: {image_prompt}","negative_prompt":"a canary's cage"}"#

    /// Makes what a route works on. A route that isn't here fails the tests: write its line.
    private static func deed(_ route: String, _ bench: GatewayBench) async throws -> Deed? {
        switch route {
        case "POST /api/connectors":
            return Deed(target: "connector", body: #"{"display_name":"new","# + connector)
        case "PATCH /api/connectors/{id}":
            let body = #"{"display_name":"renamed","model_hint":"gpt-5","image_concurrency":2}"#
            return Deed(target: "connector", body: body, parameters: [try await made("patched", bench)])
        case "PUT /api/connectors/{id}/credentials":
            let body = #"{"api_key":"sk-canary-second-0123456789abcdef"}"#
            return Deed(target: "connector", body: body, parameters: [try await made("rotated", bench)])
        case "DELETE /api/connectors/{id}":
            return Deed(target: "connector", body: "", parameters: [try await made("deleted", bench)])
        case "POST /api/connectors/{id}/default":
            return Deed(target: "connector", body: "", parameters: [try await made("default", bench)])
        case "DELETE /api/connectors/{id}/default":
            return Deed(target: "connector", body: "", parameters: [try await made("no default", bench)])
        case "PATCH /api/admin/connectors/{id}/cap":
            let body = #"{"monthly_token_cap":1000}"#
            return Deed(target: "connector", body: body, parameters: [try await made("capped", bench)])
        case "POST /api/admin/connectors/{id}/revoke":
            return Deed(target: "connector", body: "", parameters: [try await made("revoked", bench)])
        case "POST /api/feature-preferences":
            let id = try await made("pinned", bench)
            return Deed(target: "preference", body: #"{"feature":"set_builder","connector_id":"\#(id)"}"#)
        case "DELETE /api/feature-preferences/{feature}":
            let body = #"{"feature":"dropped","connector_id":"\#(try await made("pinned once", bench))"}"#
            _ = try await bench.change("POST", "/api/feature-preferences", body)
            return Deed(target: "preference", body: "", parameters: ["dropped"])
        case "PATCH /api/admin/policy":
            return Deed(target: "policy", body: #"{"llm_call_log_retention_days":30}"#)
        case "POST /api/admin/users":
            return Deed(target: "user", body: #"{"name":"new user"}"#)
        case "DELETE /api/admin/users/{id}":
            return Deed(target: "user", body: "", parameters: [try await user("deleted user", bench)])
        case "POST /api/admin/users/{id}/keys":
            return Deed(target: "key", body: "", parameters: [try await user("with a key", bench)])
        case "DELETE /api/admin/users/{id}/keys/{key}":
            let id = try await user("with two keys", bench)
            let key = try await bench.change("POST", "/api/admin/users/\(id)/keys")["id"]?.string ?? ""
            return Deed(target: "key", body: "", parameters: [id, key])
        case "POST /api/images/jobs":
            return Deed(target: "image_job", body: job)
        case "DELETE /api/images/jobs/{id}":
            let id = try await bench.change("POST", "/api/images/jobs", job)["job_id"]?.string ?? ""
            return Deed(target: "image_job", body: "", parameters: [id])
        case "PUT /api/images/settings":
            return Deed(target: "image_settings", body: #"{"image_type":"canary"}"#)
        case "PUT /api/images/templates/{name}":
            return Deed(target: "image_template", body: template, parameters: ["new"])
        case "DELETE /api/images/templates/{name}":
            try await bench.change("PUT", "/api/images/templates/gone", template)
            return Deed(target: "image_template", body: "", parameters: ["gone"])
        case "POST /v1/images/generations":
            return Deed(target: "image_job", body: #"{"model":"gpt-image-1","prompt":"a canary"}"#)
        case "POST /api/turns":
            let body = #"{"action":"reply_image","messages":[{"role":"user","content":"a canary"}]}"#
            return Deed(target: "image_job", body: body)
        case "POST /api/session":
            return Deed(target: "session", body: "")
        case "DELETE /api/session":
            return Deed(target: "session", body: "", session: try await bench.signIn().headers)
        case "POST /api/admin/audit/conflict/accept":
            let head = try await bench.restoreTrail()
            return Deed(target: "audit_trail", body: #"{"head":"\#(head)"}"#)
        default:
            return nil
        }
    }

    private static func made(_ name: String, _ bench: GatewayBench) async throws -> String {
        let admin = try await bench.call("GET", "/api/admin/users").json["items"]?[0]?["id"]?.string ?? ""
        let id = Identifier.make("con")
        var connector = Connector(
            id: id,
            owner: .user(admin),
            displayName: name,
            config: ConnectorConfig(type: "openai_apikey", credentials: ["api_key": "sk-canary-old-0123456789"]),
            createdAt: 1
        )
        connector.isDefault = name == "no default"
        try await bench.gateway.connectorHandler.add(connector, by: "operator")
        return id
    }

    private static func user(_ name: String, _ bench: GatewayBench) async throws -> String {
        try await bench.change("POST", "/api/admin/users", #"{"name":"\#(name)"}"#)["id"]?.string ?? ""
    }

    private func path(_ route: RouteTable.Route, _ parameters: [String]) -> String {
        var rest = parameters[...]
        return route.path.split(separator: "/").map { part in
            "/" + (part.hasPrefix("{") ? rest.popFirst() ?? "" : String(part))
        }.joined()
    }

    /// The image route waits for its job; asked so, it answers at once.
    private func send(_ route: RouteTable.Route, _ deed: Deed, to bench: GatewayBench) async throws
        -> GatewayBench.Answer
    {
        let headers = route.path.hasPrefix("/v1/images") ? [("prefer", "respond-async")] : []
        return try await bench.call(
            route.method,
            path(route, deed.parameters),
            deed.body,
            key: deed.session == nil ? GatewayBench.adminKey : nil,
            headers: headers + (deed.session ?? [])
        )
    }

    // MARK: Tests

    @Test func everyRouteSaysWhatItDoes() async throws {
        let bench = try await GatewayBench()
        for route in bench.routes {
            let name = "\(route.method) \(route.path)"
            if route.method == "GET" {
                #expect(route.effect == .reads, "\(name)")
            } else {
                #expect(route.effect != .reads, "\(name) needs an effect in the table of routes")
            }
            if route.effect.event != nil {
                #expect(try await Self.deed(name, bench) != nil, "\(name) needs a deed in these tests")
            }
        }
        await bench.stop()
    }

    @Test func everyChangeLeavesOneEventOfItsTypeWithWhoAndWhatAndAReceipt() async throws {
        let bench = try await GatewayBench()
        let admin = try #require(
            try await bench.call("GET", "/api/admin/users").json["items"]?[0]?["id"]?.string
        )
        for route in bench.routes {
            guard let type = route.effect.event else { continue }
            let name = "\(route.method) \(route.path)"
            let deed = try #require(try await Self.deed(name, bench), "\(name)")
            let before = try await bench.events().last?.seq ?? 0
            let answer = try await send(route, deed, to: bench)
            #expect(answer.status < 300, "\(name): \(answer.status) \(answer.json)")
            let events = try await bench.events(after: before)
            let own = events.filter { $0.text("actor") == admin }
            #expect(own.map { $0.text("event_type") } == [type], "\(name)")
            let event = try #require(own.first)
            #expect(event.text("target_type") == deed.target, "\(name)")
            #expect(!event.text("target_id").isEmpty, "\(name)")
            #expect(deed.target == "image_job" || !event.text("target_name").isEmpty, "\(name)")
            if let id = deed.parameters.last, deed.target != "key" || route.method == "DELETE" {
                #expect(event.text("target_id") == id, "\(name)")
            }
            let receipt = Receipt(
                stream: Receipt(answer.receipts.first ?? "")?.stream ?? "",
                seq: UInt64(event.seq),
                body: event.bytes
            )
            #expect(answer.receipts == [receipt.description], "\(name)")
        }
        let all = try await bench.events()
        #expect(!all.contains { String(decoding: $0.bytes, as: UTF8.self).contains("canary") }, "no value in an event")
        await bench.stop()
    }

    @Test func nothingIsChangedWhereTheTrailTakesNoMore() async throws {
        let bench = try await GatewayBench(outboxLimit: 120)
        var deeds: [(RouteTable.Route, Deed)] = []
        for route in bench.routes {
            guard route.effect.event != nil else { continue }
            let name = "\(route.method) \(route.path)"
            deeds.append((route, try #require(try await Self.deed(name, bench), "\(name)")))
        }
        try await bench.fillOutbox()
        let before = try await bench.state()
        for (route, deed) in deeds {
            let answer = try await send(route, deed, to: bench)
            let (name, code) = ("\(route.method) \(route.path)", answer.json["code"] ?? answer.json["error"]?["code"])
            #expect(answer.status == 503 && code?.string == "storage_full", "\(name): \(answer.status) \(answer.json)")
            #expect(answer.headers["retry-after"] != nil && answer.receipts.isEmpty, "\(name)")
        }
        #expect(try await bench.state() == before)
        #expect(try await bench.call("GET", "/api/connectors").status == 200, "reading goes on")
        await bench.stop()
    }
}
