import HTTP
import JSON
import Support
import Testing
import Wire

@testable import Gateway

/// `GET /api/progress/stream` over HTTP. No worker is there: the feed is told what one would tell.
@Suite(.timeLimit(.minutes(1)))
struct ProgressStreamTests {
    private static let path = "/api/progress/stream"

    private func submit(_ count: Int, on bench: GatewayBench, key: String = GatewayBench.adminKey) async throws
        -> String
    {
        let images = (1...count).map { #"{"prompt":"p \#($0)"}"# }.joined(separator: ",")
        let body = #"{"images":[\#(images)],"model":"gpt-image-1"}"#
        return try await bench.change("POST", "/api/images/jobs", body, key: key)["job_id"]?.string ?? ""
    }

    private func user(on bench: GatewayBench) async throws -> String {
        let id = try await bench.change("POST", "/api/admin/users", #"{"name":"ada"}"#)["id"]?.string ?? ""
        return try await bench.change("POST", "/api/admin/users/\(id)/keys")["key"]?.string ?? ""
    }

    /// A stream that is read in the background until it ends.
    private func follow(
        _ bench: GatewayBench,
        _ query: String = "",
        key: String = GatewayBench.adminKey,
        last: Int? = nil
    ) async throws -> Task<[SeenEvent], any Error> {
        let before = await bench.gateway.feed.listeners
        let task = Task {
            try await bench.stream(Self.path + query, key: key, last: last)
        }
        try await eventually("it listens") { await bench.gateway.feed.listeners > before }
        return task
    }

    @Test func itTellsOfAllJobsOfTheCallerAndOfNobodyElses() async throws {
        let bench = try await GatewayBench()
        let ada = try await user(on: bench)
        let earlier = try await submit(1, on: bench)
        let stream = try await follow(bench)
        let theirs = try await submit(1, on: bench, key: ada)
        let mine = try await submit(2, on: bench)
        await bench.gateway.feed.drain()
        let events = try await stream.value
        #expect(events.first == SeenEvent(id: 1, name: nil, job: nil), "where a client goes on that saw no event yet")
        #expect(
            events.dropFirst().map(\.name) == ["progress", "image_pending", "image_pending"],
            "\(events)"
        )
        #expect(events.compactMap(\.job) == [earlier, mine, mine])
        #expect(events.compactMap(\.id) == [1, 2, 3], "numbers rise by one over all jobs")
        #expect(!events.contains { $0.job == theirs })
        await bench.stop()
    }

    @Test func nothingIsMissedOrRepeatedAfterTheLastEventThatWasSeen() async throws {
        let bench = try await GatewayBench()
        for count in [3, 70, 2] { _ = try await submit(count, on: bench) }
        var streams: [(last: Int, events: Task<[SeenEvent], any Error>)] = []
        for last in [0, 4, 74, 75] { streams.append((last, try await follow(bench, last: last))) }
        let more = try await submit(1, on: bench)
        await bench.gateway.feed.drain()
        for (last, stream) in streams {
            let events = try await stream.value.filter { $0.name == "image_pending" }
            #expect(events.compactMap(\.id) == Array(last + 1...76), "after \(last)")
            #expect(events.last?.job == more)
        }
        await bench.stop()
    }

    @Test func aNumberFromBeforeABackupHidesNothing() async throws {
        let bench = try await GatewayBench()
        _ = try await submit(2, on: bench)
        let stream = try await follow(bench, last: 4_711)
        _ = try await submit(1, on: bench)
        await bench.gateway.feed.drain()
        #expect(try await stream.value.compactMap(\.id) == [2, 3])
        await bench.stop()
    }

    @Test func aJobsStreamBeginsWithItsFirstEventAndEndsWithItsLast() async throws {
        let bench = try await GatewayBench()
        let ada = try await user(on: bench)
        _ = try await submit(1, on: bench)
        let job = try await submit(2, on: bench)
        let stream = try await follow(bench, "?job_id=\(job)")
        #expect(try await bench.call("GET", "\(Self.path)?job_id=\(job)", key: ada).status == 404, "another's job")
        let image = try await bench.call("GET", "/api/images/jobs/\(job)").json["images"]?[1]?["id"]?.string ?? ""
        let step = JobStep(phase: .call, percent: 30, index: 1, total: 2, message: "Generating image 2 of 2")
        await bench.gateway.feed.step(step, image: image, job: job)
        _ = try await bench.call("DELETE", "/api/images/jobs/\(job)")
        let events = try await stream.value
        let names = events.map(\.name)
        #expect(names.prefix(4) == ["image_pending", "image_pending", "step", "progress"], "\(names)")
        #expect(names.last == "done" && names.count { $0 == "image_failed" } == 2)
        #expect(events.compactMap(\.id) == [2, 3, 4, 5, 6], "the numbers are those of the stream over all jobs")
        let again = try await bench.stream("\(Self.path)?job_id=\(job)", last: 4)
        #expect(again.compactMap(\.id) == [5, 6])
        await bench.stop()
    }

    @Test func whatIsSkippedIsAStepThatLasts() async throws {
        let bench = try await GatewayBench()
        let body = #"{"images":[{"prompt":"a"},{"title":"t"}],"model":"gpt-image-1"}"#
        let job = try await bench.change("POST", "/api/images/jobs", body)["job_id"]?.string ?? ""
        _ = try await bench.call("DELETE", "/api/images/jobs/\(job)")
        let events = try await bench.stream("/api/images/jobs/\(job)/events")
        #expect(events.prefix(2).map(\.name) == ["image_pending", "step"])
        #expect(events.prefix(2).map(\.id) == [1, 2])
        await bench.stop()
    }

    @Test func aClientThatLeavesIsForgotten() async throws {
        let bench = try await GatewayBench()
        try await bench.openAndLeave(Self.path) {
            try await eventually("it listens") { await bench.gateway.feed.listeners == 1 }
        }
        try await eventually("nobody listens") { await bench.gateway.feed.listeners == 0 }
        await bench.stop()
    }
}

/// An event of a stream as its client saw it; one without a name is an id alone.
struct SeenEvent: Equatable, Sendable {
    var id: Int?
    var name: String?
    var job: String?

    /// All in a body; comments are left out.
    static func all(in text: String) -> [SeenEvent] {
        text.split(separator: "\n\n").compactMap { block in
            var event = SeenEvent()
            for line in block.split(separator: "\n") {
                if line.hasPrefix("id: ") { event.id = Int(line.dropFirst(4)) }
                if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") {
                    event.job = (try? JSONValue(parsing: Array(line.dropFirst(6).utf8)))?["job_id"]?.string
                }
            }
            return event == SeenEvent() ? nil : event
        }
    }
}
