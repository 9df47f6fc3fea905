import JSON
import Loop
import Providers
import Telemetry

/// A way to one provider with somebody's credentials.
struct Connector: Sendable {
    /// Whose it is: a user's own, or the organisation's, which every user may call.
    enum Owner: Hashable, Sendable {
        case user(String)
        case organisation
    }

    enum Status: String, Sendable {
        case active
        case authInvalid = "auth_invalid"
        case revoked
    }

    let id: String
    let owner: Owner
    var displayName: String
    var modelHint: String?
    var status: Status = .active
    var isDefault = false
    /// Images of one job that may be generated at once with it.
    var imageConcurrency = 1
    /// Type, address and opened credentials. Held by the gateway's memory alone.
    var config: ConnectorConfig
    let createdAt: Int64
    var lastUsedAt: Int64?
    var lastHealthCheckAt: Int64?
    var lastHealthCheckStatus: String?
    /// Raised by each change of what a check depends on: address and credentials.
    var revision: UInt64 = 1
    /// When that was changed last, in microseconds of the wall clock: earlier calls say nothing of it.
    var configuredAt: Int64 = 0
    /// When its checks of the last 24 hours began that cost money.
    var paidChecks: [Int64] = []
    /// How often it is checked; the register sets what the operator chose.
    var checkInterval = Duration.seconds(6 * 3_600)

    var type: String { config.type }

    /// As the audit trail names it.
    var subject: AuditTrail.Subject { .init(type: "connector", id: id, name: displayName) }

    func isUsable(by userID: String) -> Bool {
        switch owner {
        case .organisation: true
        case .user(let owner): owner == userID
        }
    }

    /// As http-api.md shows it: never a secret.
    func write(_ writer: inout JSONWriter, _ standing: Caps.Standing) {
        writer.field("id", id)
        writer.field("display_name", displayName)
        writer.field("connector_type", type)
        writer.field("model_hint", modelHint)
        writer.field("status", status.rawValue)
        writer.field("is_default", isDefault)
        writer.field("owner", owner == .organisation ? "organisation" : "user")
        writer.optional("base_url", config.baseURL)
        writer.field("image_concurrency", imageConcurrency)
        writer.field("last_used_at", lastUsedAt.map(Timestamp.text(microseconds:)))
        writer.field("last_health_check_at", lastHealthCheckAt.map(Timestamp.text(microseconds:)))
        writer.field("last_health_check_status", shownHealth(at: wallClockMicroseconds()))
        writer.field("monthly_token_cap", standing.cap)
        writer.field("current_month_tokens", standing.used)
        writer.field("created_at", Timestamp.text(microseconds: createdAt))
    }
}
