import Glibc
import HTTP
import Loop

/// Puts the ``ClusterStatus`` together: what the bus knows, the connectors, the store and its disk.
@NetLoop
final class StatusReport {
    /// What the bus's thread tells.
    struct Sources: Sendable {
        /// Of services and queues, without a look into the store.
        var brief: @Sendable () async -> ClusterStatus
        /// Adds what only the store knows.
        var details: @Sendable (ClusterStatus) async -> ClusterStatus
    }

    /// Set once this gateway stops: from then on it takes no work.
    var isDraining = false
    private let sources: Sources
    private let connectors: ConnectorRegister
    private let ballast: Ballast
    private let folder: String

    /// - Parameter folder: where `gateway.db` lies.
    init(sources: Sources, connectors: ConnectorRegister, ballast: Ballast, folder: String) {
        self.sources = sources
        self.connectors = connectors
        self.ballast = ballast
        self.folder = folder
    }

    /// What readiness needs: whether work is taken, and who is there.
    func brief() async -> ClusterStatus {
        var status = await sources.brief()
        if isDraining { status.refusals = ["the gateway is stopping"] }
        status.storage.isFull = ballast.isReleased
        return status
    }

    /// Everything.
    func whole() async -> ClusterStatus {
        var status = await brief()
        if status.refusals.isEmpty { status = await sources.details(status) }
        status.connectors = connectors.census(at: status.at)
        status.storage.databaseBytes = bytes(of: "gateway.db") + bytes(of: "gateway.db-wal")
        var disk = statvfs()
        if statvfs(folder, &disk) == 0 {
            status.storage.freeBytes = Int(clamping: UInt64(disk.f_bavail) &* UInt64(disk.f_frsize))
        }
        return status
    }

    private func bytes(of name: String) -> Int {
        var file = stat()
        return stat("\(folder)/\(name)", &file) == 0 ? Int(file.st_size) : 0
    }
}
