import Telemetry
import Testing

struct MetricsTests {
    @Test func textHasHelpTypeAndEverySample() {
        let registry = Registry()
        let requests = registry.counters("martlet_requests_total", "Requests.", labels: ["route", "status"])
        requests.with("chat", "200").add(3)
        requests.with("ch\"at\\\n", "500").add()
        registry.gauges("martlet_busy", "Busy.", labels: []).with().set(0.5)
        let times = registry.histograms("martlet_seconds", "Time.", labels: [], buckets: [0.1, 1]).with()
        times.observe(0.1)
        times.observe(Duration.milliseconds(500))
        times.observe(7)
        registry.watch("martlet_watched", "Watched.") { 42 }
        let text = String(decoding: registry.text(), as: UTF8.self)
        #expect(
            text == """
                # HELP martlet_busy Busy.
                # TYPE martlet_busy gauge
                martlet_busy 0.5
                # HELP martlet_requests_total Requests.
                # TYPE martlet_requests_total counter
                martlet_requests_total{route="ch\\"at\\\\\\n",status="500"} 1
                martlet_requests_total{route="chat",status="200"} 3
                # HELP martlet_seconds Time.
                # TYPE martlet_seconds histogram
                martlet_seconds_bucket{le="0.1"} 1
                martlet_seconds_bucket{le="1"} 2
                martlet_seconds_bucket{le="+Inf"} 3
                martlet_seconds_sum 7.6
                martlet_seconds_count 3
                # HELP martlet_watched Watched.
                # TYPE martlet_watched gauge
                martlet_watched 42

                """
        )
    }

    @Test func labelsCantGrowWithoutBound() {
        let registry = Registry()
        let family = registry.counters("a_total", "A.", labels: ["id"])
        for id in 0..<1_000 { family.with("\(id)").add() }
        let lines = String(decoding: registry.text(), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2 + Family<Counter>.limit + 1)
        #expect(family.with("another").value == 744)
    }

    @Test func theSameNameIsTheSameMetric() {
        let registry = Registry()
        registry.counters("a_total", "A.", labels: []).with().add()
        #expect(registry.counters("a_total", "A.", labels: []).with().value == 1)
    }

    @Test func nothingIsLostBetweenThreads() async {
        let registry = Registry()
        let counter = registry.counters("a_total", "A.", labels: []).with()
        let gauge = registry.gauges("b", "B.", labels: []).with()
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.add()
                        gauge.add(1)
                    }
                }
            }
        }
        #expect(counter.value == 40_000)
        #expect(gauge.value == 40_000)
    }
}
