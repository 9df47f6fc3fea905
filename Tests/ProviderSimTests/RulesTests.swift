import Testing

@testable import ProviderSim

@Suite struct RulesTests {
    func rules(_ text: String, seed: UInt64 = 7) throws -> Rules { try Rules(parsing: Array(text.utf8), seed: seed) }

    func call(_ model: String, prompt: String = "", headers: [String: String] = [:]) -> Call {
        Call(path: "/v1/chat/completions", model: model, prompt: prompt) { headers[$0] }
    }

    @Test func aModelsNameDecides() {
        #expect(Behaviour(model: "gpt-5-mini") == Behaviour(.answer))
        #expect(Behaviour(model: "nobody").action == .fail(.modelNotFound))
        #expect(Behaviour(model: "sim-error-429").action == .fail(.rateLimited))
        #expect(Behaviour(model: "sim-error-500").action == .fail(.server))
        #expect(Behaviour(model: "sim-moderated").action == .fail(.moderated))
        #expect(Behaviour(model: "sim-html-502").action == .webPage)
        #expect(Behaviour(model: "sim-notapicture").action == .wrongPicture(.text))
        #expect(Behaviour(model: "sim-fast").latency == .zero)
        #expect(Behaviour(model: "sim-unheard-of").action == .answer)
    }

    @Test func theFirstRuleThatMatchesDecides() throws {
        var rules = try rules(
            #"[{"match":{"model":"gpt-*","header":"x-team: red"},"action":"quota"},{"match":{"prompt":"Dragon"},"action":"moderated"},{"match":{"model":"gpt-4.1"},"delay_ms":5}]"#
        )
        #expect(rules.behaviour(for: call("gpt-4.1", headers: ["x-team": "red"])).action == .fail(.quota))
        #expect(rules.behaviour(for: call("gpt-4.1", prompt: "a dragon")).action == .fail(.moderated))
        let third = rules.behaviour(for: call("gpt-4.1"))
        #expect(third.action == .answer && third.latency == .milliseconds(5))
        #expect(rules.behaviour(for: call("gpt-other")) == Behaviour(.answer))
    }

    @Test func aRuleDecidesAsOftenAsItMay() throws {
        var rules = try rules(#"{"rules":[{"times":2,"action":"error-503"}]}"#)
        let actions = (0..<4).map { _ in rules.behaviour(for: call("gpt-4.1")).action }
        #expect(actions == [.fail(.overloaded), .fail(.overloaded), .answer, .answer])
    }

    @Test func theSameSeedGivesTheSameFailures() throws {
        let text = #"[{"probability":0.3,"action":"cut"}]"#
        let run = { (seed: UInt64) throws -> [Bool] in
            var rules = try rules(text, seed: seed)
            return (0..<400).map { _ in rules.behaviour(for: call("gpt-4.1")).action == .cut }
        }
        #expect(try run(7) == run(7))
        #expect(try run(7) != run(8))
        #expect(try (80...160).contains(run(7).count { $0 }))
    }

    @Test(arguments: [
        "", "{}", "[1]", #"[{"action":"explode"}]"#, #"[{"match":{"header":"x"}}]"#, #"[{"probability":"a"}]"#,
    ])
    func aWrongFileIsAnErrorWithAReason(text: String) {
        #expect(throws: RulesError.self) { _ = try rules(text) }
    }

    @Test func optionsAreRead() throws {
        let options = try Options(["--http", "127.0.0.1:0", "--latency-ms=0", "--bench", "--seed", "9"])
        #expect(options.address == "127.0.0.1:0" && options.latency == .zero && options.bench && options.seed == 9)
        for wrong in [["--http"], ["--speed", "1"], ["--latency-ms", "-1"], ["extra", "1"]] {
            #expect(throws: Options.Mistake.self) { _ = try Options(wrong) }
        }
    }

    @Test func callsAreCountedByWhatTheyCarry() {
        var stats = Stats()
        let call = Call(path: "/v1/images/generations", model: "m", prompt: "a fox") { ["x-martlet-job": "img_1"][$0] }
        #expect(stats.begin(call) == 0 && stats.begin(call) == 1)
        stats.end("200")
        let text = String(decoding: stats.json, as: UTF8.self)
        #expect(text.contains(#""jobs":{"img_1":2}"#) && text.contains("\"\(Stats.hash("a fox"))\":2"))
        #expect(stats.active == 1 && stats.total == 2)
        stats.reset()
        #expect(stats.total == 0 && stats.active == 1)
    }

    @Test func aBenchmarksModelSaysHowManyPieces() {
        let models = ["bench-500chunks", "bench", "bench-xchunks", "bench-9999999chunks", "bench-7burst"]
        #expect(models.map { Bench.chunks($0) } == [500, 20, 20, 100_000, 7])
    }
}
