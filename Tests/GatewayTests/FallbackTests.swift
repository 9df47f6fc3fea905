import HTTP
import JSON
import Loop
import Support
import Testing

@testable import Gateway

/// Calls that go on at the organisation's default, through a whole gateway and two providers.
@Suite(.timeLimit(.minutes(1)))
struct FallbackTests {
    /// A gateway with a connector `mine` of the admin's and the organisation's default `house`, each at a provider.
    private final class Scene: Sendable {
        let bench: GatewayBench
        let mine = ScriptedProvider()
        let house = ScriptedProvider()
        let ids: (mine: String, house: String)

        init(outboxLimit: Int = 10_000) async throws {
            let bench = try await GatewayBench(outboxLimit: outboxLimit)
            self.bench = bench
            ids = (
                try await bench.connector("mine", at: mine), try await bench.defaultConnector("house", at: house)
            )
        }

        func chat(_ policy: String?, path: String = "/v1/chat/completions", stream: Bool = false) async throws
            -> GatewayBench.Answer
        {
            let body =
                #"{"model":"mine/my-model","max_tokens":9,"messages":[{"role":"user","content":"hi"}]"#
                + #"\#(stream ? #","stream":true"# : "")}"#
            return try await call(path, body, policy)
        }

        func call(_ path: String, _ body: String, _ policy: String?) async throws -> GatewayBench.Answer {
            let headers = policy.map { [("x-martlet-fallback", $0)] } ?? []
            return try await bench.call("POST", path, body, headers: headers, readsStreams: true)
        }

        /// The call log's rows since then, as `connector model outcome`.
        func rows(after seq: Int) async throws -> [String] {
            _ = await bench.gateway.callLog.flush()
            return try await bench.events(after: seq).filter { $0.text("event_type") == "calls" }
                .flatMap { $0.json["data"]?["rows"]?.array ?? [] }
                .map { row in
                    let call = row["call"]
                    let id = call?["connector_id"]?.string ?? ""
                    let name = id == ids.mine ? "mine" : id == ids.house ? "house" : id
                    return "\(name) \(call?["model"]?.string ?? "") \(call?["outcome"]?.string ?? "")"
                }
        }

        func fallbacks(after seq: Int) async throws -> [GatewayBench.Event] {
            try await bench.events(after: seq).filter { $0.text("event_type") == "connector.fallback" }
        }

        var now: Int {
            get async throws { try await bench.events().last?.seq ?? 0 }
        }

        func stop() async {
            await bench.stop()
            await mine.stop()
            await house.stop()
        }
    }

    private static let limited = ScriptedProvider.Reply.failure(
        429,
        code: "slow_down",
        headers: [("retry-after", "60")]
    )

    @Test func eachTriggerLeadsToTheOrganisationsDefaultAndIsOnRecord() async throws {
        let scene = try await Scene()
        let failures: [(ScriptedProvider.Reply, String)] = [
            (Self.limited, "rate_limited"), (.failure(401, code: "invalid_api_key"), "auth_invalid"),
            (.failure(503, code: "x"), "provider_unavailable"),
            (.failure(429, code: "insufficient_quota"), "quota_exceeded"),
        ]
        for (reply, code) in failures {
            for (path, streams) in [
                ("/v1/chat/completions", false), ("/v1/chat/completions", true), ("/v1/messages", false),
                ("/v1/messages", true),
            ] {
                let (label, before) = ("\(code) \(path) \(streams)", try await scene.now)
                scene.mine.will(reply)
                let answer = try await scene.chat("org_default", path: path, stream: streams)
                #expect(answer.status == 200, "\(label): \(answer.text)")
                #expect(answer.headers["x-martlet-connector"] == "house", "\(label)")
                #expect(answer.headers["x-martlet-model"] == "house-model", "\(label)")
                #expect(answer.headers["x-martlet-attempts"] == "2", "\(label)")
                #expect(answer.text.contains("hel"), "\(label): \(answer.text)")
                #expect(scene.mine.takeModels() == ["my-model"], "\(label)")
                #expect(scene.house.takeModels() == ["house-model"], "\(label)")
                let rows = try await scene.rows(after: before)
                #expect(rows == ["mine my-model \(code)", "house house-model ok"], "\(label)")
                let events = try await scene.fallbacks(after: before)
                #expect(events.count == 1 && answer.receipts.count == 1, "\(label)")
                let event = try #require(events.first)
                #expect(event.text("target_id") == scene.ids.mine && event.text("target_name") == "mine")
                #expect(event.text("notes") == "\(code): to \(scene.ids.house)")
                let data = event.json["data"]
                #expect(data?["trigger"]?.string == code && data?["to_model"]?.string == "house-model")
                #expect(data?["from"]?.string == scene.ids.mine && data?["to"]?.string == scene.ids.house)
            }
        }
        await scene.stop()
    }

