import Audit
import SQLite

extension AuditStore {
    /// Signs the chain's end, and gives the checkpoint; nil when that was done already.
    @discardableResult
    func signCheckpoint() async throws -> Checkpoint? {
        try await store.write { db in
            let chain = try Self.chain(in: db)
            return try Self.signedCount(in: db) < chain.count ? try sign(chain, in: db) : nil
        }
    }

    /// The latest checkpoint; nil while nothing was signed.
    func latestCheckpoint() async throws -> Checkpoint? {
        try await store.read { try AuditSchema.checkpoints(in: $0, latest: 1).first }
    }

    func signIfDue(_ chain: Chain, in db: Connection) throws -> Checkpoint? {
        guard try chain.count >= Self.signedCount(in: db) + Self.checkpointEvery else { return nil }
        return try sign(chain, in: db)
    }

    private func sign(_ chain: Chain, in db: Connection) throws -> Checkpoint {
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
        return checkpoint
    }

    private static func signedCount(in db: Connection) throws -> UInt64 {
        UInt64(try db.int("SELECT max(count) FROM checkpoint") ?? 0)
    }
}
