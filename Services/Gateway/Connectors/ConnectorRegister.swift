import HTTP
import Loop

/// Every connector, in memory, for the path of a call: a look-up there never waits for the store.
@NetLoop
final class ConnectorRegister {
    private(set) var all: [String: Connector] = [:]
    /// When each was last used since the last write of it.
    private var used: [String: Int64] = [:]
    private let checkInterval: Duration

    /// - Parameter checkInterval: how often a connector is checked.
    init(checkInterval: Duration = .seconds(6 * 3_600)) {
        self.checkInterval = checkInterval
    }

    func put(_ connector: Connector) {
        var connector = connector
        connector.checkInterval = checkInterval
        all[connector.id] = connector
    }

    /// Changes what is written; the rest may have changed in the meantime and stays.
    func update(_ id: String, _ change: (inout Connector) -> Void) {
        guard var connector = all[id] else { return }
        change(&connector)
        all[id] = connector
    }

    /// What a check came to.
    struct HealthMark: Sendable {
        let id: String
        /// Microseconds of the wall clock.
        let at: Int64
        let outcome: String
        /// The status that the check knew; a connector that has another by now isn't marked.
        let before: Connector.Status
        let after: Connector.Status
        /// The revision that was checked; a later one isn't marked.
        let revision: UInt64
    }

    /// Marks what is written; the rest of the connector may have changed in the meantime and stays.
    func set(_ mark: HealthMark) {
        guard all[mark.id]?.status == mark.before, all[mark.id]?.revision == mark.revision else { return }
        all[mark.id]?.status = mark.after
        all[mark.id]?.lastHealthCheckAt = mark.at
        all[mark.id]?.lastHealthCheckStatus = mark.outcome
    }

    func setPaidChecks(_ times: [Int64], of id: String) { all[id]?.paidChecks = times }

    /// Told of each connector that is gone.
    var onRemove: @NetLoop (String) -> Void = { _ in }

    func remove(_ id: String) {
        all[id] = nil
        onRemove(id)
    }

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
