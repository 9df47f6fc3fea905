import JSON
import Support
import Testing

@testable import Gateway

/// What the admin allows, and what that does.
@Suite(.timeLimit(.minutes(1)))
struct PolicyTests {
    private static let path = "/api/admin/policy"

    private func user(_ bench: GatewayBench) async throws -> String {
        let id = try await bench.change("POST", "/api/admin/users", #"{"name":"ada"}"#)["id"]?.string ?? ""
        return try await bench.change("POST", "/api/admin/users/\(id)/keys")["key"]?.string ?? ""
    }

    private func patch(_ body: String, _ bench: GatewayBench) async throws -> GatewayBench.Answer {
        try await bench.call("PATCH", Self.path, body)
    }

    private func changes(_ bench: GatewayBench) async throws -> [GatewayBench.Event] {
        try await bench.events().filter { $0.text("event_type") == "policy.changed" }
    }

    @Test func aPatchLeavesOneEventWithWhatChangedAndNoneWhenNothingDid() async throws {
        let bench = try await GatewayBench()
        let start = try await bench.call("GET", Self.path).json
        #expect(start["llm_apikey_connectors_enabled"]?.bool == true)
        #expect(start["llm_compatible_connector_enabled"]?.bool == true)
        #expect(start["llm_call_log_retention_days"]?.int == 90)
        let house = try #require(start["llm_default_connector_id"]?.string, "the first start's connector")
        let both = #"{"llm_call_log_retention_days":30,"llm_compatible_connector_enabled":false}"#
        let set = try await patch(both, bench)
        #expect(set.status == 200 && set.receipts.count == 1, "\(set.json)")
        #expect(set.json["llm_call_log_retention_days"]?.int == 30)
        #expect(set.json["llm_default_connector_id"]?.string == house)
        let again = try await patch(both, bench)
        #expect(again.status == 200 && again.receipts.isEmpty && again.json == set.json)
        #expect(try await bench.call("GET", Self.path).json == set.json)
        let events = try await changes(bench)
        #expect(events.count == 1)
        #expect(
            events.first?.json["data"]
                == ["llm_compatible_connector_enabled": false, "llm_call_log_retention_days": 30]
        )
        #expect(
            events.first?.text("notes")
                == "llm_compatible_connector_enabled: on to off; llm_call_log_retention_days: 90 to 30"
        )
        await bench.stop()
    }

    @Test(arguments: [
        "{}", #"{"llm_call_log_retention_days":6}"#, #"{"llm_call_log_retention_days":366}"#,
        #"{"llm_call_log_retention_days":9223372036854775807}"#, #"{"llm_call_log_retention_days":30,"colour":"red"}"#,
        #"{"llm_default_connector_id":"con_none"}"#,
        #"{"llm_default_connector_id":"con_none","clear_default":true}"#,
    ])
    func whatAPolicyCantBeIsRefusedWhole(_ body: String) async throws {
        let bench = try await GatewayBench()
        let before = try await bench.state()
        let answer = try await patch(body, bench)
        #expect(answer.status == 422 && answer.json["code"]?.string == "validation_failed", "\(answer.json)")
        let wrongType = try await patch(#"{"llm_apikey_connectors_enabled":"no"}"#, bench)
        #expect(wrongType.status == 400, "\(wrongType.json)")
        #expect(try await bench.state() == before)
        #expect(try await changes(bench).isEmpty)
        await bench.stop()
    }

    @Test func theDefaultIsTheOrganisationsAndCanBeCleared() async throws {
        let bench = try await GatewayBench()
        let house = try #require(try await bench.call("GET", Self.path).json["llm_default_connector_id"]?.string)
        let key = #""api_key":"sk-0123456789abcdef""#
        let second = try await bench.change(
            "POST",
            "/api/connectors",
            #"{"display_name":"second","connector_type":"openai_apikey","owner":"organisation",\#(key)}"#
        )["id"]?.string
        let own = try await bench.change(
            "POST",
            "/api/connectors",
            #"{"display_name":"own","connector_type":"openai_apikey",\#(key)}"#
        )["id"]?.string
        let (other, mine) = (try #require(second), try #require(own))
        #expect(try await patch(#"{"llm_default_connector_id":"\#(mine)"}"#, bench).status == 422)
        #expect(try await patch(#"{"llm_default_connector_id":"\#(other)"}"#, bench).status == 200)
        var all = await bench.gateway.connectors.all
        #expect(all[other]?.isDefault == true && all[house]?.isDefault == false, "what plans look at")
        let ignored = try await patch(#"{"llm_default_connector_id":null}"#, bench)
        #expect(ignored.json["llm_default_connector_id"]?.string == other, "null is as good as left out")
        #expect(try await patch(#"{"clear_default":true,"llm_default_connector_id":"\#(other)"}"#, bench).status == 422)
        let cleared = try await patch(#"{"clear_default":true}"#, bench)
        #expect(cleared.json["llm_default_connector_id"] == .null)
        all = await bench.gateway.connectors.all
        #expect(!all.values.contains { $0.isDefault })
        #expect(try await changes(bench).last?.text("notes") == "llm_default_connector_id: \(other) to none")
        _ = try await patch(#"{"llm_default_connector_id":"\#(other)"}"#, bench)
        #expect(try await bench.call("POST", "/api/admin/connectors/\(other)/revoke").status == 200)
        #expect(try await bench.call("GET", Self.path).json["llm_default_connector_id"] == .null)
        #expect(try await patch(#"{"llm_default_connector_id":"\#(other)"}"#, bench).status == 422)
        await bench.stop()
    }

    @Test func whatThePolicyForbidsIsRefusedToUsersAndNotToTheOrganisation() async throws {
        let bench = try await GatewayBench()
        let ada = try await user(bench)
        func make(_ type: String, _ rest: String, key: String = GatewayBench.adminKey) async throws
            -> GatewayBench.Answer
        {
            let name = Identifier.make("name")
            let body = #"{"display_name":"\#(name)","connector_type":"\#(type)",\#(rest)}"#
            return try await bench.call("POST", "/api/connectors", body, key: key)
        }
        func allowed() async throws -> Set<String> {
            let answer = try await bench.call("GET", "/api/policy", key: ada)
            return Set(answer.json["allowed_connector_types"]?.array?.compactMap(\.string) ?? [])
        }
        let keyed = #""api_key":"sk-0123456789abcdef""#
        let addressed = #""base_url":"http://127.0.0.1:9/v1""#
        let all = try await allowed()
        #expect(all.count == 9 && all.contains("openai_compatible") && all.contains("runware"))
        _ = try await patch(#"{"llm_compatible_connector_enabled":false}"#, bench)
        #expect(try await allowed() == all.subtracting(["openai_compatible"]))
        let refused = try await make("openai_compatible", addressed, key: ada)
        #expect(refused.status == 403 && refused.json["code"]?.string == "connector_type_not_allowed")
        #expect(try await make("openai_apikey", keyed, key: ada).status == 201)
        _ = try await patch(
            #"{"llm_compatible_connector_enabled":true,"llm_apikey_connectors_enabled":false}"#,
            bench
        )
        #expect(try await allowed() == ["openai_compatible"])
        for type in ["openai_apikey", "xai_apikey"] {
            #expect(try await make(type, keyed, key: ada).status == 403)
        }
        #expect(try await make("openai_compatible", addressed, key: ada).status == 201)
        #expect(try await make("openai_apikey", keyed).status == 403, "an admin's own is a user's")
        #expect(try await make("openai_apikey", keyed + #","owner":"organisation""#).status == 201)
        #expect(try await bench.call("GET", Self.path, key: ada).status == 403)
        #expect(try await bench.call("PATCH", Self.path, "{}", key: ada).status == 403)
        await bench.stop()
    }
}
