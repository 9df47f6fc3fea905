import Loop
import SQLite

/// Checks that cost money, counted where the credential for them is lent: no restart of a monitor spends a day again.
///
/// Each is on disk before it is made, so that one which is cut short counts as well. Any 24 hours count.
struct PaidChecks: Sendable {
    /// Of one connector within 24 hours, confirmations and people's included. The monitor stays below it by itself.
    static let most = 8
    private static let day: Int64 = 86_400_000_000

    let connectors: ConnectorRegister
    let commit: GroupCommit
    /// Whether a connector type has no free check.
    let isPaid: @Sendable (String) -> Bool

    /// Whether a check may be made now; from then on it counts. Throws when that can't be written.
    func begin(_ connector: Connector) async throws -> Bool {
        guard isPaid(connector.type) else { return true }
        let (id, now) = (connector.id, wallClockMicroseconds())
        let times: [Int64]? = try await commit.write { db in
            let before = try Self.times(of: id, since: now - Self.day, in: db)
            guard before.count < Self.most else { return nil }
            _ = try db.run("DELETE FROM paid_checks WHERE connector = ? AND at < ?", id, now - Self.day)
            _ = try db.run("INSERT INTO paid_checks (connector, at) SELECT id, ? FROM connectors WHERE id = ?", now, id)
            return before + [now]
        }
        guard let times else { return false }
        await connectors.setPaidChecks(times, of: id)
        return true
    }

    /// When the checks began that count, the oldest first; inside a transaction.
    static func times(of connector: String, since: Int64, in db: Connection) throws -> [Int64] {
        try db.query("SELECT at FROM paid_checks WHERE connector = ? AND at >= ? ORDER BY at", connector, since) {
            $0.int64(0)
        }
    }

    /// How many seconds ago each of those was that still count.
    static func ages(_ times: [Int64], at now: Int64) -> [Int] {
        times.filter { $0 >= now - day }.map { max(0, Int(now - $0) / 1_000_000) }
    }

    /// What a person hears once they are spent.
    static let isSpent = GatewayError(
        .rateLimited,
        "A check of this type costs money, and those of the last 24 hours are spent."
    )
}
