import JSON
import Support
import Testing

extension Clusters {
    /// Row 17 of the failure table: clients that stop reading a job's events.
    @Suite(.timeLimit(.minutes(4)))
    struct SlowClientTests {
        @Test func clientsThatStopReadingHoldUpNoJobAreCutAndMissNothingWhenTheyComeBack() async throws {
            let environment = ["MARTLET_SLOTS": "8"]
            let rig = try await Rig(workers: 2, environment: environment)
            let gateway = try rig.service("gateway")
            let warm = try await Batch.submit(2, named: "warm", to: rig)
            try await warm.wait(on: rig, "before anybody is slow")
            let title = String(repeating: "a long title ", count: 35)
            let loud = try await Batch.submit(
                Length.pick(120, 200),
                named: "loud",
                model: "sim-moderated",
                title: title,
                to: rig
            )
            let path = "/api/images/jobs/\(loud.job)/events"
            let before = gateway.residentBytes
            let readers = try (1...100).map { _ in try SlowReader(path, of: rig) }
            let quiet = try await Batch.submit(4, named: "quiet", to: rig)
            try await quiet.wait(on: rig, "while a hundred clients don't read")
            try await loud.wait(on: rig, "while a hundred clients don't read")
            let growth = (gateway.residentBytes - before) >> 20
            report("a hundred clients that don't read: the gateway grew by \(growth) MiB from \(before >> 20)")
            #expect(growth < 48, "bounded by what a hundred clients may leave unread")
            let whole = SeenEvents(try await rig.call("GET", path).text)
            #expect(
                whole.isDone && whole.numbers == Array(1...whole.numbers.count) && whole.numbers.count > 3 * loud.size
            )
            for reader in readers { try await expectTheRest(reader, path, whole, rig) }
            let rows = try await Invariants(rig, "a hundred slow clients").check(rig, [warm, loud, quiet])
            let crashes = rows.reduce(0) { $0 + $1.crashes }
            #expect(crashes == 0, "no lease was lost")
        }

        /// What it has, and what comes after that, are all events, each once.
        private func expectTheRest(_ reader: SlowReader, _ path: String, _ whole: SeenEvents, _ rig: Rig) async throws {
            let seen = SeenEvents(try reader.readToEnd())
            #expect(!seen.isDone && seen.numbers.count < whole.numbers.count, "it was cut before the end")
            let last = String(seen.numbers.last ?? 0)
            let rest = SeenEvents(try await rig.call("GET", path, headers: [("last-event-id", last)]).text)
            #expect(seen.numbers + rest.numbers == whole.numbers)
            #expect(rest.isDone)
        }
    }
}
