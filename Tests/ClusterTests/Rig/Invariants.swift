import Audit
import Foundation
import JSON
import Loop
import SQLite
import Support
import Testing

/// What must hold of a cluster's files after any failure, once its services have ended.
///
/// - I1: every image that was submitted is in exactly one state, and after the end in a final one.
/// - I2: every image has exactly one final event in the audit trail.
/// - I3: every stream of the audit trail is contiguous; chain and checkpoints verify.
/// - I4: the provider was called no more often than the images' attempts were submitted to it.
/// - I5: a gap in a connection's numbers is reported: what was lost is counted, never silent (see ``LinkLosses``).
/// - I6: whatever was acknowledged is there.
struct Invariants {
    /// The folder of `gateway.db`; the rig's own unless the gateway was given another.
    var gatewayData: String
    /// The folder of `audit.db`.
    var auditData: String
    /// Printed with each finding: the seed, the round, the fault.
    var label: String

    init(_ rig: Rig, _ label: String) {
        gatewayData = rig.data
        auditData = rig.data
        self.label = label
    }

    /// An image's row.
    struct Row: Sendable {
        let id: String
        let job: String
        let state: String
        let submissions: Int
        let attempt: Int
        let crashes: Int
    }

    /// Ends a rig's services once its outbox is empty, and holds every invariant against what they left.
    ///
    /// - Returns: the images' rows, for what a scenario wants beyond.
    @discardableResult
    func check(_ rig: Rig, _ batches: [Batch]) async throws -> [Row] {
        try await eventually("\(label): the outbox is empty", within: .seconds(30)) {
            try await rig.call("GET", "/health/readiness").json["outbox"]?.int == 0
        }
        let calls = try await rig.simulatorStatistics()["jobs"]?.object ?? []
        try await rig.stop()
        let rows = try await jobs(batches, calls: calls)
        try await trail(rows)
        return rows
    }

    /// I1, I4 and I6, and that the numbers of a job's events rise by one.
    @StoreLoop
    func jobs(_ batches: [Batch], calls: [JSONField]) throws -> [Row] {
        let db = try Connection(path: gatewayData + "/gateway.db", mode: .readOnly)
        let sql = "SELECT id, job, state, submissions, attempt, crashes FROM images ORDER BY job, position"
        let rows = try db.query(sql) { row in
            Row(
                id: row.text(0),
                job: row.text(1),
                state: row.text(2),
                submissions: row.int(3),
                attempt: row.int(4),
                crashes: row.int(5)
            )
        }
        let final: Set = ["done", "failed", "cancelled"]
        for batch in batches {
            let own = rows.filter { $0.job == batch.job }
            #expect(own.count == batch.size, "\(label): I6: \(batch.job) was acknowledged with \(batch.size) images")
            let open = own.filter { !final.contains($0.state) }
            #expect(open.isEmpty, "\(label): I1: \(open)")
            let events = try db.query("SELECT seq FROM job_events WHERE job = ? ORDER BY seq", batch.job) { $0.int(0) }
            #expect(events == Array(1...max(1, events.count)), "\(label): a job's events are numbered without a gap")
        }
        let submissions = Dictionary(rows.map { ($0.id, $0.submissions) }) { first, _ in first }
        for call in calls {
            let count = Int(call.value.int ?? 0)
            #expect(count <= submissions[call.name] ?? 0, "\(label): I4: \(call.name) was paid for \(count) times")
        }
        return rows
    }

    /// I2 and I3.
    @StoreLoop
    func trail(_ rows: [Row]) throws {
        let verification = try Verify.file(auditData + "/audit.db")
        #expect(verification.isWhole, "\(label): I3: \(verification)")
        let db = try Connection(path: auditData + "/audit.db", mode: .readOnly)
        // A number that was skipped on purpose, a row of the call log, is in `skipped`.
        let streams = try db.query("SELECT stream, sum(skipped) + count(*), max(stream_seq) FROM event GROUP BY stream")
        {
            (stream: $0.int(0), numbers: $0.int(1), last: $0.int(2))
        }
        for stream in streams {
            #expect(stream.numbers == stream.last, "\(label): I3: stream \(stream) has a gap")
        }
        let ends = try db.query(
            """
            SELECT target_id, count(*) FROM event WHERE event_type IN ('image.succeeded', 'image.failed', 'image.cancelled')
            GROUP BY target_id
            """
        ) { row in (id: row.text(0), count: row.int(1)) }
        let counts = Dictionary(ends.map { ($0.id, $0.count) }) { first, _ in first }
        for row in rows {
            #expect(counts[row.id] == 1, "\(label): I2: \(row.id) is \(row.state), its ends: \(counts[row.id] ?? 0)")
        }
        #expect(counts.count == rows.count, "\(label): I2: an end of an image that isn't there")
    }
}
