import Foundation
import Telemetry
import Testing

struct MetricsTests {
    private let plain = Instrument(.counter, "a_total", "things", "A.")

    @Test func textHasHelpTypeAndEverySample() {
        let registry = Registry()
        let requests = registry.counters(
            Instrument(.counter, "martlet_requests_total", "requests", labels: ["route", "status"], "Requests.")
        )
        requests.with("chat", "200").add(3)
        requests.with("ch\"at\\\n", "500").add()
        registry.gauges(Instrument(.gauge, "martlet_busy", "0 to 1", "Busy.")).with().set(0.5)
        let times = registry.histograms(
            Instrument(.histogram, "martlet_seconds", "seconds", "Time."),
            buckets: [0.1, 1]
        ).with()
        times.observe(0.1)
        times.observe(Duration.milliseconds(500))
        times.observe(7)
        registry.watch(Instrument(.gauge, "martlet_watched", "things", "Watched.")) { 42 }
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
        let family = registry.counters(Instrument(.counter, "a_total", "things", labels: ["id"], "A."))
        for id in 0..<1_000 { family.with("\(id)").add() }
        let lines = String(decoding: registry.text(), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2 + Family<Counter>.limit + 1)
        #expect(family.with("another").value == 744)
    }

    @Test func whatIsGoneLeavesTheText() {
        let registry = Registry()
        let family = registry.gauges(Instrument(.gauge, "up", "services", labels: ["service", "instance"], "Up."))
        family.with("image-worker", "1").set(1)
        family.with("image-worker", "2").set(1)
        family.keep { $0 == ["image-worker", "2"] }
        let text = String(decoding: registry.text(), as: UTF8.self)
        #expect(text.hasSuffix("gauge\nup{service=\"image-worker\",instance=\"2\"} 1\n"))
    }

    @Test func aSumTakesNothingButGrowth() {
        let registry = Registry()
        let sum = registry.sums(Instrument(.counter, "usd_total", "US dollars", "Cost.")).with()
        for amount in [0.25, -1, .nan, .infinity, 0.5] { sum.add(amount) }
        #expect(sum.value == 0.75)
        #expect(String(decoding: registry.text(), as: UTF8.self).hasSuffix("counter\nusd_total 0.75\n"))
    }

    @Test func theKernelsFiguresAreThere() throws {
        let registry = Registry()
        ProcessFigures.register(in: registry)
        let text = String(decoding: registry.text(), as: UTF8.self)
        let values = Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").filter { $0.hasPrefix("process_") }.map { line in
                let parts = line.split(separator: " ")
                return (String(parts[0]), Double(parts[1]) ?? 0)
            }
        )
        #expect(values.count == 6 && values.values.allSatisfy { $0 > 0 }, "\(values)")
        let resident = try #require(values["process_resident_memory_bytes"])
        #expect(resident < values["process_virtual_memory_bytes"] ?? 0)
        #expect(values["process_open_fds"] ?? 0 < values["process_max_fds"] ?? 0)
        let age = Date().timeIntervalSince1970 - (values["process_start_time_seconds"] ?? 0)
        #expect((-2...3_600).contains(age), "this process began \(age) s ago")
    }

    @Test func theSameNameIsTheSameMetric() {
        let registry = Registry()
        registry.counters(plain).with().add()
        #expect(registry.counters(plain).with().value == 1)
    }

    @Test func nothingIsLostBetweenThreads() async {
        let registry = Registry()
        let counter = registry.counters(plain).with()
        let gauge = registry.gauges(Instrument(.gauge, "b", "things", "B.")).with()
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
