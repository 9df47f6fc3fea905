import JSON
import Testing

@testable import Tap

struct TraceTests {
    /// One image's messages, as gateway and worker see them; the worker's clock is a second ahead.
    private static let course: [(kind: String, id: String, by: String, at: Int64)] = [
        ("job.offer", "m1", "gateway", 0), ("job.accept", "m2", "image-worker", 1_000),
        ("job.checkpoint", "m3", "image-worker", 2_000), ("job.checkpointed", "m4", "gateway", 5_000),
        ("job.step", "m5", "image-worker", 6_000), ("job.done", "m6", "image-worker", 90_000),
        ("job.settled", "m7", "gateway", 95_000),
    ]

    private static func sightings(job: String = "img_0001", prefix: String = "") -> [Sighting] {
        course.flatMap { kind, id, by, at in
            let out = sighting(kind: kind, service: by, id: prefix + id) {
                $0.seenAt = at
                $0.header.job = job
                $0.header.attempt = 1
                $0.header.correlation = "job_batch7"
                if by == "image-worker" { $0.header.causation = prefix + "m1" }
            }
            var received = out
            received.direction = .in
            received.seenAt = at + 500
            received.observer.service = by == "gateway" ? "image-worker" : "gateway"
            return [out, received]
        }
    }

    private func trace(_ root: String, _ sightings: [Sighting]) -> Trace {
        var trace = Trace(root: root)
        for sighting in sightings { trace.take(sighting) }
        return trace
    }

    @Test(arguments: ["img_0001", "0001", "job_batch7", "tch7"])
    func aJobIsFoundByItsIDItsEndOrItsBatch(_ root: String) {
        let trace = trace(root, Self.sightings())
        #expect(trace.steps.count == 7)
        #expect(trace.isSettled)
    }

    @Test func anothersMessagesDoNotBelong() {
        let trace = trace("img_0001", Self.sightings() + Self.sightings(job: "img_9999", prefix: "x"))
        #expect(trace.steps.count == 7)
        #expect(self.trace("nothing", Self.sightings()).rows.isEmpty)
    }

    @Test func whatAMessageCausedOrIsAnsweredByBelongs() {
        let answer = sighting(kind: "service.error", id: "e1", replyTo: "m3")
        let caused = sighting(kind: "audit.append", id: "e2") { $0.header.causation = "e1" }
        #expect(trace("img_0001", Self.sightings() + [answer, caused]).steps.count == 9)
    }

    @Test func aJobsMessageWithoutItsBatchBelongs() {
        let bare = Self.sightings().map { sighting in
            var sighting = sighting
            if sighting.header.kind != "job.offer" { sighting.header.correlation = nil }
            sighting.header.causation = nil
            return sighting
        }
        #expect(trace("job_batch7", bare).rows.map(\.depth) == [0, 1, 0, 1, 0, 0, 1])
    }

    @Test func bothObservationsOfAMessageAreOneStep() throws {
        let step = try #require(trace("img_0001", Self.sightings()).steps.first)
        #expect(step.sentAt == 0 && step.receivedAt == 500)
        #expect(step.receiver?.service == "image-worker")
    }

    @Test func aBatchIsOverWhenAllItsJobsAre() {
        let second = Self.sightings(job: "img_0002", prefix: "x")
        #expect(!trace("job_batch7", Self.sightings() + second.prefix(4)).isSettled)
        #expect(trace("job_batch7", Self.sightings() + second).isSettled)
    }

    @Test func eachStepStandsBelowItsCauseAndLastsUntilWhatCameOfIt() {
        let rows = trace("img_0001", Self.sightings()).rows
        #expect(rows.map(\.step.sighting.header.id) == ["m1", "m2", "m3", "m4", "m5", "m6", "m7"])
        #expect(rows.map(\.depth) == [0, 1, 1, 2, 1, 1, 2])
        #expect(rows.map(\.parent) == [nil, "m1", "m1", "m3", "m1", "m1", "m6"])
        #expect(rows[0].begin == 0 && rows[0].end == 95_500)
        #expect(rows[2].begin == 2_000 && rows[2].end == 5_500)
    }

    @Test func theOrderOfArrivalChangesNothing() {
        let reversed = trace("img_0001", Self.sightings().reversed()).rows
        #expect(reversed.map(\.step.sighting.header.id) == ["m1", "m2", "m3", "m4", "m5", "m6", "m7"])
        #expect(reversed.map(\.depth) == [0, 1, 1, 2, 1, 1, 2])
    }

    @Test func messagesThatNameEachOtherAreNoEndlessTree() {
        let (a, b) = (
            sighting(id: "a") { ($0.header.job, $0.header.causation) = ("img_0001", "b") },
            sighting(id: "b") { ($0.header.job, $0.header.causation) = ("img_0001", "a") }
        )
        #expect(trace("img_0001", [a, b]).rows.map(\.depth) == [0, 1])
    }

    @Test func memoryIsBoundedAndWhatFoundNoRoomIsCounted() {
        var trace = Trace(root: "img_0001", mostSteps: 5)
        for sighting in Self.sightings() { trace.take(sighting) }
        #expect(trace.steps.count == 5 && trace.left == 4)
    }

    // MARK: Shown

    private func shown(_ arguments: String...) throws -> String {
        guard case .follow(let options) = try Command(["trace"] + arguments) else {
            throw UsageError("another command")
        }
        var display = options.display(LineFormat(ink: Ink(isColoured: false), timeOfDay: TimeOfDay.universal))
        for sighting in Self.sightings() { _ = display.take(sighting) }
        #expect(!display.isComplete)
        _ = display.tick(.seconds(2))
        #expect(display.isComplete)
        return String(decoding: display.finish() ?? [], as: UTF8.self)
    }

    @Test func theWaterfallShowsTimesBarsAndWays() throws {
        let lines = try shown("img_0001").split(separator: "\n").map(String.init)
        #expect(lines.count == 8)
        #expect(lines[0].hasPrefix("   +0µs ━━━━"))
        #expect(lines[0].contains("job.offer") && lines[0].hasSuffix("gateway/g1 → image-worker/g1"))
        #expect(lines[3].contains("    job.checkpointed"))
        #expect(lines[7] == "7 messages in 96ms")
        let columns = Set(lines.dropLast().map { $0.prefix(40).count })
        #expect(columns == [40])
    }

    @Test func theWaterfallIsJSONWhenAskedFor() throws {
        let rows = try shown("img_0001", "-o", "json").split(separator: "\n").map {
            try JSONValue(parsing: Array($0.utf8))
        }
        #expect(rows.count == 7)
        #expect(rows[3]["parent"]?.string == "m3" && rows[3]["depth"]?.int == 2 && rows[3]["begin_us"]?.int == 5_000)
    }
}