    @Test func whoAsksForNoFallbackGetsNoneAndAnotherWordIsRefused() async throws {
        let scene = try await Scene()
        let before = try await scene.now
        for policy in [nil, "none"] {
            scene.mine.will(Self.limited)
            let answer = try await scene.chat(policy)
            #expect(answer.status == 429 && answer.json["error"]?["attempts"] == nil, "\(answer.text)")
        }
        #expect(try await scene.rows(after: before) == ["mine my-model rate_limited", "mine my-model rate_limited"])
        #expect(scene.mine.takeModels().count == 2)
        for word in ["", "org", "ORG_DEFAULT", "retry"] {
            let answer = try await scene.chat(word)
            #expect(answer.status == 400 && answer.json["error"]?["param"]?.string == "x-martlet-fallback", "\(word)")
        }
        let well = try await scene.chat("retry_then_org_default")
        #expect(well.headers["x-martlet-attempts"] == "1" && well.headers["x-martlet-connector"] == "mine")
        #expect(well.receipts.isEmpty && scene.mine.takeModels().count == 1 && scene.house.calls == 0)
        scene.mine.will(.failure(400, code: "x"))
        #expect(try await scene.chat("retry_then_org_default").status == 400, "another attempt mends nothing here")
        #expect(scene.mine.calls == 1 && scene.house.calls == 0)
        #expect(try await scene.fallbacks(after: before).isEmpty)
        await scene.stop()
    }

