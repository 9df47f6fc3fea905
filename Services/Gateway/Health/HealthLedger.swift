import HTTP
import JSON
import Loop
import SQLite
import Telemetry

/// Writes down what checks found: the result and its time, a change of status with its audit event, and the owner's
/// notice. A result is on disk when ``note(_:)`` returns.
struct HealthLedger: Sendable {
    /// What a check, or live traffic, came to; a change for the worse has been confirmed.
    struct Finding: Sendable {
        var connector: String
        /// `ok` or a typed code.
        var outcome: String
        /// A safe sentence.
        var message: String?
        /// Who looked.
        var actor: AuditTrail.Actor = "health-monitor"
        /// The revision that was looked at; nil for the present one.
        var revision: UInt64?
    }

    /// Outcomes that are no failure of the connector's.
    private static let harmless: Set<String> = ["ok", "rate_limited"]

    private static let checks = Metrics.counters(.healthChecks)

    let connectors: ConnectorRegister
    let commit: GroupCommit
    let store: ConnectorStore
    let audit: AuditTrail
    let notices: Notices

    /// Throws when the store can't take it; nothing is changed then. What was found of credentials that have been
    /// replaced since says nothing, and is dropped.
    func note(_ finding: Finding) async throws {
        guard let connector = await connectors.all[finding.connector], connector.status != .revoked,
            finding.revision ?? connector.revision == connector.revision
        else { return }
        Self.checks.with(connector.type, Self.known(finding.outcome)).add()
        let status = Self.status(after: finding.outcome, connector.status)
        let isNewFailure =
            finding.outcome != connector.lastHealthCheckStatus && !Self.harmless.contains(finding.outcome)
        let event: String? =
            status != connector.status
            ? "connector.\(status.rawValue)" : isNewFailure ? "connector.health_check_failed" : nil
        let mark = ConnectorRegister.HealthMark(
            id: connector.id,
            at: wallClockMicroseconds(),
            outcome: finding.outcome,
            before: connector.status,
            after: status,
            revision: connector.revision
        )
        let notice = Notice(connector: connector, works: mark.after == .active, reason: finding.message)
        let letters: Int? = try await commit.write { [store, audit, notices] db in
            guard try store.setHealth(mark, in: db) else { return nil }
            guard let event else { return 0 }
            try audit.record(
                event,
                by: finding.actor,
                on: .init(type: "connector", id: connector.id, name: connector.displayName),
                notes: finding.message ?? finding.outcome,
                in: db
            )
            guard mark.before != mark.after else { return 0 }
            return try notices.write(notice, to: UserStore.addresses(of: connector.owner, in: db), in: db)
        }
        guard let letters else { return }
        await connectors.set(mark)
        if mark.before != mark.after { notices.tell(notice, letters: letters) }
    }

    /// An outcome as a label: a monitor of another version may know others.
    static func known(_ outcome: String) -> String {
        outcome == "ok" || outcome == "unknown" ? outcome : GatewayError.Code(rawValue: outcome)?.rawValue ?? "other"
    }

    private static func status(after outcome: String, _ before: Connector.Status) -> Connector.Status {
        switch (outcome, before) {
        case ("ok", .authInvalid): .active
        case ("auth_invalid", .active): .authInvalid
        default: before
        }
    }
}
