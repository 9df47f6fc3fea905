import Audit
import JSON
import Providers

/// What the admin allows and sets for everybody.
struct Policy: Sendable, Equatable {
    /// Users may make connectors of the types that take a key and go to the provider's own address.
    var allowsKeys = true
    /// Users may make connectors to addresses of their own.
    var allowsAddresses = true
    /// The organisation's default; nil for none.
    var defaultConnector: String?
    /// How long rows of the call log are kept.
    var retentionDays = Retention.standardDays

    /// Whether a user may make a connector of that type. What exists goes on working; the organisation's connectors are
    /// the admin's own doing, who else could forbid everybody's and have none.
    func allows(_ adapter: any Adapter) -> Bool {
        adapter.fields.contains { $0.name == "base_url" } ? allowsAddresses : allowsKeys
    }

    /// The names of http-api.md.
    enum Name {
        static let keys = "llm_apikey_connectors_enabled"
        static let addresses = "llm_compatible_connector_enabled"
        static let defaultConnector = "llm_default_connector_id"
        static let retention = "llm_call_log_retention_days"
    }

    /// Every member as http-api.md names it.
    var members: [JSONField] {
        [
            JSONField(Name.keys, .bool(allowsKeys)),
            JSONField(Name.addresses, .bool(allowsAddresses)),
            JSONField(Name.defaultConnector, defaultConnector.map { .string($0) } ?? .null),
            JSONField(Name.retention, JSONValue(retentionDays)),
        ]
    }
}

/// What a patch of the policy names. A member that is null is as good as left out.
struct PolicyPatch: Sendable {
    private static let clear = "clear_default"
    private static let known = [
        Policy.Name.keys, Policy.Name.addresses, Policy.Name.defaultConnector, Policy.Name.retention, clear,
    ]

    private var allowsKeys: Bool?
    private var allowsAddresses: Bool?
    /// The connector that shall be the default.
    private(set) var defaultConnector: String?
    private var retentionDays: Int?
    private var clearsDefault: Bool

    init(_ body: JSONValue) throws(GatewayError) {
        let names = (body.object ?? []).map(\.name)
        guard !names.isEmpty, names.allSatisfy(Self.known.contains) else {
            throw GatewayError(.unprocessable, "A change names some of \(Self.known.joined(separator: ", ")).")
        }
        allowsKeys = try reading { () throws(JSONError) in try body.optionalBool(Policy.Name.keys) }
        allowsAddresses = try reading { () throws(JSONError) in try body.optionalBool(Policy.Name.addresses) }
        defaultConnector = try reading { () throws(JSONError) in try body.optionalString(Policy.Name.defaultConnector) }
        clearsDefault = try reading { () throws(JSONError) in try body.optionalBool(Self.clear) } ?? false
        guard !clearsDefault || defaultConnector == nil else {
            throw GatewayError(.unprocessable, "A default is either set or cleared.", param: Self.clear)
        }
        if let days = try reading({ () throws(JSONError) in try body.optionalInt(Policy.Name.retention) }) {
            guard let days = Int(exactly: days), Retention.days.contains(days) else {
                let range = "\(Retention.days.lowerBound) to \(Retention.days.upperBound)"
                throw GatewayError(
                    .unprocessable,
                    "`\(Policy.Name.retention)` is \(range).",
                    param: Policy.Name.retention
                )
            }
            retentionDays = days
        }
    }

    func applied(to policy: Policy) -> Policy {
        var policy = policy
        policy.allowsKeys = allowsKeys ?? policy.allowsKeys
        policy.allowsAddresses = allowsAddresses ?? policy.allowsAddresses
        policy.retentionDays = retentionDays ?? policy.retentionDays
        policy.defaultConnector = clearsDefault ? nil : defaultConnector ?? policy.defaultConnector
        return policy
    }
}
