import HTTP
import JSON
import Support
import Testing

extension Clusters {
    /// Monthly caps as an admin and a user see them, and what holds them.
    @Suite(.timeLimit(.minutes(2)))
    struct CapTests {
        @Test func aCapHoldsUnderConcurrencyAndOverAKill() async throws {
            let rig = try await Rig(workers: 0)
            let connector = try #require(
                try await rig.call(
                    "POST",
                    "/api/connectors",
                    #"{"display_name":"capped","connector_type":"openai_apikey","api_key":"sk-capped-0123456789abcdef"}"#
                ).json["id"]?.string
            )
            let path = "/api/admin/connectors/\(connector)/cap"
            #expect(try await rig.call("PATCH", path, "{}").status == 422, "an empty object is refused")
            for cap in ["-1", "9007199254740993", "9223372036854775807", "1.5", #""much""#] {
                #expect(try await rig.call("PATCH", path, #"{"monthly_token_cap":\#(cap)}"#).status == 422, "\(cap)")
            }
            let set = try await rig.call("PATCH", path, #"{"monthly_token_cap":20000}"#)
            #expect(set.status == 200 && set.json["monthly_token_cap"]?.int == 20_000, "\(set.text)")
            #expect(set.headers["x-martlet-receipt"] != nil)

            let answers = try await chats(40, rig)
            let (served, refused) = (answers.filter { $0.status == 200 }, answers.filter { $0.status == 429 })
            #expect(served.count + refused.count == 40 && !served.isEmpty && !refused.isEmpty)
            let told = try #require(refused.first)
            #expect(told.json["error"]?["code"]?.string == "quota_cap_reached", "\(told.text)")
            #expect(told.headers["x-should-retry"] == "false")
            let used = served.reduce(0) { $0 + ($1.json["usage"]?["total_tokens"]?.int ?? 0) }
            try await eventually("the usage is shown", within: .seconds(5)) { try await tokens(rig, connector) == used }
            #expect(used <= 20_000)

            try await rig.service("gateway").kill()
            try await rig.start("gateway")
            let after = try await tokens(rig, connector) ?? 0
            #expect(after >= used, "what may have been used counts: \(after)")
            _ = try await rig.call("PATCH", path, #"{"monthly_token_cap":\#(after)}"#)
            #expect(try await chats(3, rig).allSatisfy { $0.status == 429 }, "nothing is left")
            _ = try await rig.call("PATCH", path, #"{"monthly_token_cap":null}"#)
            #expect(try await chats(3, rig).allSatisfy { $0.status == 200 }, "no cap, no limit")
            try await oversight(rig, connector)
            try await Invariants(rig, "caps").check(rig, [])
        }

        private func chats(_ count: Int, _ rig: Rig) async throws -> [Answer] {
            let (url, key) = (rig.url, rig.key)
            return try await withThrowingTaskGroup(of: Answer.self) { group in
                for number in 0..<count {
                    let limit = number.isMultiple(of: 2) ? #","max_tokens":1500"# : ""
                    let body = #"{"model":"capped/gpt-5-mini","messages":[{"role":"user","content":"hello"}]\#(limit)}"#
                    group.addTask {
                        let headers = [("authorization", "Bearer \(key)")]
                        return try await Calls.call("POST", url + "/v1/chat/completions", body, headers: headers)
                    }
                }
                var answers: [Answer] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
        }

        private func tokens(_ rig: Rig, _ connector: String) async throws -> Int64? {
            try await rig.call("GET", "/api/connectors/\(connector)").json["current_month_tokens"]?.int
        }

        /// An admin sees every connector and can take one out of use.
        private func oversight(_ rig: Rig, _ connector: String) async throws {
            let all = try await rig.call("GET", "/api/admin/connectors?limit=1").json
            #expect(all["items"]?.array?.count == 1 && all["next_cursor"]?.string != nil)
            let revoked = try await rig.call("POST", "/api/admin/connectors/\(connector)/revoke")
            #expect(revoked.status == 200 && revoked.json["status"]?.string == "revoked", "\(revoked.text)")
            let named = try await rig.call(
                "POST",
                "/v1/chat/completions",
                #"{"model":"gpt-5-mini","messages":[{"role":"user","content":"hello"}]}"#,
                headers: [("x-martlet-connector", "capped")]
            )
            #expect(named.status == 404, "a revoked connector can't be named: \(named.text)")
            try await eventually("the events are on record", within: .seconds(10)) {
                let events =
                    try await rig.call("GET", "/api/admin/audit?target=\(connector)").json["items"]?.array ?? []
                let types = events.compactMap { $0["event_type"]?.string }
                return types.filter { $0 == "connector.cap_changed" }.count == 3 && types.contains("connector.revoked")
            }
            try await eventually("usage by month", within: .seconds(10)) {
                let usage = try await rig.call("GET", "/api/usage").json["items"]?.array ?? []
                return usage.contains { $0["connector_id"]?.string == connector && ($0["tokens_in"]?.int ?? 0) > 0 }
            }
        }
    }
}
