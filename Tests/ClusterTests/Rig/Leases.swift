import Loop
import SQLite

extension Rig {
    /// How many images a worker has; all workers' without one. With `paid` only those that it may be calling for.
    func leases(of worker: String? = nil, paid: Bool = false) async throws -> Int {
        let instance = worker.map { String($0.map { $0 == "/" ? "-" : $0 }) }
        return try await Self.leases(data, instance, paid)
    }

    @StoreLoop
    private static func leases(_ data: String, _ instance: String?, _ paid: Bool) throws -> Int {
        let db = try Connection(path: data + "/gateway.db", mode: .readOnly)
        return try db.int(
            """
            SELECT count(*) FROM images WHERE state = 'leased' AND (?1 IS NULL OR worker = ?1)
                AND (?2 = 0 OR checkpoint IS NOT NULL)
            """,
            instance,
            paid ? 1 : 0
        ) ?? 0
    }
}
