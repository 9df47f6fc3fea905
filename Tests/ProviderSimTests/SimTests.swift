import Crypto
import HTTP
import JSON
import Loop
import Pictures
import Support
import Testing

@testable import ProviderSim

@Suite(.serialized, .timeLimit(.minutes(1)))
struct SimTests {
    @Test func aSimulatorThatServesIsWell() async throws {
        try await SimServer.run { (server) async throws in
            #expect(await HealthQuestion.isServing(server.address))
            #expect(await !HealthQuestion.isServing("127.0.0.1:1"))
        }
    }

    // MARK: Keys and requests

    @Test func aMissingOrBadKeyIsRefused() async throws {
        try await SimServer.run { (server) async throws in
            for key in [nil, "sk-bad-1", "hello"] {
                let answer = try await server.call("/v1/models", key: key)
                #expect(answer.status == 401 && answer.code == "invalid_api_key")
            }
            #expect(try await server.call("/v1/models").status == 200)
        }
    }

    @Test func everyPathWorksWithAndWithoutItsVersion() async throws {
        try await SimServer.run { (server) async throws in
            for path in ["/v1/models", "/models", "/v1/models/", "/v1/models/gpt-4.1", "/models/sim-anything"] {
                #expect(try await server.call(path).status == 200, "\(path)")
            }
            #expect(try await server.call("/v1/models/nobody").code == "model_not_found")
            #expect(try await server.call("/v1/nothing").status == 404)
            #expect(try await server.call("/v1/chat/completions").status == 405)
        }
    }

    @Test func aBodyThatIsNoRequestIsRefused() async throws {
        try await SimServer.run { (server) async throws in
            for body in ["", "{", "[]", "{}", #"{"model":"m"}"#] {
                let answer = try await server.call("/v1/chat/completions", body)
                #expect(answer.status == 400 && answer.json?["error"]?["type"]?.string == "invalid_request_error")
            }
        }
    }

    // MARK: Chat

