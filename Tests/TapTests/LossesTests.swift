import Support
import Testing

@testable import Tap

struct LossesTests {
    /// An observer and a hub that number records as the real ones do.
    private struct Books {
        var counts: [String: UInt64] = [:]
        var hubCounts: [String: UInt64] = [:]
        var hubBoot: UInt64 = 7

        mutating func observe(_ boot: String, _ kind: String = "job.offer") -> Sighting {
            counts["\(boot) \(kind)", default: 0] += 1
            return sighting(kind: kind) {
                $0.observer.boot = boot
                $0.count = counts["\(boot) \(kind)", default: 0]
            }
        }

        mutating func pass(_ sighting: Sighting) -> Sighting {
            hubCounts[sighting.topic, default: 0] += 1
            var sighting = sighting
            sighting.hub = Sighting.HubStamp(boot: hubBoot, count: hubCounts[sighting.topic, default: 0])
            return sighting
        }
    }

    @Test func whereNothingIsLostNothingIsTold() {
        var (books, losses) = (Books(), Losses())
        for round in 0..<100 { losses.take(books.pass(books.observe("b\(round % 3)"))) }
        #expect(losses.total == 0)
    }

    @Test func joiningLateIsNoLoss() {
        var (books, losses) = (Books(), Losses())
        for _ in 0..<50 { _ = books.pass(books.observe("b1")) }
        losses.take(books.pass(books.observe("b1")))
        #expect(losses.total == 0)
    }

    @Test func aRestartedObserverOrHubIsNoLoss() {
        var (books, losses) = (Books(), Losses())
        for _ in 0..<5 { losses.take(books.pass(books.observe("b1"))) }
        losses.take(books.pass(books.observe("b2")))
        books.hubBoot = 8
        books.hubCounts = ["h.gateway.job.offer": 400]
        losses.take(books.pass(books.observe("b2")))
        #expect(losses.total == 0)
    }

    @Test func whatIsLostIsPutDownToTheLegOnWhichItWasLost() {
        var (books, losses) = (Books(), Losses())
        losses.take(books.pass(books.observe("b1")))
        for _ in 0..<3 { _ = books.observe("b1") }
        losses.take(books.pass(books.observe("b1")))
        #expect((losses.beforeHub, losses.afterHub) == (3, 0))
        for _ in 0..<4 { _ = books.pass(books.observe("b1")) }
        losses.take(books.pass(books.observe("b1")))
        #expect((losses.beforeHub, losses.afterHub) == (3, 4))
    }

    /// Drops at random on both legs and compares with the books.
    @Test func theSumIsRightHoweverTheLossesFall() {
        var random = SeededGenerator(seed: runSeed)
        var (books, losses) = (Books(), Losses())
        var (before, after) = (0 as UInt64, 0 as UInt64)
        let boots = ["b1", "b2", "b3"]
        for boot in boots { losses.take(books.pass(books.observe(boot))) }
        for _ in 0..<20_000 {
            let record = books.observe(boots[Int.random(in: 0..<3, using: &random)])
            if Int.random(in: 0..<10, using: &random) == 0 {
                before += 1
                continue
            }
            let passed = books.pass(record)
            if Int.random(in: 0..<10, using: &random) == 0 { after += 1 } else { losses.take(passed) }
        }
        for boot in boots { losses.take(books.pass(books.observe(boot))) }
        #expect(losses.total == before + after, "seed \(runSeed)")
        #expect(losses.afterHub == after && losses.beforeHub == before, "seed \(runSeed)")
    }

    @Test func memoryIsBoundedAndForgettingInventsNoLoss() {
        var losses = Losses(mostStreams: 10)
        for round in 0..<1_000 {
            losses.take(
                sighting {
                    $0.observer.boot = "b\(round)"; $0.count = UInt64(round * 7)
                }
            )
        }
        #expect(losses.total == 0)
    }

    @Test func aStampSurvivesTheWire() {
        let stamp = Sighting.HubStamp(boot: 0xFEDC_BA98_7654_3210, count: 258)
        #expect(stamp.bytes.count == 16)
        #expect(Sighting.HubStamp(stamp.bytes) == stamp)
        #expect(Sighting.HubStamp([1, 2, 3]) == nil)
    }
}

struct LatenciesTests {
    @Test func aReplyHasTheTimeSinceItsRequest() {
        var latencies = Latencies()
        #expect(latencies.take(sighting(id: "a", sentAt: 1_000).header) == nil)
        #expect(latencies.take(sighting(id: "b", replyTo: "a", sentAt: 4_140).header) == .microseconds(3_140))
        #expect(latencies.take(sighting(id: "c", replyTo: "unseen", sentAt: 5_000).header) == nil)
    }

    @Test func aJobsAnswerIsPairedByItsTry() {
        func step(_ kind: String, _ at: Int64, attempt: Int = 1, _ latencies: inout Latencies) -> Duration? {
            latencies.take(
                sighting(kind: kind, id: "\(kind) \(at)", sentAt: at) {
                    $0.header.job = "img_1"
                    $0.header.attempt = attempt
                }.header
            )
        }
        var latencies = Latencies()
        #expect(step("job.offer", 100, &latencies) == nil)
        #expect(step("job.accept", 150, attempt: 2, &latencies) == nil)
        #expect(step("job.accept", 150, &latencies) == .microseconds(50))
        #expect(step("job.checkpoint", 200, &latencies) == nil)
        #expect(step("job.checkpoint", 300, &latencies) == nil)
        #expect(step("job.checkpointed", 310, &latencies) == .microseconds(10))
        #expect(step("job.settled", 400, &latencies) == nil)
    }

    @Test func aClockThatIsBehindGivesNoLatency() {
        var latencies = Latencies()
        _ = latencies.take(sighting(id: "a", sentAt: 1_000).header)
        #expect(latencies.take(sighting(id: "b", replyTo: "a", sentAt: 999).header) == nil)
    }

    @Test func theOldestRequestsAreForgotten() {
        var latencies = Latencies(capacity: 3)
        for id in ["a", "b", "c", "d", "d"] { _ = latencies.take(sighting(id: id).header) }
        #expect(latencies.count == 3)
        #expect(latencies.take(sighting(id: "e", replyTo: "a").header) == nil)
        #expect(latencies.take(sighting(id: "f", replyTo: "d").header) == .zero)
    }
}
