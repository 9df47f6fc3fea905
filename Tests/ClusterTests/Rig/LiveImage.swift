import Loop
import SQLite
import Support

/// An image of a running cluster, as the gateway has written it down: who has it, and how far it got.
struct LiveImage: Sendable, CustomStringConvertible {
    let id: String
    let position: Int
    let state: String
    /// The service that has it or had it last, as the rig calls it: `image-worker/2`.
    let worker: String
    /// That service's start.
    let boot: String
    /// `submitting` once the gateway knows that the request is about to leave.
    let checkpoint: String
    let attempt: Int
    let crashes: Int
    let submissions: Int
    let costUSD: Double?

    /// A worker has it and its request may be with the provider.
    var isWithProvider: Bool { state == "leased" && !checkpoint.isEmpty }

    var description: String {
        "\(position) \(state) \(checkpoint) \(worker) attempt \(attempt) crashes \(crashes) submissions \(submissions)"
    }
}

extension Rig {
    /// The images of a batch now, in their order; none while the gateway's file can't be read.
    func images(of batch: Batch) async -> [LiveImage] { await Self.images(of: batch.job, in: data + "/gateway.db") }

    @StoreLoop
    private static func images(of job: String, in file: String) -> [LiveImage] {
        let sql = """
            SELECT id, position, state, ifnull(worker, ''), ifnull(checkpoint, ''), attempt, crashes, submissions,
                cost_usd, ifnull(boot, '') FROM images WHERE job = ? ORDER BY position
            """
        guard let db = try? Connection(path: file, mode: .readOnly) else { return [] }
        let rows = try? db.query(sql, job) { row in
            let parts = row.text(3).split(separator: "-")
            return LiveImage(
                id: row.text(0),
                position: row.int(1),
                state: row.text(2),
                worker: parts.dropLast().joined(separator: "-") + (parts.last.map { "/" + $0 } ?? ""),
                boot: row.text(9),
                checkpoint: row.text(4),
                attempt: row.int(5),
                crashes: row.int(6),
                submissions: row.int(7),
                costUSD: row.optionalDouble(8)
            )
        }
        return rows ?? []
    }

    /// How many images an instance has in hand now, as the gateway has written it down.
    func imagesInHand(of instance: String) async -> Int { await Self.inHand(instance, in: data + "/gateway.db") }

    @StoreLoop
    private static func inHand(_ instance: String, in file: String) -> Int {
        let db = try? Connection(path: file, mode: .readOnly)
        let sql = "SELECT count(*) FROM images WHERE state = 'leased' AND worker = ?"
        return (try? db?.int(sql, instance)) ?? 0
    }

    /// Waits for an image of which that holds; the first one.
    func image(
        of batch: Batch,
        within limit: Duration = .seconds(30),
        _ what: String,
        where holds: (LiveImage) -> Bool
    ) async throws -> LiveImage {
        var found: LiveImage?
        var last: [LiveImage] = []
        do {
            try await eventually(what, within: limit) {
                last = await images(of: batch)
                found = last.first(where: holds)
                return found != nil
            }
        } catch {
            throw NeverHappened(description: "\(error); the images: \(last)")
        }
        guard let found else { throw NeverHappened(description: what) }
        return found
    }

    /// Whose image events of that type there are in the audit trail, and how often, once the cluster has ended.
    @StoreLoop
    static func audited(_ eventType: String, in folder: String) throws -> [String: Int] {
        let db = try Connection(path: folder + "/audit.db", mode: .readOnly)
        let rows = try db.query(
            "SELECT target_id, count(*) FROM event WHERE event_type = ? GROUP BY target_id",
            eventType
        ) { row in (id: row.text(0), count: row.int(1)) }
        return Dictionary(rows.map { ($0.id, $0.count) }) { first, _ in first }
    }
}