    @Test func aBlockingChatIsAnswered() async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await server.chat("gpt-5-mini")
            let usage = answer.json?["usage"]
            #expect(answer.status == 200 && answer.json?["choices"]?[0]?["finish_reason"]?.string == "stop")
            #expect(
                usage?["total_tokens"]?.int == (usage?["prompt_tokens"]?.int ?? 0)
                    + (usage?["completion_tokens"]?.int ?? 0)
            )
            #expect(answer.headers["x-request-id"] != nil && answer.headers["openai-version"] == "2020-10-01")
            #expect(answer.headers["x-ratelimit-remaining-requests"] != nil)
        }
    }

    @Test func aStreamEndsWithDoneAndHasUsageOnlyWhenAsked() async throws {
        try await SimServer.run { (server) async throws in
            let plain = Fixture.events(try await server.chat("gpt-5-mini", stream: true).body)
            #expect(plain.last == "[DONE]" && plain.count > 20)
            #expect(plain.dropLast().allSatisfy { !$0.contains("usage") })
            let more = #","stream_options":{"include_usage":true,"include_obfuscation":false}"#
            let events = Fixture.events(try await server.chat("gpt-5-mini", stream: true, more: more).body)
            #expect(events.last == "[DONE]" && events.dropLast(2).allSatisfy { $0.contains(#""usage":null"#) })
            let last = try JSONValue(parsing: events[events.count - 2])
            #expect(last["choices"]?.array == [] && (last["usage"]?["completion_tokens"]?.int ?? 0) > 10)
            #expect(!events.contains { $0.contains("obfuscation") })
        }
    }

    @Test func aStreamHasTheTextOfTheBlockingAnswer() async throws {
        try await SimServer.run { (server) async throws in
            let whole = try await server.chat("gpt-4.1").json?["choices"]?[0]?["message"]?["content"]?.string
            let pieces = Fixture.events(try await server.chat("gpt-4.1", stream: true).body).dropLast()
            let text = try pieces.map { try JSONValue(parsing: $0)["choices"]?[0]?["delta"]?["content"]?.string ?? "" }
            #expect(text.joined() == whole)
        }
    }

    // MARK: Failures

    @Test(arguments: [
        ("sim-error-500", 500), ("sim-error-429", 429), ("sim-error-401", 401), ("sim-quota", 429),
        ("sim-moderated", 400),
        ("sim-html-502", 502), ("sim-empty-200", 200), ("sim-200-error", 200), ("sim-malformed", 200),
        ("sim-error-503", 503),
    ])
    func aModelFailsAsItsNameSays(model: String, status: Int) async throws {
        try await SimServer.run { (server) async throws in
            let answer = try await server.chat(model)
            #expect(answer.status == status && answer.json?["choices"] == nil)
            if status == 429 { #expect((answer.headers["retry-after"] != nil) == (model == "sim-error-429")) }
        }
    }

    @Test func aBrokenStreamHasNoEnd() async throws {
        try await SimServer.run { (server) async throws in
            let cut = try await server.chat("sim-cut", stream: true)
            #expect(cut.wasCut && cut.text.contains("delta") && !cut.text.contains("[DONE]"))
            #expect(try await server.chat("sim-cut").wasCut)
            #expect(try await server.chat("sim-reset").wasCut)
            let error = try await server.chat("sim-200-error", stream: true)
            #expect(!error.wasCut && Fixture.events(error.body).last?.contains("server_error") == true)
        }
    }

    @Test func everySecondCallOfAFlakyModelIsGood() async throws {
        try await SimServer.run { (server) async throws in
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await server.chat("sim-flaky").status) }
            #expect(statuses == [500, 200, 500, 200])
        }
    }

    @Test func aRuleChangesWhatHappens() async throws {
        let rules = try Rules(
            parsing: Array(#"[{"match":{"prompt":"dragon"},"times":1,"action":"error-503"}]"#.utf8),
            seed: 1
        )
        try await SimServer.run(rules: rules) { (server) async throws in
            #expect(try await server.chat("gpt-4.1", prompt: "a Dragon").status == 503)
            #expect(try await server.chat("gpt-4.1", prompt: "a Dragon").status == 200)
        }
    }

    // MARK: Statistics

    @Test func callsCanBeCounted() async throws {
        try await SimServer.run { (server) async throws in
            _ = try await server.call("/v1/models", headers: [("x-martlet-job", "img_1"), ("Idempotency-Key", "k1")])
            _ = try await server.chat("sim-error-500")
            let stats = try await server.call("/sim/stats").json
            #expect(stats?["total"]?.int == 2 && stats?["active"]?.int == 0)
            #expect(stats?["jobs"]?["img_1"]?.int == 1 && stats?["idempotency_keys"]?["k1"]?.int == 1)
            #expect(stats?["prompts"]?[Stats.hash("Tell me about tides")]?.int == 1)
            #expect(stats?["outcomes"]?["500"]?.int == 1)
            #expect(try await server.call("/sim/reset", "").status == 200)
            #expect(server.sim.stats.total == 0)
        }
    }

    @Test func aCallerThatLeavesIsNoticed() async throws {
        try await SimServer.run { (server) async throws in
            let body = #"{"model":"sim-stall","stream":true,"messages":[{"role":"user","content":"x"}]}"#
            let transfer = server.start("/v1/chat/completions", body)
            _ = try await transfer.head()
            #expect(server.sim.stats.active == 1)
            transfer.cancel()
            try await eventually("the caller is gone") { try await server.call("/sim/stats").json?["left"]?.int == 1 }
            #expect(server.sim.stats.active == 0)
        }
    }

    // MARK: Images

    @Test func anImageIsARealPictureOfTheSizeAsked() async throws {
        try await PixelLoop.run { try Studio.open() }
        try await SimServer.run { (server) async throws in
            let body = #"{"model":"gpt-image-2","prompt":"a fox","size":"512x256","output_format":"webp","n":2}"#
            let answer = try await server.call("/v1/images/generations", body)
            let images = answer.json?["data"]?.array ?? []
            #expect(images.count == 2 && images[0] != images[1])
            for image in images {
                let bytes = try Base64.decode(image["b64_json"]?.string ?? "")
                try await PixelLoop.run {
                    let info = try Picture.inspect(bytes)
                    #expect(info == PictureInfo(type: .webp, width: 512, height: 256, hasAlpha: false))
                }
            }
        }
    }

    @Test func anImageCanBeFetchedFromItsAddress() async throws {
        try await PixelLoop.run { try Studio.open() }
        try await SimServer.run { (server) async throws in
            let body = #"{"prompt":"a fox","size":"128x128","output_format":"jpeg","response_format":"url"}"#
            let answer = try await server.call("/images/generations", body)
            let url = answer.json?["data"]?[0]?["url"]?.string ?? ""
            let path = url.firstRange(of: "/sim/").map { String(url[$0.lowerBound...]) } ?? ""
            let picture = try await server.call(path, key: nil)
            #expect(picture.status == 200 && picture.headers["content-type"] == "image/jpeg")
            #expect(picture.body.starts(with: [0xFF, 0xD8, 0xFF]))
        }
    }

    @Test func aStreamedImageComesInDraftsAndThenWhole() async throws {
        try await PixelLoop.run { try Studio.open() }
        try await SimServer.run { (server) async throws in
            let body = #"{"prompt":"a fox","size":"128x128","stream":true,"partial_images":2}"#
            let events = try Fixture.events(await server.call("/v1/images/generations", body).body).map {
                try JSONValue(parsing: $0)
            }
            #expect(events.map { $0["partial_image_index"]?.int } == [0, 1, nil])
            #expect(events.last?["type"]?.string == "image_generation.completed" && events.last?["usage"] != nil)
        }
    }

    // MARK: Benchmark

    @Test func aBenchmarkStreamsAsManyPiecesAsAsked() async throws {
        try await SimServer.run({ $0.bench = true }) { (server) async throws in
            #expect(try await server.chat("gpt-4.1").json?["object"]?.string == "chat.completion")
            let events = Fixture.events(try await server.chat("bench-300chunks", stream: true).body)
            #expect(events.count == 300 + 4 && events.last == "[DONE]")
        }
    }
}
