import HTTP
import JSON
import Loop
import SQLite
import Support
import Testing

extension Clusters {
    /// Pins, policy and fallback as a user and an admin see them, through real processes.
    @Suite(.timeLimit(.minutes(2)))
    struct RoutingTests {
        @Test func callsGoWherePinsPolicyAndFallbackSay() async throws {
            let rig = try await Rig(workers: 0)
            let ada = try await user("ada", rig)
            let work = try await connector("work", "anthropic_apikey", ada)
            let spare = try await connector("spare", "openai_apikey", ada)
            _ = try await ada.call("POST", "/api/connectors/\(spare)/default")
            let house = try #require(
                try await rig.call("GET", "/api/admin/policy").json["llm_default_connector_id"]?.string
            )
            let hint = try await rig.call("PATCH", "/api/connectors/\(house)", #"{"model_hint":"gpt-5-mini"}"#)
            let name = try #require(hint.json["display_name"]?.string, "\(hint.text)")

            try await pins(ada, to: work)
            try await policy(rig, ada)
            try await fallback(rig, ada, from: work, to: name)

            try await rig.service("gateway").kill()
            try await rig.start("gateway")
            let back = Address(url: rig.url, key: ada.key)
            #expect(try await chat(back, "sim-fast", feature: "set_builder").headers["x-martlet-connector"] == "work")
            let kept = try await rig.call("GET", "/api/admin/policy").json
            #expect(kept["llm_call_log_retention_days"]?.int == 30)
            #expect(kept["llm_compatible_connector_enabled"]?.bool == false)
            _ = try await rig.call("POST", "/api/admin/connectors/\(work)/revoke")
            let passed = try await chat(back, "sim-fast", feature: "set_builder")
            #expect(passed.status == 200 && passed.headers["x-martlet-connector"] == "spare", "\(passed.text)")
            try await Invariants(rig, "routing").check(rig, [])
            #expect(try await retention(rig) == 30, "the audit service follows the policy")
        }

