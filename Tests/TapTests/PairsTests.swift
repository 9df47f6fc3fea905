import JSON
import Support
import Testing

@testable import Tap

struct PairsTests {
    private func seen(
        _ kind: String,
        _ direction: Sighting.Direction,
        at time: Int64,
        id: String,
        replyTo: String? = nil,
        observer: String = "gateway",
        change: (inout Sighting) -> Void = { _ in }
    ) -> Sighting {
        sighting(kind: kind, service: "gateway", id: id, replyTo: replyTo) {
            $0.observer.service = observer
            $0.direction = direction
            $0.seenAt = time
            change(&$0)
        }
    }

    @Test func theAskersOwnClockMeasuresTheRoundTrip() {
        var pairs = Pairs()
        #expect(pairs.take(seen("health.ping", .out, at: 1_000, id: "q")) == nil)
        #expect(pairs.take(seen("health.ping", .in, at: 99_000, id: "q", observer: "health-monitor")) == nil)
        let answered = seen("health.status", .out, at: 99_500, id: "a", replyTo: "q", observer: "health-monitor")
        #expect(pairs.take(answered) == nil)
        #expect(pairs.unanswered.map(\.header.id) == ["q"])
        let pair = pairs.take(seen("health.status", .in, at: 4_000, id: "a", replyTo: "q"))
        #expect(pair?.latency == .microseconds(3_000))
        #expect(pairs.unanswered.isEmpty)
    }

    @Test func causationBindsAnAnswerAsReplyToDoes() {
        var pairs = Pairs()
        _ = pairs.take(seen("job.offer", .out, at: 0, id: "q"))
        let step = seen("job.step", .in, at: 5, id: "s") { $0.header.causation = "q" }
        #expect(pairs.take(step) == nil)
        let accept = seen("job.accept", .in, at: 10, id: "a") { $0.header.causation = "q" }
        #expect(pairs.take(accept)?.latency == .microseconds(10))
        #expect(pairs.take(accept) == nil)
    }

    @Test func anAnswerWithoutIDsIsFoundByItsJobAndTry() {
        func job(_ kind: String, _ direction: Sighting.Direction, _ time: Int64, _ id: String, attempt: Int) -> Sighting
        {
            seen(kind, direction, at: time, id: id) {
                $0.header.job = "img_1"
                $0.header.attempt = attempt
            }
        }
        var pairs = Pairs()
        _ = pairs.take(job("job.done", .out, 100, "d1", attempt: 1))
        #expect(pairs.take(job("job.settled", .in, 150, "s0", attempt: 2)) == nil)
        #expect(pairs.take(job("job.settled", .in, 160, "s1", attempt: 1))?.latency == .microseconds(60))
    }

    @Test func anErrorAnswersAnythingAndAnotherKindNothing() {
        var pairs = Pairs()
        _ = pairs.take(seen("audit.append", .out, at: 0, id: "q"))
        #expect(pairs.take(seen("job.accept", .in, at: 1, id: "x", replyTo: "q")) == nil)
        #expect(pairs.take(seen("service.error", .in, at: 2, id: "e", replyTo: "q")) != nil)
    }

    @Test func aStatusThatAnswersAPingIsNoQuestion() {
        var pairs = Pairs()
        _ = pairs.take(seen("health.status", .out, at: 0, id: "a", replyTo: "q"))
        _ = pairs.take(seen("health.status", .out, at: 0, id: "b"))
        #expect(pairs.unanswered.map(\.header.id) == ["b"])
    }

    @Test func memoryIsBoundedAndWhatIsForgottenIsCounted() {
        var pairs = Pairs(mostOpen: 10)
        for number in 0..<1_000 { _ = pairs.take(seen("health.ping", .out, at: Int64(number), id: "q\(number)")) }
        #expect(pairs.unanswered.map(\.header.id) == (990..<1_000).map { "q\($0)" })
        #expect(pairs.forgotten == 990)
    }

