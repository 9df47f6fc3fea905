import HTTP
import Loop
import Providers
import Telemetry
import Testing

@testable import Gateway

/// What calls and services leave in the metrics. The registry is the process's, so each test has labels of its own.
@NetLoop
struct MeterTests {
    private func text() -> [String] {
        String(decoding: Metrics.text(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func row(_ model: String, type: String, tokens: Int?, cost: Double?, _ outcome: CallRow.Outcome) -> CallRow
    {
        CallRow(
            at: 1,
            id: "r",
            userID: "usr_canary",
            connectorID: "con_canary",
            purpose: .chat,
            model: model,
            tokensIn: tokens,
            tokensOut: tokens,
            latencyMs: 1_500,
            outcome: outcome,
            costUSD: cost,
            stream: true,
            type: type,
            timing: .init(firstByte: .milliseconds(200), firstToken: .milliseconds(300))
        )
    }

    @Test func whatCallersWriteIsNeverALabel() {
        let meters = CallMeters(prices: .standard)
        for number in 0..<1_000 {
            meters.count(row("canary-\(number)", type: "azure_openai", tokens: 5, cost: nil, .succeeded))
        }
        meters.count(row("gpt-5-nano", type: "openai_apikey", tokens: 7, cost: 0.5, .succeeded))
        meters.count(row("gpt-5-nano-2026-09-08", type: "openai_apikey", tokens: 7, cost: 0.25, .succeeded))
        let text = text()
        #expect(!text.contains { $0.contains("canary") })
        let other = #"martlet_tokens_total{type="azure_openai",model="other",direction="in"} 5000"#
        #expect(text.contains(other))
        #expect(text.contains(#"martlet_unpriced_calls_total{type="azure_openai"} 1000"#))
        #expect(text.contains(#"martlet_tokens_total{type="openai_apikey",model="gpt-5-nano",direction="out"} 14"#))
        #expect(text.contains(#"martlet_cost_usd_total{type="openai_apikey",model="gpt-5-nano"} 0.75"#))
    }

    @Test func aStreamEndsInOneOfThreeWays() {
        let meters = CallMeters(prices: .standard)
        for outcome in [CallRow.Outcome.succeeded, .cancelled, .failed(.timeout), .failed(.rateLimited)] {
            meters.count(row("m", type: "gemini_apikey", tokens: nil, cost: nil, outcome))
        }
        let text = text()
        for (ending, count) in [("done", 1), ("cancelled", 1), ("error", 2)] {
            #expect(text.contains(#"martlet_streams_total{type="gemini_apikey",ending="\#(ending)"} \#(count)"#))
        }
        #expect(text.contains(#"martlet_calls_total{purpose="chat",type="gemini_apikey",outcome="rate_limited"} 1"#))
        #expect(text.contains(#"martlet_call_seconds_sum{purpose="chat",type="gemini_apikey"} 6"#))
        #expect(text.contains(#"martlet_call_first_token_seconds_count{type="gemini_apikey"} 4"#))
    }

    @Test func aRouteCountsByClassAndByWhoLeft() {
        let meter = RouteMeter("GET", "/test/{id}")
        for status in [200, 204, 404, 503, nil] { meter.count(status, after: .milliseconds(5)) }
        let text = text()
        for (label, count) in [("2xx", 2), ("4xx", 1), ("5xx", 1), ("left", 1)] {
            let line = #"martlet_http_requests_total{method="GET",route="/test/{id}",status="\#(label)"} \#(count)"#
            #expect(text.contains(line))
        }
        #expect(text.contains(#"martlet_http_request_seconds_count{method="GET",route="/test/{id}"} 5"#))
    }

    @Test func aServiceThatIsGoneLeavesTheMetrics() {
        let gauges = ClusterGauges()
        var facts = StatusHandler.Facts()
        facts.services = [.init(service: "image-worker", instance: "w1", state: .up, since: 0)]
        gauges.set(facts)
        #expect(text().contains(#"martlet_service_up{service="image-worker",instance="w1"} 1"#))
        facts.services = []
        gauges.set(facts)
        #expect(!text().contains { $0.contains(#"instance="w1""#) })
    }

    @Test func aPeakIsSeenForAMinuteByEveryReader() {
        var recent = RecentMaximum()
        let start = Moment(nanoseconds: 1_000_000_000)
        #expect(recent.value(at: start) == .zero)
        recent.note(.seconds(7), at: start)
        for second in 1...59 { recent.note(.milliseconds(500 + second), at: start + .seconds(second)) }
        #expect(recent.value(at: start + .seconds(60)) == .seconds(7))
        #expect(recent.value(at: start + .seconds(60)) == .seconds(7))
        #expect(recent.value(at: start + .seconds(61)) == .milliseconds(559))
        #expect(recent.value(at: start + .seconds(200)) == .zero)
    }
}
