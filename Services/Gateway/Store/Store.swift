import Crypto
import Loop
import SQLite
import Service

/// Everything that the gateway keeps: its database, its pictures, and the outbox of its audit events.
struct Store: Sendable {
    let commit: GroupCommit
    let outbox: Outbox
    let audit: AuditTrail
    let connectors: ConnectorStore
    let files: ImageFiles
    let ballast: Ballast
    /// Signs the addresses of pictures.
    let urlSecret: [UInt8]

    /// Opens or makes the files in the data folder; a second process there is refused.
    ///
    /// - Parameters:
    ///   - ballast: bytes kept for images under way.
    ///   - events: how many audit events may wait.
    static func open(folder: String, ballast bytes: Int, events: Int) async throws -> Store {
        try DataFolder.lock(folder, "gateway")
        let vault = try Vault(file: folder + "/vault.key")
        let commit = try await openDatabase(folder + "/gateway.db")
        await StoreMeters.attach(to: commit, database: folder + "/gateway.db", folder: folder)
        let outbox = try await Outbox.open(commit, limit: events, limitForCalls: events / 10 * 9)
        let ballast = Ballast(folder: folder, bytes: bytes)
        await ballast.take()
        await commit.onCommit { if $0.foundNoRoom { ballast.release() } }
        return Store(
            commit: commit,
            outbox: outbox,
            audit: AuditTrail(append: { event, db in try outbox.append(event, in: db) }),
            connectors: ConnectorStore(vault: vault),
            files: ImageFiles(directory: folder + "/images", ballast: ballast),
            ballast: ballast,
            urlSecret: try SecretFile.readOrCreate(folder + "/url.key", limit: 64) { Random.bytes(32) }
        )
    }

    @StoreLoop
    private static func openDatabase(_ path: String) throws -> GroupCommit {
        let connection = try Connection(path: path)
        _ = try Schema.migrations.apply(to: connection)
        return GroupCommit(connection)
    }
}
