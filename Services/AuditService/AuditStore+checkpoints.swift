import Audit
import SQLite

extension AuditStore {
    /// Signs the chain's end unless that was done already.
    func signCheckpoint() async throws {
        try await store.write { db in
            let chain = try Self.chain(in: db)
            if try Self.signedCount(in: db) < chain.count { try sign(chain, in: db) }
        }
    }

    func signIfDue(_ chain: Chain, in db: Connection) throws {
        guard try chain.count >= Self.signedCount(in: db) + Self.checkpointEvery else { return }
        try sign(chain, in: db)
    }

    private func sign(_ chain: Chain, in db: Connection) throws {
        let last = try db.first("SELECT signature FROM checkpoint ORDER BY count DESC LIMIT 1") { $0.blob(0) }
        let checkpoint = Checkpoint(chain, at: clock(), previous: last ?? [], signedBy: signing)
        try db.run(
            "INSERT INTO checkpoint VALUES(?, ?, ?, ?, ?, ?)",
            Int64(checkpoint.count),
            checkpoint.head,
            checkpoint.at,
            checkpoint.previous,
            checkpoint.signature,
            checkpoint.key
        )
    }

    private static func signedCount(in db: Connection) throws -> UInt64 {
        UInt64(try db.int("SELECT max(count) FROM checkpoint") ?? 0)
    }
}