        private func user(_ name: String, _ rig: Rig) async throws -> Address {
            let made = try await rig.call("POST", "/api/admin/users", #"{"name":"\#(name)"}"#)
            let id = try #require(made.json["id"]?.string, "\(made.text)")
            let key = try await rig.call("POST", "/api/admin/users/\(id)/keys").json["key"]?.string
            return Address(url: rig.url, key: try #require(key))
        }

        private func connector(_ name: String, _ type: String, _ person: Address) async throws -> String {
            let key = type == "anthropic_apikey" ? "sk-ant-api03-0123456789abcdef" : "sk-0123456789abcdef"
            let body = #"{"display_name":"\#(name)","connector_type":"\#(type)","api_key":"\#(key)"}"#
            let made = try await person.call("POST", "/api/connectors", body)
            return try #require(made.json["id"]?.string, "\(made.text)")
        }

        private func chat(
            _ person: Address,
            _ model: String,
            feature: String? = nil,
            fallback: String? = nil,
            stream: Bool = false,
            path: String = "/v1/chat/completions"
        ) async throws -> Answer {
            var headers: [(String, String)] = []
            if let feature { headers.append(("x-martlet-feature", feature)) }
            if let fallback { headers.append(("x-martlet-fallback", fallback)) }
            let body =
                #"{"model":"\#(model)","max_tokens":50,"messages":[{"role":"user","content":"hello from \#(model)"}],"#
                + #""stream":\#(stream)}"#
            return try await person.call("POST", path, body, headers: headers)
        }

        private func pins(_ ada: Address, to work: String) async throws {
            func served(_ feature: String?, model: String = "sim-fast") async throws -> String? {
                try await chat(ada, model, feature: feature).headers["x-martlet-connector"]
            }
            #expect(try await served("set_builder") == "spare", "the default, before there is a pin")
            let body = #"{"feature":"set_builder","connector_id":"\#(work)"}"#
            let set = try await ada.call("POST", "/api/feature-preferences", body)
            #expect(set.status == 201 && set.headers["x-martlet-receipt"] != nil, "\(set.text)")
            #expect(try await served("set_builder") == "work")
            #expect(try await served("recommendation") == "spare")
            #expect(try await served(nil) == "spare")
            #expect(try await served("set_builder", model: "spare/sim-fast") == "spare", "who is named goes first")
            #expect(try await served("set_builder", model: "gpt-5-mini") == "spare", "the pinned one hasn't that model")
        }

        private func policy(_ rig: Rig, _ ada: Address) async throws {
            let patch = #"{"llm_compatible_connector_enabled":false,"llm_call_log_retention_days":30}"#
            let set = try await rig.call("PATCH", "/api/admin/policy", patch)
            #expect(set.status == 200 && set.headers["x-martlet-receipt"] != nil, "\(set.text)")
            #expect(try await ada.call("PATCH", "/api/admin/policy", patch).status == 403)
            let types = try await ada.call("GET", "/api/policy").json["allowed_connector_types"]?.array ?? []
            #expect(types.count == 8 && !types.contains("openai_compatible"), "\(types)")
            let body =
                #"{"display_name":"lab","connector_type":"openai_compatible","base_url":"http://127.0.0.1:9/v1"}"#
            let refused = try await ada.call("POST", "/api/connectors", body)
            #expect(refused.status == 403 && refused.json["code"]?.string == "connector_type_not_allowed")
            try await eventually("it is on record", within: .seconds(10)) {
                let rows = try await rig.call("GET", "/api/admin/audit?event_type=policy.changed").json["items"]?.array
                return rows?.count == 1
                    && rows?.first?["data"]?["llm_call_log_retention_days"]?.int == 30
                    && rows?.first?["data"]?["llm_apikey_connectors_enabled"] == nil
            }
        }

        private func fallback(_ rig: Rig, _ ada: Address, from work: String, to house: String) async throws {
            #expect(try await chat(ada, "work/sim-error-429").status == 429, "who asks for none gets none")
            #expect(try await chat(ada, "work/sim-error-429", fallback: "sometimes").status == 400)
            for (model, code) in [
                ("sim-error-429", "rate_limited"), ("sim-error-401", "auth_invalid"),
                ("sim-error-503", "provider_unavailable"), ("sim-quota", "quota_exceeded"),
            ] {
                for (path, stream) in [("/v1/chat/completions", true), ("/v1/messages", false)] {
                    let answer = try await chat(
                        ada,
                        "work/\(model)",
                        fallback: "org_default",
                        stream: stream,
                        path: path
                    )
                    #expect(answer.status == 200, "\(model): \(answer.text)")
                    #expect(answer.headers["x-martlet-connector"] == house, "\(model)")
                    #expect(answer.headers["x-martlet-model"] == "gpt-5-mini", "\(model)")
                    #expect(answer.headers["x-martlet-attempts"] == "2", "\(model)")
                    #expect(answer.headers["x-martlet-receipt"] != nil, "\(model)")
                }
                try await fellBack(rig, work, model, code, times: 2)
            }
            let again = try await chat(ada, "work/sim-flaky", fallback: "retry_then_org_default")
            #expect(again.status == 200 && again.headers["x-martlet-attempts"] == "2", "\(again.text)")
            #expect(again.headers["x-martlet-connector"] == "work" && again.headers["x-martlet-model"] == "sim-flaky")
            let thrice = try await chat(ada, "work/sim-error-529", fallback: "retry_then_org_default")
            #expect(thrice.headers["x-martlet-attempts"] == "3" && thrice.headers["x-martlet-connector"] == house)
            let late = try await chat(ada, "work/sim-stream-error", fallback: "org_default", stream: true)
            #expect(late.status == 200 && late.headers["x-martlet-connector"] == "work", "it had begun: \(late.text)")
            #expect(try await chat(ada, "work/sim-error-400", fallback: "org_default").status == 400)
        }

        /// The audit trail and the call log tell the same as the headers.
        private func fellBack(_ rig: Rig, _ work: String, _ model: String, _ code: String, times: Int) async throws {
            try await eventually("\(model) is on record", within: .seconds(10)) {
                let path = "/api/admin/audit?event_type=connector.fallback&target=\(work)&limit=100"
                let rows = try await rig.call("GET", path).json["items"]?.array ?? []
                let own = rows.filter { $0["data"]?["from_model"]?.string == model }
                return own.count == times && own.allSatisfy { $0["data"]?["trigger"]?.string == code }
            }
            let asked = code == "rate_limited" ? times + 1 : times
            try await eventually("\(model) is in the call log", within: .seconds(10)) {
                let path = "/api/admin/calls?connector=\(work)&outcome=\(code)&limit=100"
                let rows = try await rig.call("GET", path).json["items"]?.array ?? []
                return rows.count { $0["model"]?.string == model } == asked
            }
        }

        @StoreLoop
        private func retention(_ rig: Rig) throws -> Int? {
            let db = try Connection(path: rig.data + "/audit.db", mode: .readOnly)
            return try db.int("SELECT value FROM setting WHERE name = 'retention_days'")
        }
    }
}