    @Test func oneRetryComesFirstWhereThePolicySaysSo() async throws {
        let scene = try await Scene()
        let (soon, down) = ([("retry-after-ms", "5")], ScriptedProvider.Reply.failure(503, code: "x"))
        var before = try await scene.now
        scene.mine.will(.failure(429, code: "slow_down", headers: soon))
        let second = try await scene.chat("retry_then_org_default")
        #expect(second.status == 200 && second.headers["x-martlet-attempts"] == "2", "\(second.text)")
        #expect(second.headers["x-martlet-connector"] == "mine" && second.receipts.isEmpty)
        #expect(try await scene.rows(after: before) == ["mine my-model rate_limited", "mine my-model ok"])
        before = try await scene.now
        scene.mine.will(down, down)
        let third = try await scene.chat("retry_then_org_default", stream: true)
        #expect(third.headers["x-martlet-attempts"] == "3" && third.headers["x-martlet-connector"] == "house")
        #expect(
            try await scene.rows(after: before)
                == [
                    "mine my-model provider_unavailable", "mine my-model provider_unavailable", "house house-model ok",
                ]
        )
        #expect(try await scene.fallbacks(after: before).count == 1)
        before = try await scene.now
        scene.mine.will(down, down)
        scene.house.will(.failure(401, code: "invalid_api_key"))
        let last = try await scene.chat("retry_then_org_default")
        #expect(last.status == 401 && last.json["error"]?["attempts"]?.int == 3, "\(last.text)")
        #expect(try await scene.rows(after: before).last == "house house-model auth_invalid")
        await scene.stop()
    }

    @Test func aStreamThatFailsBeforeItsFirstByteGoesOnElsewhereAndNotAfterIt() async throws {
        let scene = try await Scene()
        for path in ["/v1/chat/completions", "/v1/messages"] {
            var before = try await scene.now
            scene.mine.will(.brokenStream(pieces: 0))
            let whole = try await scene.chat("org_default", path: path, stream: true)
            #expect(whole.headers["x-martlet-connector"] == "house", "\(path): \(whole.text)")
            #expect(!whole.text.contains("provider_unavailable") && whole.text.contains("hel"), "\(whole.text)")
            let rows = try await scene.rows(after: before)
            #expect(rows == ["mine my-model provider_unavailable", "house house-model ok"], "\(path)")
            before = try await scene.now
            scene.mine.will(.brokenStream(pieces: 1))
            let broken = try await scene.chat("org_default", path: path, stream: true)
            #expect(broken.status == 200 && broken.headers["x-martlet-connector"] == "mine")
            #expect(broken.text.contains("provider_unavailable"), "\(path): \(broken.text)")
            #expect(try await scene.rows(after: before) == ["mine my-model provider_unavailable"], "\(path)")
            #expect(try await scene.fallbacks(after: before).isEmpty)
        }
        await scene.stop()
    }

    @Test func embeddingsGoOnWithTheirOwnModel() async throws {
        let scene = try await Scene()
        let before = try await scene.now
        scene.mine.will(Self.limited)
        let body = #"{"model":"mine/vectors-1","input":"hi"}"#
        let answer = try await scene.call("/v1/embeddings", body, "org_default")
        #expect(answer.status == 200 && answer.headers["x-martlet-attempts"] == "2", "\(answer.text)")
        #expect(try await scene.rows(after: before) == ["mine vectors-1 rate_limited", "house vectors-1 ok"])
        await scene.stop()
    }

    @Test func aCapThatIsReachedLeadsThereToo() async throws {
        let scene = try await Scene()
        let path = "/api/admin/connectors/\(scene.ids.mine)/cap"
        _ = try await scene.bench.change("PATCH", path, #"{"monthly_token_cap":1}"#)
        let before = try await scene.now
        let answer = try await scene.chat("org_default")
        #expect(answer.status == 200 && answer.headers["x-martlet-connector"] == "house", "\(answer.text)")
        #expect(try await scene.fallbacks(after: before).first?.text("notes").hasPrefix("quota_cap_reached") == true)
        #expect(scene.mine.calls == 0, "nothing was sent")
        #expect(try await scene.rows(after: before) == ["house house-model ok"])
        await scene.stop()
    }

    @Test func whatWasRevokedWhileTheFirstAttemptRanIsNotUsed() async throws {
        let scene = try await Scene()
        let (mine, bench, house) = (scene.mine, scene.bench, scene.ids.house)
        mine.will(Self.limited)
        let gate = mine.holdNext()
        async let answer = scene.chat("org_default")
        try await eventually("the first attempt is under way") { mine.calls == 1 }
        _ = try await bench.change("POST", "/api/admin/connectors/\(house)/revoke")
        gate()
        #expect(try await answer.status == 429)
        #expect(scene.house.calls == 0)
        #expect(try await scene.fallbacks(after: 0).isEmpty)
        await scene.stop()
    }

    @Test func whatCantBePutOnRecordIsNotDone() async throws {
        let scene = try await Scene(outboxLimit: 120)
        try await scene.bench.fillOutbox()
        scene.mine.will(Self.limited)
        let answer = try await scene.chat("org_default")
        #expect(answer.status == 429 && answer.receipts.isEmpty, "\(answer.text)")
        #expect(scene.house.calls == 0)
        await scene.stop()
    }

    /// Both calls' pauses are of one length: when the one that came second has gone on, so would have the first.
    @NetLoop @Test func whoLeavesInThePauseIsNotTriedForAgain() async throws {
        let scene = try await Scene()
        let pausing = ScriptedProvider.Reply.failure(429, code: "slow_down", headers: [("retry-after-ms", "400")])
        scene.mine.will(pausing, pausing)
        let request = ClientRequest(
            method: "POST",
            url: "http://\(scene.bench.gateway.address)/v1/chat/completions",
            headers: [
                ("authorization", "Bearer \(GatewayBench.adminKey)"), ("x-martlet-fallback", "retry_then_org_default"),
            ],
            body: Array(#"{"model":"mine/first","messages":[{"role":"user","content":"hi"}]}"#.utf8)
        )
        let left = Client().start(request)
        try await eventually("its first attempt") { scene.mine.calls == 1 }
        try await eventually("and that attempt's end") { try await scene.rows(after: 0).count == 1 }
        left.cancel()
        let other = try await scene.chat("retry_then_org_default")
        #expect(other.status == 200 && other.headers["x-martlet-attempts"] == "2")
        #expect(scene.mine.takeModels() == ["first", "my-model", "my-model"])
        #expect(try await scene.rows(after: 0).count == 3)
        await scene.stop()
    }
}
