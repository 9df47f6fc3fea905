import HTTP
import JSON
import Loop
import Providers
import SQLite
import Support
import Synchronization
import Testing

@testable import Gateway

/// A connector's options, credentials and default are changed by its owner; what was found with other credentials
/// counts no more.
@Suite(.timeLimit(.minutes(1)))
struct RotationTests {
    private static let bedrock =
        #"{"display_name":"cloud","connector_type":"bedrock","aws_access_key_id":"AKIACANARY0123456789","#
        + #""aws_secret_access_key":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY","aws_region":"us-east-1","#
        + #""aws_model_id":"anthropic.claude-sonnet-4-5-20250929-v1:0"}"#

    private func stored(_ id: String, _ bench: GatewayBench) async throws -> Connector {
        let all = try await bench.store.commit.read { [store = bench.store.connectors] in try store.all(in: $0) }
        return try #require(all.first { $0.id == id })
    }

    private func made(_ body: String, _ bench: GatewayBench, key: String = GatewayBench.adminKey) async throws -> String
    {
        try #require(try await bench.change("POST", "/api/connectors", body, key: key)["id"]?.string)
    }

    @Test func onlyTheGivenFieldsAreReplacedAndTheWholeIsChecked() async throws {
        let bench = try await GatewayBench()
        let id = try await made(Self.bedrock, bench)
        let path = "/api/connectors/\(id)/credentials"
        let before = try await bench.events().last?.seq ?? 0
        let body = #"{"aws_access_key_id":"AKIANEW0123456789ABC","aws_session_token":"canary-token-0123456789"}"#
        let answer = try await bench.call("PUT", path, body)
        #expect(answer.status == 200 && answer.json["id"]?.string == id, "\(answer.json)")
        let after = try await stored(id, bench).config
        #expect(after.credentials["aws_access_key_id"] == "AKIANEW0123456789ABC")
        #expect(after.credentials["aws_session_token"] == "canary-token-0123456789")
        #expect(after.credentials["aws_secret_access_key"] == "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        #expect(await bench.gateway.connectors.all[id]?.config.credentials == after.credentials)
        let event = try #require(try await bench.events(after: before).first)
        #expect(event.text("notes") == "fields: aws_access_key_id, aws_session_token")

        _ = try await bench.change("PUT", path, #"{"aws_session_token":null}"#)
        #expect(try await stored(id, bench).config.credentials["aws_session_token"] == nil)
        let state = try await bench.state()
        for wrong in [
            "{}", #"{"aws_region":"not a region"}"#, #"{"aws_secret_access_key":null}"#,
            #"{"api_key":"sk-0123456789"}"#,
        ] {
            let refused = try await bench.call("PUT", path, wrong)
            #expect(refused.status == 422 && refused.receipts.isEmpty, "\(wrong): \(refused.json)")
        }
        #expect(try await bench.state() == state)
        await bench.stop()
    }

    @Test func aKeyIsNotSentToAnotherAddressThanItWasGivenFor() async throws {
        let bench = try await GatewayBench()
        let id = try await made(
            #"{"display_name":"own","connector_type":"openai_compatible","base_url":"http://127.0.0.1:1/v1","#
                + #""api_key":"sk-0123456789abcdef"}"#,
            bench
        )
        let path = "/api/connectors/\(id)/credentials"
        let moved = try await bench.call("PUT", path, #"{"base_url":"http://127.0.0.1:2/v1"}"#)
        #expect(moved.status == 422, "\(moved.json)")
        _ = try await bench.change(
            "PUT",
            path,
            #"{"base_url":"http://127.0.0.1:2/v1","api_key":"sk-abcdef0123456789"}"#
        )
        #expect(try await stored(id, bench).config.baseURL == "http://127.0.0.1:2/v1")
        let hidden = try await bench.call("PATCH", "/api/connectors/\(id)", #"{"api_key":"sk-abcdef0123456789"}"#)
        #expect(hidden.status == 422, "a credential has a route of its own")
        await bench.stop()
    }

    @Test func aRefusedConnectorIsActiveAgainAndALateResultOfTheOldKeySaysNothing() async throws {
        let bench = try await GatewayBench()
        let id = try await made(Self.bedrock, bench)
        let ledger = await bench.gateway.ledger
        try await ledger.note(.init(connector: id, outcome: "auth_invalid", revision: 1))
        #expect(try await stored(id, bench).status == .authInvalid)
        _ = try await bench.change("PUT", "/api/connectors/\(id)/credentials", #"{"aws_region":"eu-west-1"}"#)
        let rotated = try await stored(id, bench)
        #expect(rotated.status == .active && rotated.revision == 2 && rotated.lastHealthCheckStatus == nil)
        try await ledger.note(.init(connector: id, outcome: "auth_invalid", revision: 1))
        #expect(try await stored(id, bench).status == .active)
        #expect(await bench.gateway.connectors.all[id]?.lastHealthCheckStatus == nil)
        try await ledger.note(.init(connector: id, outcome: "ok", revision: 2))
        #expect(try await stored(id, bench).lastHealthCheckStatus == "ok")
        let lost = try await bench.store.commit.write { [store = bench.store.connectors] db in
            try store.setCredentials(rotated, from: 1, in: db)
        }
        #expect(!lost, "of two who replace parts of the same credentials, the later one is told")
        await bench.stop()
    }

    @Test func theNextCallGoesWithTheNewKey() async throws {
        let bench = try await GatewayBench()
        let keys = Notebook()
        let provider = try await provider(keys)
        let id = try await made(
            #"{"display_name":"own","connector_type":"openai_compatible","base_url":"\#(provider.url)","#
                + #""api_key":"sk-old-0123456789"}"#,
            bench
        )
        let chat = #"{"model":"own/m","messages":[{"role":"user","content":"hi"}]}"#
        #expect(try await bench.call("POST", "/v1/chat/completions", chat).status == 200)
        _ = try await bench.change("PUT", "/api/connectors/\(id)/credentials", #"{"api_key":"sk-new-0123456789"}"#)
        #expect(try await bench.call("POST", "/v1/chat/completions", chat).status == 200)
        #expect(keys.lines == ["Bearer sk-old-0123456789", "Bearer sk-new-0123456789"])
        await bench.stop()
        await provider.listener.close()
    }

    @NetLoop
    private func provider(_ keys: Notebook) throws -> (listener: Listener, url: String) {
        let listener = try Listener(address: "127.0.0.1:0") { exchange in
            try keys.add(exchange.request.headers["authorization"] ?? "")
            let answer =
                #"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"#
                + #""message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"#
                + #""usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#
            exchange.respond(200, [("content-type", "application/json")], Array(answer.utf8))
        }
        return (listener, "http://127.0.0.1:\(listener.port)/v1")
    }

    @Test func onlyTheOwnerChangesAConnectorAndTheOrganisationsIsTheAdmins() async throws {
        let bench = try await GatewayBench()
        let user = try await bench.change("POST", "/api/admin/users", #"{"name":"ada"}"#)["id"]?.string ?? ""
        let key = try await bench.change("POST", "/api/admin/users/\(user)/keys")["key"]?.string ?? ""
        let hers = try await made(Self.bedrock, bench, key: key)
        let house = try #require(
            try await bench.call("GET", "/api/connectors").json["items"]?.array?
                .first { $0["owner"]?.string == "organisation" }?["id"]?.string
        )
        let region = #"{"aws_region":"eu-west-1"}"#
        #expect(try await bench.call("PUT", "/api/connectors/\(hers)/credentials", region).status == 403)
        #expect(
            try await bench.call("PATCH", "/api/connectors/\(house)", #"{"display_name":"x"}"#, key: key).status == 403
        )
        #expect(try await bench.call("POST", "/api/connectors/\(house)/default", key: key).status == 403)
        #expect(try await bench.call("PUT", "/api/connectors/\(hers)/credentials", region, key: key).status == 200)
        #expect(try await bench.call("PATCH", "/api/connectors/\(house)", #"{"display_name":"x"}"#).status == 200)
        await bench.stop()
    }

    @Test func anOwnerHasOneDefaultAndANameOnce() async throws {
        let bench = try await GatewayBench()
        let first = try await made(Self.bedrock, bench)
        let second = try await made(Self.bedrock.replacing("cloud", with: "cloud two"), bench)
        func defaults() async throws -> [String] {
            let items = try await bench.call("GET", "/api/connectors").json["items"]?.array ?? []
            return items.filter { $0["is_default"]?.bool == true && $0["owner"]?.string == "user" }
                .compactMap { $0["id"]?.string }
        }
        _ = try await bench.change("POST", "/api/connectors/\(first)/default")
        #expect(try await defaults() == [first])
        let again = try await bench.call("POST", "/api/connectors/\(first)/default")
        #expect(again.status == 200 && again.receipts.isEmpty, "nothing changed")
        _ = try await bench.change("POST", "/api/connectors/\(second)/default")
        #expect(try await defaults() == [second])
        #expect(try await stored(first, bench).isDefault == false)
        _ = try await bench.change("DELETE", "/api/connectors/\(second)/default")
        #expect(try await defaults() == [])
        let taken = try await bench.call("PATCH", "/api/connectors/\(second)", #"{"display_name":"cloud"}"#)
        #expect(taken.status == 409 && taken.receipts.isEmpty)
        await bench.stop()
    }

    @Test func theSixthRotationOfAMinuteWaits() async throws {
        let bench = try await GatewayBench()
        let id = try await made(Self.bedrock, bench)
        for _ in 0..<5 {
            _ = try await bench.change("PUT", "/api/connectors/\(id)/credentials", #"{"aws_region":"eu-west-1"}"#)
        }
        let sixth = try await bench.call("PUT", "/api/connectors/\(id)/credentials", #"{"aws_region":"eu-west-2"}"#)
        #expect(sixth.status == 429 && sixth.json["code"]?.string == "rate_limited", "\(sixth.json)")
        #expect(Int(sixth.headers["retry-after"] ?? "") ?? 0 > 0)
        await bench.stop()
    }

    @Test func whoGoesTakesTheirConnectorsAndKeysAlongOnRecord() async throws {
        let bench = try await GatewayBench()
        let user = try await bench.change("POST", "/api/admin/users", #"{"name":"ada"}"#)["id"]?.string ?? ""
        let key = try await bench.change("POST", "/api/admin/users/\(user)/keys")["key"]?.string ?? ""
        let hers = try await made(Self.bedrock, bench, key: key)
        let before = try await bench.events().last?.seq ?? 0
        _ = try await bench.change("DELETE", "/api/admin/users/\(user)")
        let events = try await bench.events(after: before)
        #expect(events.map { $0.text("event_type") } == ["user.deleted", "key.deleted", "connector.deleted"])
        #expect(events.last?.text("target_id") == hers)
        #expect(await bench.gateway.connectors.all[hers] == nil)
        #expect(try await bench.call("GET", "/api/connectors", key: key).status == 401)
        await bench.stop()
    }

    // MARK: Receipts

    @Test func aReplayHasTheFirstAnswersReceipt() async throws {
        let bench = try await GatewayBench()
        let job = #"{"images":[{"prompt":"a gull"}],"settings":{"model":"gpt-image-1"}}"#
        let headers = [("idempotency-key", "one")]
        let first = try await bench.call("POST", "/api/images/jobs", job, headers: headers)
        let again = try await bench.call("POST", "/api/images/jobs", job, headers: headers)
        #expect(first.status == 202 && first.receipts.count == 1 && again.receipts == first.receipts)
        let other = try await bench.call("POST", "/api/images/jobs", job + " ", headers: headers)
        #expect(other.status == 409 && other.receipts.isEmpty)
        await bench.stop()
    }

    @Test func aGenerationThatFailsHasTheReceiptOfWhatItChanged() async throws {
        let bench = try await GatewayBench()
        async let failing = bench.call("POST", "/v1/images/generations", #"{"model":"gpt-image-1","prompt":"a gull"}"#)
        var job: String?
        try await eventually("the job is there") {
            job = try await bench.call("GET", "/api/images/jobs").json["items"]?[0]?["job_id"]?.string
            return job != nil
        }
        _ = try await bench.change("DELETE", "/api/images/jobs/\(job ?? "")")
        let failed = try await failing
        #expect(failed.status >= 400 && failed.receipts.count == 1, "\(failed.status) \(failed.json)")
        await bench.stop()
    }
}
