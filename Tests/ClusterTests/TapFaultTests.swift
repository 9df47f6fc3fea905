import Foundation
import JSON
import Loop
import Support
import Testing
import Wire

@testable import Bus

extension Clusters {
    /// Row 12 of the failure table: the tap's hub or a tap stands still or dies while many messages flow.
    @Suite(.timeLimit(.minutes(Length.pick(4, 20))))
    struct TapFaultTests {
        @Test func nobodyNoticesATapOrAHubThatStandsStillOrDiesAndWhatATapMissedIsCounted() async throws {
            let rig = try await Rig(workers: 1)
            let load = ChatLoad(rig, lanes: 2)
            let batch = try await Batch.submit(8, named: "watched", to: rig)
            let flood = try await Flood(to: rig.address(.tapIn), keys: rig.data + "/keys")
            let tap = try await rig.launch("tap", ["kind=job.release", "source=image-worker/flood", "-o", "json"])
            let hub = try rig.service("tap")
            try await flood.isWatched()
            let many = Length.pick(15_000, 400_000)
            try await flood.send(2_000)
            tap.freeze()
            try await flood.send(many)
            tap.thaw()
            try await flood.send(500)
            try await seen(tap, 2_500)
            hub.freeze()
            try await flood.send(many)
            hub.thaw()
            try await flood.send(500)
            try await hub.kill()
            try await flood.isUnwatched()
            try await rig.start("tap")
            try await flood.isWatched()
            try await flood.send(500)
            try await expectCount(tap, flood)
            let calls = await load.stop()
            report("tap and hub frozen and killed meanwhile: \(calls.text)")
            #expect(calls.failures.isEmpty, "\(calls.failures.prefix(3))")
            try await batch.wait(on: rig, "watched by a tap in trouble")
            let rows = try await Invariants(rig, "tap and hub in trouble").check(rig, [batch])
            #expect(rows.allSatisfy { $0.state == "done" && $0.attempt == 1 }, "\(rows)")
            await flood.close()
        }

        private func lines(_ tap: RigService) -> Int { tap.output.utf8.count { $0 == UInt8(ascii: "\n") } }

        private func seen(_ tap: RigService, _ count: Int) async throws {
            try await eventually("the tap has shown \(count): \(tap.output.suffix(300))", within: .seconds(30)) {
                lines(tap) >= count
            }
        }

        /// Whatever was sent was seen or is reported as lost.
        private func expectCount(_ tap: RigService, _ flood: Flood) async throws {
            let last = "\"count\":\(await flood.count),"
            try await eventually("the last one is seen", within: .seconds(30)) { tap.output.contains(last) }
            tap.signal(SIGINT)
            try await tap.gone(within: .seconds(10))
            let summary = tap.output.split(separator: "\n").last { $0.contains(" seen, ") } ?? ""
            report("tap: \(summary); dropped at the source: \(await flood.dropped) of \(await flood.count)")
            let words = summary.split(separator: " ").map { $0.filter { $0 != "," } }
            let seen = try #require(words.firstIndex(of: "seen").flatMap { Int(words[$0 - 1]) }, "\(summary)")
            let lost = words.firstIndex(of: "lost").flatMap { Int(words[$0 - 1]) } ?? 0
            let count = await flood.count
            #expect(seen + lost == count, "\(summary), sent \(count)")
            #expect(lost > 0, "nothing was in trouble")
        }
    }
}

/// A worker that says a lot and nothing else: records for the hub, about as many as it can pass on.
@BusLoop
private final class Flood {
    private let point: TapPoint
    private let message: Message

    init(to address: String, keys folder: String) throws {
        let source = Source(service: "image-worker", instance: "flood", boot: "flood-1")
        let keys = try KeyRing.load(directory: folder, role: .imageWorker)
        point = TapPoint(to: address, keys: keys, source: source) { _ in nil }
        var header = Envelope(kind: .jobRelease, source: source)
        header.sequence = 1
        message = try Message(header: header, body: JobRelease(reason: "drain"))
        try point.start()
    }

    /// How many records were made: taken by the queue to the hub or dropped before it.
    var count: Int { Int(point.shown + point.dropped) }
    var dropped: Int { Int(point.dropped) }

    func isWatched() async throws {
        try await eventually("a tap asks for the flood", within: .seconds(20)) { point.isWatched }
    }

    func isUnwatched() async throws {
        try await eventually("nobody asks for the flood", within: .seconds(20)) { !point.isWatched }
    }

    /// Twenty thousand a second.
    func send(_ count: Int) async throws {
        for number in 1...count {
            point.offer(message, .sent, link: "jobs")
            if number.isMultiple(of: 200) { try await lasting(.milliseconds(10)) }
        }
    }

    func close() { point.close() }
}
