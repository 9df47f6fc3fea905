import HTTP
import Loop

/// Every connector, in memory, for the path of a call: a look-up there never waits for the store.
@NetLoop
final class ConnectorRegister {
    private(set) var all: [String: Connector] = [:]
    /// When each was last used since the last write of it.
    private var used: [String: Int64] = [:]

    func put(_ connector: Connector) { all[connector.id] = connector }

    func remove(_ id: String) { all[id] = nil }

    /// What a caller may use, in the order of creation.
    func usable(by caller: Caller) -> [Connector] {
        all.values
            .filter { $0.isUsable(by: caller.userID) && $0.status != .revoked }
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// A connector that the caller may see, by its id.
    func find(_ id: String, for caller: Caller) throws(GatewayError) -> Connector {
        guard let connector = all[id], connector.isUsable(by: caller.userID) || caller.role == .admin else {
            throw GatewayError(.notFound, "There is no such connector.")
        }
        return connector
    }

    func markUsed(_ id: String) {
        let now = wallClockMicroseconds()
        all[id]?.lastUsedAt = now
        used[id] = now
    }

    /// What was used since the last call, to be written.
    func takeUsed() -> [String: Int64] {
        defer { used.removeAll(keepingCapacity: true) }
        return used
    }
}