    /// Any order of questions and answers gives the pairs of a plain dictionary.
    @Test func itAgreesWithAPlainDictionaryOnAnyMix() {
        var random = SeededGenerator(seed: runSeed)
        var (pairs, model) = (Pairs(), [String: Int64]())
        for time in 0..<5_000 as Range<Int64> {
            let id = "q\(Int.random(in: 0..<200, using: &random))"
            if Bool.random(using: &random) {
                if model[id] == nil { model[id] = time }
                _ = pairs.take(seen("health.ping", .out, at: time, id: id))
            } else {
                let answer = pairs.take(seen("health.status", .in, at: time, id: "a\(time)", replyTo: id))
                #expect(
                    answer?.latency == model.removeValue(forKey: id).map { .microseconds(time - $0) },
                    "seed \(runSeed)"
                )
            }
        }
        #expect(pairs.unanswered.map(\.header.id).sorted() == model.keys.sorted(), "seed \(runSeed)")
    }

    // MARK: Shown

    private func display(_ arguments: String...) throws -> any Display {
        guard case .follow(let options) = try Command(["--pair"] + arguments) else {
            throw UsageError("another command")
        }
        return options.display(LineFormat(ink: Ink(isColoured: false), timeOfDay: TimeOfDay.universal))
    }

    private func run(_ display: inout any Display) -> String {
        var bytes = display.take(seen("health.ping", .out, at: 1_000, id: "q1")) ?? []
        bytes += display.take(seen("health.ping", .out, at: 2_000, id: "q2")) ?? []
        bytes += display.take(seen("health.status", .in, at: 4_000, id: "a1", replyTo: "q1")) ?? []
        bytes += display.finish() ?? []
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func pairsAndTheUnansweredAreShownWithASum() throws {
        var display = try display()
        let lines = run(&display).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[0].contains("→ health.ping") && lines[0].hasSuffix("3.0ms"))
        #expect(lines[1].contains("unanswered") && lines[1].hasSuffix("2.0ms"))
        #expect(
            lines[3].split(separator: " ").map(String.init) == [
                "health.ping", "1", "1", "3.0ms", "3.0ms", "3.0ms", "3.0ms",
            ]
        )
    }

    @Test func pairsAreOneJSONObjectALine() throws {
        var display = try display("-o", "json")
        let lines = try run(&display).split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(lines.count == 3)
        #expect(lines[0]["latency_us"]?.int == 3_000 && lines[0]["question"]?["link"]?.string == "jobs")
        #expect(lines[1]["unanswered_us"]?.int == 2_000 && lines[1]["answer"] == nil)
        #expect(lines[2]["summary"]?.string == "health.ping" && lines[2]["unanswered"]?.int == 1)
    }

    @Test func theFilterMayNameQuestionOrAnswerAndTheLatency() throws {
        for (term, shown) in [
            ("kind=health.ping", 1), ("kind=health.status", 1), ("kind=job.*", 0), ("latency>1ms", 1),
            ("latency>5ms", 0),
        ] {
            var display = try display(term)
            _ = run(&display)
            #expect(display.shown == shown, "\(term)")
        }
    }
}

struct DistributionTests {
    @Test func percentilesAreOfWhatIsKeptAndTheLongestOfAll() {
        var times = Distribution(capacity: 100)
        #expect(times.percentile(50) == nil)
        for milliseconds in (1...100).reversed() { times.take(.milliseconds(milliseconds)) }
        #expect(times.percentile(50) == .milliseconds(50))
        #expect(times.percentile(95) == .milliseconds(95))
        #expect(times.percentile(100) == .milliseconds(100))
        for _ in 0..<100 { times.take(.milliseconds(1)) }
        #expect(times.percentile(99) == .milliseconds(1))
        #expect(times.longest == .milliseconds(100) && times.count == 200)
    }
}
